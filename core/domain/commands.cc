#include "core/domain/commands.h"

#include <string>

#include "core/base/limits.h"

namespace latchkey::domain {
namespace {

constexpr char32_t kInvalid = 0xffffffff;

// The next code point of UTF-8 (RFC 3629), moving `*at` past it; kInvalid for anything else.
char32_t NextCodePoint(std::string_view text, std::size_t* at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte((*at)++);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  static constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (lead < 0xc2 || lead > 0xf4) return kInvalid;
  char32_t point = lead & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    if (*at >= text.size() || (byte(*at) & 0xc0) != 0x80) return kInvalid;
    point = (point << 6) | (byte((*at)++) & 0x3f);
  }
  if (point < kLeast[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
    return kInvalid;
  }
  return point;
}

bool IsControl(char32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0); }

Status CheckCharacters(std::string_view text, std::size_t max_chars, std::string_view allowed,
                       std::string_view pointer) {
  std::size_t chars = 0;
  for (std::size_t at = 0; at < text.size(); ++chars) {
    const char32_t point = NextCodePoint(text, &at);
    if (point == kInvalid) return Invalid(std::string(pointer), "This is not UTF-8.");
    if (IsControl(point) && allowed.find(static_cast<char>(point)) == std::string_view::npos) {
      return Invalid(std::string(pointer), "Control characters are not allowed here.");
    }
  }
  if (chars > max_chars) {
    return Invalid(std::string(pointer),
                   "At most " + std::to_string(max_chars) + " characters are allowed.");
  }
  return {};
}

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Status CheckAccountName(std::string_view name, std::string_view pointer) {
  bool good = !name.empty() && name.size() <= ledger_limits::kMaxAccountNameChars &&
              IsLowerOrDigit(name.front()) && IsLowerOrDigit(name.back());
  for (const char c : name) good = good && (IsLowerOrDigit(c) || c == '-');
  if (good) return {};
  return Invalid(std::string(pointer),
                 "An account name is 1 to 40 lower-case letters, digits and dashes, with no dash "
                 "at its start or end.");
}

Status CheckGatewayName(std::string_view name, std::string_view pointer) {
  if (name.empty()) return Invalid(std::string(pointer), "A gateway needs a name.");
  return CheckCharacters(name, ledger_limits::kMaxGatewayNameChars, "", pointer);
}

Status CheckKeyLifetime(std::int64_t seconds, std::string_view pointer) {
  if (seconds >= ledger_limits::kMinKeyLifetime.count() &&
      seconds <= ledger_limits::kMaxKeyLifetime.count()) {
    return {};
  }
  return Invalid(std::string(pointer), "A key lives from 1 second to a year (31536000 seconds).");
}

Status CheckTokenName(std::string_view name, std::string_view pointer) {
  if (name.empty()) return Invalid(std::string(pointer), "A token needs a name: whose it is.");
  return CheckCharacters(name, ledger_limits::kMaxTokenNameChars, "", pointer);
}

Status CheckTokenLifetime(std::int64_t seconds, std::string_view pointer) {
  if (seconds >= ledger_limits::kMinTokenLifetime.count() &&
      seconds <= ledger_limits::kMaxTokenLifetime.count()) {
    return {};
  }
  return Invalid(std::string(pointer),
                 "A token lives from 1 second to ten years (315360000 seconds), or for good when "
                 "this is left out.");
}

std::string_view RoleName(TokenRole role) {
  switch (role) {
    case TokenRole::kOwner:
      return "owner";
    case TokenRole::kOperator:
      return "operator";
    case TokenRole::kHelpdesk:
      return "helpdesk";
    case TokenRole::kAuditor:
      return "auditor";
  }
  return "";
}

std::optional<TokenRole> RoleFromName(std::string_view name) {
  for (const TokenRole role :
       {TokenRole::kOwner, TokenRole::kOperator, TokenRole::kHelpdesk, TokenRole::kAuditor}) {
    if (RoleName(role) == name) return role;
  }
  return std::nullopt;
}

Status CheckFailureReason(std::string_view reason, std::string_view pointer) {
  bool good = !reason.empty() && reason.size() <= ledger_limits::kMaxFailureReasonChars;
  for (const char c : reason) good = good && (IsLowerOrDigit(c) || c == '_');
  if (good) return {};
  return Invalid(std::string(pointer),
                 "A reason is 1 to 64 lower-case letters, digits and underscores.");
}

Status CheckText(std::string_view text, std::size_t max_chars, std::string_view pointer) {
  return CheckCharacters(text, max_chars, "\r\n\t", pointer);
}

}  // namespace latchkey::domain
