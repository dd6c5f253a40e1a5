#include "core/domain/commands.h"

#include <string>

#include "core/base/limits.h"
#include "core/base/unicode.h"
#include "core/domain/trust_domain.h"

namespace latchkey::domain {
namespace {

Error NotUtf8(std::string_view pointer) {
  return Invalid(std::string(pointer), "This is not UTF-8.");
}

Error TooLong(std::size_t max_chars, std::string_view pointer) {
  return Invalid(std::string(pointer),
                 "At most " + std::to_string(max_chars) + " characters are allowed.");
}

// `missing` says what is wrong with an empty name; empty: nothing.
Result<std::string> Name(std::string_view typed, std::size_t max_chars, std::string_view missing,
                         std::string_view pointer) {
  const std::optional<std::string> composed = text::Nfc(typed);
  if (!composed) return NotUtf8(pointer);
  const std::string_view name = text::Trim(*composed);
  if (name.empty() && !missing.empty()) return Invalid(std::string(pointer), std::string(missing));
  if (const auto unseen = text::FindUnseen(name)) {
    return Invalid(std::string(pointer), "Invisible characters are not allowed here: " +
                                             text::CodePointName(*unseen) + ".");
  }
  if (text::CountChars(name) > max_chars) return TooLong(max_chars, pointer);
  return std::string(name);
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

Status CheckTrustDomain(std::string_view name, std::string_view pointer) {
  if (IsTrustDomain(name)) return {};
  return Invalid(std::string(pointer),
                 "A trust domain is 1 to 255 lower-case letters, digits, dots, dashes and "
                 "underscores.");
}

Result<std::string> GatewayName(std::string_view typed, std::string_view pointer) {
  return Name(typed, ledger_limits::kMaxGatewayNameChars, "A gateway needs a name.", pointer);
}

Result<std::string> LabelValue(std::string_view typed, std::string_view pointer) {
  return Name(typed, ledger_limits::kMaxLabelValueChars, "", pointer);
}

Status CheckLabelKey(std::string_view key, std::string_view pointer) {
  bool good = !key.empty() && key.size() <= ledger_limits::kMaxLabelKeyChars;
  for (const char c : key) {
    good = good && (IsLowerOrDigit(c) || c == '_' || c == '.' || c == '-');
  }
  if (good) return {};
  return Invalid(std::string(pointer),
                 "The key of a label is 1 to 63 lower-case letters, digits, dots, dashes and "
                 "underscores.");
}

Status CheckKeyLifetime(std::int64_t seconds, std::string_view pointer) {
  if (seconds >= ledger_limits::kMinKeyLifetime.count() &&
      seconds <= ledger_limits::kMaxKeyLifetime.count()) {
    return {};
  }
  return Invalid(std::string(pointer), "A key lives from 1 second to a year (31536000 seconds).");
}

Result<std::string> TokenName(std::string_view typed, std::string_view pointer) {
  return Name(typed, ledger_limits::kMaxTokenNameChars, "A token needs a name: whose it is.",
              pointer);
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

Status CheckMessageKind(std::string_view kind, std::string_view pointer) {
  bool good = !kind.empty() && kind.size() <= ledger_limits::kMaxMessageKindChars;
  for (const char c : kind) {
    good = good && (IsLowerOrDigit(c) || c == '_' || c == '.' || c == '-');
  }
  if (good) return {};
  return Invalid(std::string(pointer),
                 "A kind is 1 to 64 lower-case letters, digits, underscores, dots and hyphens.");
}

Status CheckMessageLifetime(std::int64_t seconds, std::string_view pointer) {
  if (seconds >= ledger_limits::kMinMessageLifetime.count() &&
      seconds <= ledger_limits::kMaxMessageLifetime.count()) {
    return {};
  }
  return Invalid(std::string(pointer),
                 "A message lives from 1 second to 90 days (7776000 seconds).");
}

Status CheckFailureReason(std::string_view reason, std::string_view pointer) {
  bool good = !reason.empty() && reason.size() <= ledger_limits::kMaxFailureReasonChars;
  for (const char c : reason) good = good && (IsLowerOrDigit(c) || c == '_');
  if (good) return {};
  return Invalid(std::string(pointer),
                 "A reason is 1 to 64 lower-case letters, digits and underscores.");
}

Status CheckText(std::string_view text, std::size_t max_chars, std::string_view pointer) {
  const std::optional<std::size_t> chars = text::CountChars(text);
  if (!chars) return NotUtf8(pointer);
  if (text::HasControls(text, "\r\n\t")) {
    return Invalid(std::string(pointer), "Control characters are not allowed here.");
  }
  if (*chars > max_chars) return TooLong(max_chars, pointer);
  return {};
}

}  // namespace latchkey::domain
