#include "api/auth/credentials.h"

#include <algorithm>
#include <utility>

#include "api/auth/csrf.h"
#include "api/http/cookies.h"
#include "core/crypto/hash.h"
#include "core/domain/judge.h"
#include "core/domain/state.h"

namespace latchkey::api {

std::optional<std::string_view> BearerToken(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return std::nullopt;
  const auto same = [](char want, char have) {
    return want == (have >= 'A' && have <= 'Z' ? have + ('a' - 'A') : have);
  };
  if (!std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), same)) return std::nullopt;
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

Result<Operator> OperatorByToken(const domain::StateReader& state, std::string_view token,
                                 Time ledger_time) {
  const std::optional<domain::TokenRow> row = domain::ReadTokenByHash(state, crypto::Sha256(token));
  if (row && domain::Holds(*row, ledger_time)) return OperatorOf(*row);
  return Refuse(ErrorCode::kUnauthenticated,
                "This token is not known, was revoked or rotated, or its time has passed. Ask "
                "the owner of this ledger for another one.");
}

Error RefuseCredential(const Error& error, const Throttle& throttle, Call* call) {
  if (error.code != ErrorCode::kUnauthenticated) return error;
  return throttle.RefuseSignIn(call, error.detail);
}

std::optional<OperatorSession> FindSession(const Door& door, const Call& call,
                                           OperatorSessions::Look look) {
  const auto cookie = CookieValue(call.request.cookie, kSessionCookie);
  if (!cookie || IsCrossSite(call.request)) return std::nullopt;
  const SessionId id = crypto::Sha256(*cookie);
  std::optional<OperatorSession> session = door.sessions.Find(id, look);
  if (session && !StillHolds(door.ledger, session->op)) {
    door.sessions.End(id);
    return std::nullopt;
  }
  return session;
}

crypto::Secret BeginSession(OperatorSessions& sessions, Operator op, Call* call) {
  call->caller.op = op;
  crypto::Secret cookie = sessions.Begin(std::move(op));
  call->caller.session = crypto::Sha256(cookie.view());
  call->response.set_cookies.push_back(SetCookie(kSessionCookie, cookie.view(), SameSite::kStrict));
  return cookie;
}

bool StillHolds(const LedgerView& ledger, const Operator& op) {
  switch (op.kind) {
    case Operator::Kind::kToken: {
      const std::optional<domain::TokenRow> row = domain::ReadToken(ledger.state(), op.token);
      return row && row->rotated_sha256() == op.rotated_sha256 &&
             domain::Holds(*row, ledger.ledger_time());
    }
    case Operator::Kind::kPerson:
      // When the provider's token ends is the provider's word, by the provider's clock.
      return !op.expires || ledger.clock.Now() < *op.expires;
  }
  return false;
}

bool StillHolds(const LedgerView& ledger, OperatorSessions& sessions, const Caller& caller) {
  if (!caller.op || !StillHolds(ledger, *caller.op)) return false;
  return caller.session.empty() || sessions.Find(caller.session, OperatorSessions::Look::kOnly);
}

Micros Life(const LedgerView& ledger, OperatorSessions& sessions, const Caller& caller) {
  Micros life = Micros::max();
  if (caller.op && caller.op->expires) life = *caller.op->expires - ledger.clock.Now();
  if (caller.session.empty()) return life;
  const auto session = sessions.Find(caller.session, OperatorSessions::Look::kOnly);
  if (!session) return Micros(0);
  const Micros now = ledger.clock.Steady();
  return std::min({life, session->ends - now, session->idles - now});
}

}  // namespace latchkey::api
