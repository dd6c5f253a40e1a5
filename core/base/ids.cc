#include "core/base/ids.h"

#include <cstddef>

#include "core/base/base32.h"
#include "core/base/hex.h"

namespace latchkey::text {
namespace {

constexpr std::uint64_t kIdBits = 40;
constexpr std::size_t kIdChars = 8;
constexpr std::string_view kPersonPrefix = "per_";
constexpr std::size_t kPersonBytes = 16;

std::string WriteId(std::string_view prefix, std::uint64_t number) {
  std::string id(prefix);
  for (std::size_t shift = kIdBits; shift != 0;) {
    shift -= 5;
    id += kBase32Lower[(number >> shift) & 31];
  }
  return id;
}

std::optional<std::uint64_t> ReadId(std::string_view prefix, std::string_view id) {
  if (id.size() != prefix.size() + kIdChars || !id.starts_with(prefix)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : id.substr(prefix.size())) {
    const auto value = kBase32Lower.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    number = number << 5 | value;
  }
  if (number == 0) return std::nullopt;
  return number;
}

}  // namespace

std::string GatewayId(std::uint64_t number) { return WriteId("gw_", number); }
std::string TokenId(std::uint64_t number) { return WriteId("tok_", number); }
std::optional<std::uint64_t> ParseGatewayId(std::string_view id) { return ReadId("gw_", id); }
std::optional<std::uint64_t> ParseTokenId(std::string_view id) { return ReadId("tok_", id); }
std::string MessageId(std::uint64_t number) { return WriteId("msg_", number); }
std::optional<std::uint64_t> ParseMessageId(std::string_view id) { return ReadId("msg_", id); }

std::string WebhookId(std::uint64_t number) { return WriteId("whk_", number); }
std::optional<std::uint64_t> ParseWebhookId(std::string_view id) { return ReadId("whk_", id); }

std::string PersonId(std::string_view person) {
  return std::string(kPersonPrefix).append(ToHex(person));
}

std::optional<std::string> ParsePersonId(std::string_view id) {
  if (!id.starts_with(kPersonPrefix)) return std::nullopt;
  id.remove_prefix(kPersonPrefix.size());
  std::optional<std::string> person = FromHex(id);
  // Written again: upper-case digits are not the exact form.
  if (!person || person->size() != kPersonBytes || ToHex(*person) != id) return std::nullopt;
  return person;
}

}  // namespace latchkey::text
