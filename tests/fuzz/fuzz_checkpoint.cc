// The input is the file checkpoint of a data directory: a signed note, and the text of one.
#include <string>

#include "core/log/checkpoint.h"
#include "core/log/note.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

constexpr char kOrigin[] = "latchkey/test/log";

// The key that has signed the seeds.
const log::NoteKey& Key() {
  static const log::NoteKey key{
      kOrigin, crypto::Ed25519Signer::Load(
                   "-----BEGIN PRIVATE KEY-----\n"
                   "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                   "-----END PRIVATE KEY-----\n")
                   ->public_key()};
  return key;
}

void ReadOne(std::string_view bytes) {
  if (const auto text = log::OpenNote(bytes, Key())) {
    Expect(bytes.starts_with(*text), "the text is what stands in the note");
    Expect(*text == std::string(kOrigin) + "\n3\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n",
           "nothing else was ever signed");
  }
  const auto checkpoint = log::ParseCheckpoint(bytes);
  if (!checkpoint) return;
  Expect(bytes.starts_with(log::CheckpointText(*checkpoint)),
         "a checkpoint has one form, and what follows it is passed over");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
