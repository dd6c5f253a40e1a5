#include "api/call/preconditions.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/http/field_text.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kIdempotencyKey = "Idempotency-Key";
// An event count that no gateway has: an If-Match that can match nothing.
constexpr std::uint64_t kNoCount = std::numeric_limits<std::uint64_t>::max();

// Length in front, so that no two requests give the same bytes.
std::string LengthPrefix(std::string_view part) { return std::to_string(part.size()) + ":"; }

}  // namespace

Result<std::string> ParseIdempotencyKey(std::string_view header) {
  std::string_view text = Trim(header);
  std::string key;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      key.push_back(text[i]);
    }
  } else {
    key = text;
  }
  if (key.empty()) {
    return Invalid(std::string(kIdempotencyKey), "It is empty. Leave it out or give it a value.");
  }
  if (key.size() > ledger_limits::kMaxIdempotencyKeyChars) {
    return Invalid(std::string(kIdempotencyKey),
                   "It is longer than " + std::to_string(ledger_limits::kMaxIdempotencyKeyChars) +
                       " characters.");
  }
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  if (!printable) {
    return Invalid(std::string(kIdempotencyKey), "It may hold printable ASCII characters only.");
  }
  return key;
}

Result<std::optional<domain::IdempotencyTag>> ReadIdempotencyKey(const Call& call) {
  if (!call.request.has_idempotency_key) return std::optional<domain::IdempotencyTag>();
  Result<std::string> key = ParseIdempotencyKey(call.request.idempotency_key);
  if (!key) return key.error();
  domain::IdempotencyTag tag;
  tag.key_sha256 = crypto::Sha256({call.caller.who->id, "\n", *key});
  const std::string_view method = MethodName(call.request.method);
  tag.request_sha256 = crypto::Sha256({method, "\n", LengthPrefix(call.request.target),
                                       call.request.target, "\n", call.request.body});
  return std::optional(std::move(tag));
}

Result<IfMatch> ParseIfMatch(std::string_view header) {
  IfMatch result;
  std::string_view rest = Trim(header);
  if (rest == "*") {
    result.any = true;
    return result;
  }
  const auto malformed = Refuse(ErrorCode::kRequestMalformed,
                                "If-Match must be a list of entity tags such as \"3\", or *.");
  bool found = false;
  while (!rest.empty()) {
    if (rest.front() == ',') {  // empty list elements are allowed
      rest = Trim(rest.substr(1));
      continue;
    }
    const bool weak = rest.starts_with("W/");
    if (weak) rest.remove_prefix(2);
    if (!rest.starts_with('"')) return malformed;
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return malformed;
    const std::string_view tag = rest.substr(1, end - 1);
    rest = Trim(rest.substr(end + 1));
    if (!rest.empty() && rest.front() != ',') return malformed;
    found = true;
    std::uint64_t count = 0;
    const auto [stop, error] = std::from_chars(tag.data(), tag.data() + tag.size(), count);
    const bool ours = error == std::errc() && stop == tag.data() + tag.size() && tag.front() != '0';
    if (ours && !weak) result.counts.push_back(count);
  }
  if (!found) return malformed;
  return result;
}

Result<std::optional<std::uint64_t>> ReadIfMatch(const LedgerView& ledger, const Call& call) {
  if (!call.request.has_if_match) return std::optional<std::uint64_t>();
  Result<IfMatch> match = ParseIfMatch(call.request.if_match);
  if (!match) return match.error();
  if (match->any || call.notes.gateway == 0) return std::optional<std::uint64_t>();
  if (match->counts.empty()) return std::optional(kNoCount);
  if (match->counts.size() > 1) {
    const std::optional<domain::GatewayRow> row =
        domain::ReadGateway(ledger.state(), call.notes.gateway);
    const bool holds = row && std::find(match->counts.begin(), match->counts.end(),
                                        row->events()) != match->counts.end();
    if (holds) return std::optional(row->events());
  }
  return std::optional(match->counts.front());
}

}  // namespace latchkey::api
