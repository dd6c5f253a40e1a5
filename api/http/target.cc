#include "api/http/target.h"

#include <algorithm>

#include <boost/url/pct_string_view.hpp>

namespace latchkey::api {
namespace {

namespace urls = boost::urls;

Error Malformed(std::string detail) {
  return Refuse(ErrorCode::kRequestMalformed, std::move(detail));
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 3986 §3.1.
bool IsScheme(std::string_view text) {
  return !text.empty() && IsLetter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsLetter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
         });
}

// `https://host/path` → `/path`; the authority is not ours to judge. Empty without a scheme:
// another server on the way might find the path elsewhere.
std::string_view WithoutAuthority(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || !IsScheme(target.substr(0, scheme))) return {};
  target.remove_prefix(scheme + 3);
  const std::size_t path = target.find_first_of("/?");
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

// Decodes %XX into `*out`; with `plus_is_space` also the form encoding of a space. False for broken
// encoding.
bool PercentDecodeTo(std::string_view text, bool plus_is_space, std::string* out) {
  const auto encoded = urls::make_pct_string_view(text);
  if (!encoded) return false;
  urls::encoding_opts form;
  form.space_as_plus = plus_is_space;
  encoded->decode(form, urls::string_token::assign_to(*out));
  return true;
}

}  // namespace

void Target::Clear() {
  count_ = 0;
  query_.clear();
}

Status Target::Parse(std::string_view target) {
  Clear();
  for (const char c : target) {
    if (c <= ' ' || c >= 0x7f) {
      return Malformed("The request target holds a character that must be percent-encoded.");
    }
  }
  const std::size_t fragment = target.find('#');
  if (fragment != std::string_view::npos) target = target.substr(0, fragment);
  if (!target.empty() && target.front() != '/') target = WithoutAuthority(target);
  const std::size_t mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  if (path.empty() && mark != std::string_view::npos) path = "/";
  if (path.empty()) return Malformed("The request target must be a path that begins with a slash.");

  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    if (count_ < segments_.size()) {
      if (!PercentDecodeTo(path.substr(0, slash), false, &segments_[count_])) {
        return Malformed("The path holds a broken percent-encoding.");
      }
    }
    ++count_;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  if (mark == std::string_view::npos) return {};

  std::string_view query = target.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    if (query_.size() == limits::kMaxQueryParameters) {
      return Malformed("The query has too many parameters.");
    }
    const std::size_t equals = pair.find('=');
    auto& [name, value] = query_.emplace_back();
    const std::string_view raw =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!PercentDecodeTo(pair.substr(0, equals), true, &name) ||
        !PercentDecodeTo(raw, true, &value)) {
      return Malformed("The query holds a broken percent-encoding.");
    }
  }
  return {};
}

std::optional<std::string_view> Target::Query(std::string_view name) const {
  for (const auto& [key, value] : query_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace latchkey::api
