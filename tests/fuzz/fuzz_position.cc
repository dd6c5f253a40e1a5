// The input is the position that a projection keeps beside its rows.
#include <string>

#include "projections/position.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void DecodeOne(std::string_view bytes) {
  const auto position = projections::DecodePosition(bytes);
  if (!position) return;
  const std::string written = projections::Encode(*position);
  Expect(written.size() <= bytes.size(), "nothing is made up");
  const auto again = projections::DecodePosition(written);
  Expect(again && projections::Encode(*again) == written, "what is written reads back");
  Expect(again->ledger == position->ledger && again->size == position->size &&
             again->head.size == position->head.size && again->head.root == position->head.root &&
             again->facts == position->facts,
         "as the same position");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::DecodeOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
