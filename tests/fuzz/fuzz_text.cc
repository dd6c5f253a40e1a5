// Ids, times, positions and bytes as text: parsers that take one form alone.
#include <string>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/position.h"
#include "core/base/time_text.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void ReadOne(std::string_view text) {
  if (const auto number = text::ParseGatewayId(text)) {
    Expect(*number != 0 && text::GatewayId(*number) == text, "a gateway has one id");
  }
  if (const auto number = text::ParseTokenId(text)) {
    Expect(*number != 0 && text::TokenId(*number) == text, "a token has one id");
  }
  if (const auto person = text::ParsePersonId(text)) {
    Expect(text::PersonId(*person) == text, "a person has one id");
  }
  if (const auto position = ParsePosition(text)) {
    Expect(Format(*position) == text, "a position has one form");
  }
  if (const auto bytes = text::FromBase64Url(text)) {
    Expect(text::ToBase64Url(*bytes) == text, "base64url has one form");
  }
  if (const auto bytes = text::FromHex(text)) {
    Expect(text::FromHex(text::ToHex(*bytes)) == bytes, "hexadecimal reads back");
  }
  if (const auto time = text::ParseTime(text)) {
    const auto again = text::ParseTime(text::FormatTime(*time));
    constexpr std::int64_t kDay = 86'400'000'000;  // an offset may lead out of the years 0 to 9999
    Expect(again && std::abs(*again - *time) <= kDay, "a time reads back");
    Expect(text.find_first_of("+-", 10) != std::string_view::npos || again == time,
           "a time in UTC reads back as it was");
  }
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
