#include "core/domain/decide_tokens.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/limits.h"
#include "core/domain/drafts.h"
#include "core/domain/judge.h"

namespace latchkey::domain {
namespace {

std::int64_t ExpiryIn(std::chrono::seconds lifetime, const Context& context) {
  return ToMicros(context.ledger_time + lifetime);
}

// Makes expiries comparable: no expiry is the latest of all.
std::int64_t EndOf(std::int64_t expires_us) {
  return expires_us == 0 ? std::numeric_limits<std::int64_t>::max() : expires_us;
}

Result<TokenRow> FindToken(const StateReader& state, std::uint64_t number) {
  std::optional<TokenRow> token = ReadToken(state, number);
  if (!token) return Refuse(ErrorCode::kNotFound, "There is no such token.");
  if (token->revoked_us() != 0) {
    return Refuse(ErrorCode::kTokenRevoked, "This token was revoked. Create another one.");
  }
  return *std::move(token);
}

// Whether this is the last valid owner of all accounts.
bool IsLastOwner(const StateReader& state, const TokenRow& token, Time ledger_time) {
  if (!IsFullOwner(token) || !IsValid(token, ledger_time)) return false;
  const OwnersRow owners = ReadOwners(state);
  return std::none_of(owners.tokens().begin(), owners.tokens().end(), [&](std::uint64_t number) {
    if (number == token.number()) return false;
    const std::optional<TokenRow> other = ReadToken(state, number);
    return other && IsValid(*other, ledger_time);
  });
}

Error LastOwner(std::string_view what) {
  return {ErrorCode::kLastOwner,
          "This is the last valid owner of the whole ledger. Create another owner first, then " +
              std::string(what) + " this one."};
}

}  // namespace

Decision DecideCreateToken(const StateReader& state, const CreateToken& command,
                           const Context& context) {
  for (const std::string& account : command.accounts) {
    if (ReadAccount(state, account)) continue;
    return Refused({ErrorCode::kNotFound, "There is no account " + account + ". Open it first."});
  }
  const CountersRow counters = ReadCounters(state);
  if (counters.tokens() - counters.tokens_revoked() >= ledger_limits::kMaxTokens) {
    return Refused({ErrorCode::kTooManyTokens,
                    "There are " + std::to_string(ledger_limits::kMaxTokens) +
                        " tokens, as many as a ledger can have. Revoke those that nobody uses or "
                        "whose time has passed."});
  }
  const std::uint64_t number = counters.tokens() + 1;
  Decision decision{Answer{.token = number, .created = true}, {}, 0};
  Draft& draft = decision.events.emplace_back();
  events::OperatorTokenCreated& created = *draft.event.mutable_operator_token_created();
  created.set_token(number);
  created.set_token_sha256(command.token_sha256);
  created.set_role(std::string(RoleName(command.role)));
  *created.mutable_accounts() = {command.accounts.begin(), command.accounts.end()};
  if (command.lifetime) created.set_expires_us(ExpiryIn(*command.lifetime, context));
  created.set_subject(context.random.Bytes(kSubjectBytes));
  draft.personal.set_operator_name(command.name);
  draft.subject = created.subject();
  return decision;
}

Decision DecideRotateToken(const StateReader& state, const RotateToken& command,
                           const Context& context) {
  const Result<TokenRow> token = FindToken(state, command.token);
  if (!token) return Refused(token.error());
  if (!command.lifetime && !IsValid(*token, context.ledger_time)) {
    return Refused(Invalid("/expires_in_seconds",
                           "This token has expired: say how long it is to live from now on."));
  }
  const std::int64_t expires_us =
      command.lifetime ? ExpiryIn(*command.lifetime, context) : token->expires_us();
  if (EndOf(expires_us) < EndOf(token->expires_us()) &&
      IsLastOwner(state, *token, context.ledger_time)) {
    return Refused(LastOwner("shorten the life of"));
  }
  Decision decision{Answer{.token = command.token}, {}, 0};
  events::OperatorTokenRotated& rotated =
      *decision.events.emplace_back().event.mutable_operator_token_rotated();
  rotated.set_token(command.token);
  rotated.set_token_sha256(command.token_sha256);
  rotated.set_expires_us(expires_us);
  return decision;
}

Decision DecideRevokeToken(const StateReader& state, const RevokeToken& command,
                           const Context& context) {
  const Result<TokenRow> token = FindToken(state, command.token);
  if (!token) return Refused(token.error());
  if (IsLastOwner(state, *token, context.ledger_time)) return Refused(LastOwner("revoke"));
  Decision decision{Answer{.token = command.token}, {}, 0};
  decision.events.emplace_back().event.mutable_operator_token_revoked()->set_token(command.token);
  return decision;
}

Draft TokenExpired(std::uint64_t token) {
  Draft draft;
  draft.event.mutable_operator_token_expired()->set_token(token);
  draft.by_timer = true;
  return draft;
}

Decision DecideExpireToken(const StateReader& state, const ExpireToken& command,
                           const Context& context) {
  Decision decision{Answer{.token = command.token}, {}, 0};
  const std::optional<TokenRow> token = ReadToken(state, command.token);
  if (token && IsDue(*token, context.ledger_time)) {
    decision.events.push_back(TokenExpired(command.token));
  }
  return decision;
}

// Each sign-in is an event of its own, because it shows who may have seen what, and when. The
// accounts need not be open: the rules for a provider may name one that is opened later.
Decision DecideSignInPerson(const SignInPerson& command) {
  Decision decision{Answer{}, {}, 0};
  Draft& draft = decision.events.emplace_back();
  events::PersonSignedIn& fact = *draft.event.mutable_person_signed_in();
  fact.set_person(command.person);
  fact.set_role(std::string(RoleName(command.role)));
  *fact.mutable_accounts() = {command.accounts.begin(), command.accounts.end()};
  draft.personal.set_operator_name(command.name);
  draft.personal.set_issuer(command.issuer);
  draft.personal.set_subject(command.subject);
  draft.subject = command.person;
  return decision;
}

}  // namespace latchkey::domain
