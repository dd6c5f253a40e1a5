// The input is what a stranger sends to a witness: the body of add-checkpoint.
#include <string>

#include "core/base/base64.h"
#include "tests/fuzz/fuzz.h"
#include "tools/witness/add_checkpoint.h"

namespace latchkey::fuzz {
namespace {

void ReadOne(std::string_view body) {
  const auto asked = tools::ParseCheckpointRequest(body);
  if (!asked) return;
  Expect(body.size() <= tools::kMaxAddCheckpointBytes, "no longer body is taken");
  Expect(asked->proof.size() <= tools::kMaxProofLines, "no longer proof is taken");
  Expect(!asked->note.lines.empty() && asked->note.lines.size() <= tools::kMaxSignatureLines,
         "a checkpoint has signatures, and not too many");
  Expect(asked->note.text.starts_with(log::CheckpointText(asked->checkpoint)),
         "a checkpoint has one form, and extension lines follow it");
  // A request has one form: what was read gives the same bytes again.
  std::string again = "old " + std::to_string(asked->old_size) + "\n";
  for (const std::string& hash : asked->proof) again += text::ToBase64(hash) + "\n";
  again.append("\n").append(asked->note.text).append("\n");
  for (const std::string_view line : asked->note.lines) again += log::SignatureLine(line);
  Expect(again == body, "nothing in a request is passed over");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
