#include "api/auth/credentials.h"

#include <utility>

#include <boost/beast/core/string.hpp>

#include "api/auth/csrf.h"
#include "api/http/cookies.h"
#include "api/http/limits.h"
#include "core/base/base64.h"
#include "core/base/printable.h"
#include "core/crypto/hash.h"
#include "core/domain/judge.h"
#include "core/domain/state.h"

namespace latchkey::api {

namespace {

// What follows the scheme, which is written in lower case and with its space.
std::optional<std::string_view> CredentialsOf(std::string_view scheme,
                                              std::string_view authorization) {
  if (authorization.size() <= scheme.size() ||
      !boost::beast::iequals(authorization.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

// Under whose key the ledger seals the operator's name.
std::string SubjectOf(const LedgerView& ledger, const Operator& who) {
  if (who.kind == Operator::Kind::kToken) {
    const auto row = domain::ReadToken(ledger.state(), who.token);
    return row ? row->personal().subject() : std::string();
  }
  const auto row = domain::ReadPerson(ledger.state(), who.person);
  return row ? row->personal().subject() : std::string();
}

SignedInFrom FromOf(const LedgerView& ledger, const Operator& who, const Call& call) {
  return {call.caller.address.text,
          text::Printable(call.request.user_agent, limits::kSessionAgentBytes),
          SubjectOf(ledger, who)};
}

}  // namespace

std::optional<std::string_view> BearerToken(std::string_view authorization) {
  return CredentialsOf("bearer ", authorization);
}

std::optional<crypto::Secret> BasicPassword(std::string_view authorization) {
  const auto encoded = CredentialsOf("basic ", authorization);
  if (!encoded) return std::nullopt;
  std::optional<std::string> decoded = text::FromBase64(*encoded);
  if (!decoded) return std::nullopt;
  const crypto::Secret both(*std::move(decoded));
  const std::size_t colon = both.view().find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return crypto::Secret(std::string(both.view().substr(colon + 1)));
}

Result<Operator> OperatorByToken(const LedgerView& ledger, std::string_view token,
                                 Time ledger_time) {
  const std::string sha256 = crypto::Sha256(token);
  if (ledger.only_token) {
    if (sha256 == ledger.only_token->rotated_sha256()) return OperatorOf(*ledger.only_token);
    return Refuse(ErrorCode::kUnauthenticated,
                  "This server is read-only and accepts only the token that it created at its "
                  "start. That token is in run/owner-token of the data directory.");
  }
  const std::optional<domain::TokenRow> row = domain::ReadTokenByHash(ledger.state(), sha256);
  if (row && domain::IsValid(*row, ledger_time)) return OperatorOf(*row);
  return Refuse(ErrorCode::kUnauthenticated,
                "This token is unknown, revoked, rotated or expired. Ask the owner of this ledger "
                "for a new one.");
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
  if (session && !StillValid(door.ledger, session->who)) {
    door.sessions.End(id, {});
    return std::nullopt;
  }
  return session;
}

Task<Result<crypto::Secret>> BeginSession(const Door& door, Operator who, Call& call) {
  // A browser has one session; what it had before is not left behind for whoever finds its cookie.
  const auto before = CookieValue(call.request.cookie, kSessionCookie);
  const SessionId instead_of = before ? crypto::Sha256(*before) : SessionId();
  OperatorSessions::Begun begun;
  const Loop::Start<void> start = [&](const auto& done) {
    begun = door.sessions.Begin(who, FromOf(door.ledger, who, call), instead_of, done);
    return Status();
  };
  const Result<void> kept = co_await door.loop.Await(start);
  if (!kept) co_return kept.error();
  call.caller.who = std::move(who);
  call.caller.session = begun.id;
  call.response.set_cookies.push_back(
      SetCookie(kSessionCookie, begun.cookie.view(), SameSite::kStrict));
  co_return std::move(begun.cookie);
}

Task<Status> EndSession(const Door& door, const SessionId& id) {
  const Loop::Start<void> start = [&](const auto& done) {
    door.sessions.End(id, done);
    door.sequencer.head_watch().SayThatCallersEnded();  // streams look at their session again
    return Status();
  };
  co_return co_await door.loop.Await(start);
}

Task<Status> EndSessionsOf(const Door& door, const std::string& operator_id,
                           const std::function<bool(const Operator& who)>& which) {
  const Loop::Start<void> start = [&](const auto& done) {
    door.sessions.EndAllOf(operator_id, which, done);
    door.sequencer.head_watch().SayThatCallersEnded();
    return Status();
  };
  co_return co_await door.loop.Await(start);
}

bool StillValid(const LedgerView& ledger, const Operator& who) {
  switch (who.kind) {
    case Operator::Kind::kToken: {
      if (ledger.only_token) return who.token == ledger.only_token->number();
      const std::optional<domain::TokenRow> row = domain::ReadToken(ledger.state(), who.token);
      return row && row->rotated_sha256() == who.rotated_sha256 &&
             domain::IsValid(*row, ledger.ledger_time());
    }
    case Operator::Kind::kPerson:
      // When the provider's token ends is the provider's word, by the provider's clock.
      return !who.expires || ledger.clock.Now() < *who.expires;
  }
  return false;
}

bool StillValid(const LedgerView& ledger, OperatorSessions& sessions, const Caller& caller) {
  if (!caller.who || !StillValid(ledger, *caller.who)) return false;
  return caller.session.empty() || sessions.Find(caller.session, OperatorSessions::Look::kOnly);
}

Micros Life(const LedgerView& ledger, OperatorSessions& sessions, const Caller& caller) {
  Micros life = Micros::max();
  if (caller.who && caller.who->expires) life = *caller.who->expires - ledger.clock.Now();
  if (caller.session.empty()) return life;
  const auto session = sessions.Find(caller.session, OperatorSessions::Look::kOnly);
  if (!session) return Micros(0);
  const Micros now = ledger.clock.Steady();
  return std::min({life, session->ends - now, session->idles - now});
}

}  // namespace latchkey::api
