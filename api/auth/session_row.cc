#include "api/auth/session_row.h"

#include <algorithm>

#include "api/auth/session_row.pb.h"
#include "api/http/limits.h"
#include "core/base/base32.h"
#include "core/base/big_endian.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"

namespace latchkey::api {
namespace {

constexpr std::size_t kPersonBytes = 16;
constexpr std::string_view kIdPrefix = "ses_";
constexpr std::string_view kIdLabel = "latchkey/session-id/v1";
constexpr std::size_t kIdTimeBytes = 6;   // milliseconds
constexpr std::size_t kIdHashBytes = 10;  // 128 bits with those
constexpr std::size_t kIdChars = 26;      // as base32

constexpr std::uint64_t kTokenNumbers = 1ull << 40;
constexpr std::int64_t kYear10000 = 253'402'300'800'000'000;  // microseconds
constexpr std::size_t kMaxBoxBytes = 4'096;

bool IsTime(std::int64_t us) { return us > 0 && us < kYear10000; }

bool IsSound(const SessionUse& use) {
  return IsTime(use.at_us()) && use.age_us() >= 0 &&
         Micros(use.age_us()) < Micros(limits::kSessionLife);
}

bool IsSound(const SessionRow& row) {
  const bool by_token = row.token() != 0;
  if (by_token != row.person().empty()) return false;
  if (!by_token && row.person().size() != kPersonBytes) return false;
  // Empty for a token that was never rotated.
  const std::string& rotated = row.rotated_sha256();
  if (!rotated.empty() && (!by_token || rotated.size() != crypto::kSha256Bytes)) return false;
  return row.accounts_size() <= static_cast<int>(ledger_limits::kMaxTokenAccounts) &&
         row.token() < kTokenNumbers && row.from().size() <= kMaxBoxBytes &&
         (row.expires_us() == 0 || IsTime(row.expires_us())) && IsTime(row.signed_in_us());
}

Operator WhoOf(const SessionRow& row) {
  Operator who;
  if (row.token() != 0) {
    who.id = text::TokenId(row.token());
    who.token = row.token();
    who.rotated_sha256 = row.rotated_sha256();
  } else {
    who.kind = Operator::Kind::kPerson;
    who.id = text::PersonId(row.person());
    who.person = row.person();
  }
  who.role = domain::RoleFromName(row.role());
  who.accounts = {row.accounts().begin(), row.accounts().end()};
  if (row.expires_us() != 0) who.expires = FromMicros(row.expires_us());
  return who;
}

bool ParseFrom(std::string_view bytes, google::protobuf::MessageLite* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::string EncodeSession(const StoredSession& session) {
  const Operator& who = session.who;
  SessionRow row;
  if (who.kind == Operator::Kind::kToken) {
    row.set_token(who.token);
    row.set_rotated_sha256(who.rotated_sha256);
  } else {
    row.set_person(who.person);
  }
  if (who.role) row.set_role(std::string(domain::RoleName(*who.role)));
  for (const std::string& account : who.accounts) row.add_accounts(account);
  if (who.expires) row.set_expires_us(ToMicros(*who.expires));
  row.set_signed_in_us(ToMicros(session.signed_in));
  row.set_from(session.from_box);
  return row.SerializeAsString();
}

std::string EncodeUse(const RecordedUse& use) {
  SessionUse row;
  row.set_at_us(ToMicros(use.at));
  row.set_age_us(use.age.count());
  return row.SerializeAsString();
}

std::optional<StoredSession> DecodeSession(std::string_view row, std::string_view use) {
  SessionRow session;
  SessionUse used;
  if (!ParseFrom(row, &session) || !ParseFrom(use, &used)) return std::nullopt;
  if (!IsSound(session) || !IsSound(used)) return std::nullopt;
  return StoredSession{WhoOf(session),
                       FromMicros(session.signed_in_us()),
                       {},
                       session.from(),
                       {FromMicros(used.at_us()), Micros(used.age_us())}};
}

std::string PublicSessionId(const SessionId& id, Time signed_in) {
  std::string bytes;
  PutNumber(static_cast<std::uint64_t>(ToMicros(signed_in) / 1'000), kIdTimeBytes, &bytes);
  bytes += crypto::Sha256({kIdLabel, id}).substr(0, kIdHashBytes);
  return std::string(kIdPrefix) + text::ToBase32(bytes, text::kBase32Lower);
}

bool IsPublicSessionId(std::string_view text) {
  if (!text.starts_with(kIdPrefix) || text.size() != kIdPrefix.size() + kIdChars) return false;
  return std::all_of(text.begin() + kIdPrefix.size(), text.end(),
                     [](char c) { return text::kBase32Lower.find(c) != std::string_view::npos; });
}

}  // namespace latchkey::api
