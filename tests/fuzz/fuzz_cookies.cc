// The input is a Cookie field.
#include <optional>
#include <string>

#include "api/http/cookies.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

using api::CookieValue;

void ReadOne(std::string_view field) {
  const std::string_view name = api::kSessionCookie;
  const std::optional<std::string_view> value = CookieValue(field, name);
  const std::string ours = std::string(name) + "=ours";
  const std::string others = std::string(field) + "; " + std::string(name) + "2=x";
  Expect(CookieValue(others, name) == value, "a cookie of another name changes nothing");
  const std::string twice = std::string(field) + ";" + ours;
  if (!value) {
    const auto added = CookieValue(twice, name);
    Expect(!added || *added == "ours", "where there was none, the one that is added counts");
    return;
  }
  Expect(
      value->data() >= field.data() && value->data() + value->size() <= field.data() + field.size(),
      "the value stands in the field");
  Expect(value->find(';') == std::string_view::npos, "it ends before the next cookie");
  Expect(value->empty() || (value->back() != ' ' && value->back() != '\t'),
         "without blanks behind");
  Expect(!CookieValue(twice, name), "of two none counts");
  const std::string set = api::SetCookie(name, *value, api::SameSite::kStrict);
  Expect(CookieValue(set, name) == value, "what is set comes back");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
