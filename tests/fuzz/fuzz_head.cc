// The input is the file head of a data directory.
#include <string>

#include "core/log/head_file.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void DecodeOne(std::string_view bytes) {
  const auto slot = log::DecodeHeadFile(bytes);
  if (!slot) return;
  const std::string written = log::EncodeHeadSlot(slot->number, slot->record);
  Expect(bytes.substr(0, written.size()) == written || bytes.substr(log::kHeadSlotBytes) == written,
         "the slot in force is one of the two, byte by byte");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::DecodeOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
