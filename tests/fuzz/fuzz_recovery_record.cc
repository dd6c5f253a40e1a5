// The input is what a data directory remembers of its backups and drills.
#include <string>

#include "core/log/recovery_record.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void ReadOne(std::string_view bytes) {
  const auto record = log::ParseRecoveryRecord(bytes);
  if (!record) return;
  const std::string written = log::RenderRecoveryRecord(*record);
  const auto again = log::ParseRecoveryRecord(written);
  Expect(again.has_value(), "what is written reads back");
  Expect(*again == *record, "as the same record");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
