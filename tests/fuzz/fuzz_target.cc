#include <string>
#include <utility>
#include <vector>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "api/http/limits.h"
#include "api/http/target.h"
#include "core/base/hex.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

using api::Target;
using Query = std::vector<std::pair<std::string, std::string>>;

bool IsKept(const Target& target) {
  return target.segment_count() <= api::limits::kMaxPathSegments;
}

std::string PathOf(const Target& target) {
  std::string path;
  for (std::size_t i = 0; i < target.segment_count(); ++i)
    path.append("/").append(target.segment(i));
  return path;
}

std::string Encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out.append("%").append(text::ToHex({&c, 1}));
  return out;
}

void ExpectReadsBack(const Target& target) {
  std::string written;
  for (std::size_t i = 0; i < target.segment_count(); ++i) {
    written.append("/").append(Encoded(target.segment(i)));
  }
  char before = '?';
  for (const auto& [name, value] : target.query()) {
    written.append(1, before).append(Encoded(name)).append("=").append(Encoded(value));
    before = '&';
    Expect(target.Query(name).has_value(), "a parameter is found by its name");
  }
  Target again;
  Expect(again.Parse(written) && PathOf(again) == PathOf(target) && again.query() == target.query(),
         "what is written reads back");
}

// Of a path as it stands, whose authority has no part in it.
void ExpectWellEncoded(std::string_view text) {
  text = text.substr(0, text.find('#'));
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    Expect(text::FromHex(text.substr(i + 1, 2)).value_or("").size() == 1,
           "two hexadecimal digits stand behind a percent sign");
  }
}

// Boost.URL follows RFC 3986 to the letter: where it reads the target too, it reads the same. Dot
// segments stay what they are, for both.
void ExpectSameForBoost(std::string_view text, const Target& target) {
  const boost::core::string_view given(text.data(), text.size());
  const auto url = text.starts_with('/') ? boost::urls::parse_origin_form(given)
                                         : boost::urls::parse_absolute_uri(given);
  if (!url) return;
  const std::string path = url->path();
  if (!path.empty() && !path.starts_with('/')) return;  // of host:84x/y it takes x/y for the path
  Expect(PathOf(target) == (path.empty() ? "/" : path), "both see the same path");
  Query query;
  for (const auto& parameter : url->params()) {
    if (parameter.key.empty() && !parameter.has_value) continue;  // `&&`
    query.emplace_back(parameter.key, parameter.value);
  }
  Expect(query == target.query(), "both see the same query");
}

void ParseOne(std::string_view text) {
  Target target;
  const Status parsed = target.Parse(text);
  if (!parsed) {
    Expect(parsed.error().code == ErrorCode::kRequestMalformed, "refusals have one code");
    return;
  }
  Expect(target.segment_count() > 0, "there is a path");
  Expect(target.query().size() <= api::limits::kMaxQueryParameters, "within the limit");
  if (!text.starts_with('/')) {
    const std::string_view scheme = text.substr(0, text.find("://"));
    Expect(!scheme.empty() && scheme.find_first_of("/?#%@[]") == std::string_view::npos,
           "a target that is no path begins with a scheme");
  }
  if (!IsKept(target)) return;
  if (text.starts_with('/')) ExpectWellEncoded(text);
  ExpectReadsBack(target);
  ExpectSameForBoost(text, target);
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ParseOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
