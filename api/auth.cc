#include "api/auth.h"

#include <algorithm>
#include <optional>

#include "api/cookies.h"
#include "api/csrf.h"
#include "api/metrics.h"
#include "api/people.h"
#include "api/throttle.h"
#include "core/crypto/hash.h"
#include "core/domain/decide.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

// The credentials of `Authorization: Bearer …`; nothing for another scheme or none.
std::optional<std::string_view> BearerToken(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size()) return std::nullopt;
  const auto same = [](char want, char have) {
    return want == (have >= 'A' && have <= 'Z' ? have + ('a' - 'A') : have);
  };
  if (!std::equal(kScheme.begin(), kScheme.end(), header.begin(), same)) return std::nullopt;
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  return header;
}

using domain::TokenRole;

bool Allows(TokenRole role, Access access) {
  switch (role) {
    case TokenRole::kOwner:
      return true;
    case TokenRole::kOperator:
      return access != Access::kOwn;
    case TokenRole::kHelpdesk:
      return access == Access::kRead || access == Access::kKeys;
    case TokenRole::kAuditor:
      return access == Access::kRead;
  }
  return false;
}

Status AuthenticateToken(Exchange* x) {
  const std::optional<std::string_view> token = BearerToken(x->request.authorization);
  if (!token) {
    return Refuse(ErrorCode::kUnauthenticated,
                  "Send an operator token as Authorization: Bearer …; the first one lies in "
                  "secrets/owner-token of the data directory.");
  }
  Result<Operator> op = x->parts.people != nullptr && identity::LooksLikeJwt(*token)
                            ? OperatorByAccessToken(*x, *token)
                            : OperatorByToken(*x, *token);
  if (!op) return RefuseCredential(std::move(op).error(), x);
  x->caller.op = *std::move(op);
  return {};
}

Status AuthenticateSession(Exchange* x, std::string_view cookie) {
  std::optional<OperatorSession> session = FindSession(*x, OperatorSessions::Look::kUse);
  if (!session) {
    return Refuse(ErrorCode::kUnauthenticated, "This session has ended. Sign in again.");
  }
  if (!IsSafe(x->request.method)) {
    if (Status meant = CheckCsrf(x->request, cookie); !meant) return meant;
  }
  x->caller.op = std::move(session->op);
  x->caller.session = crypto::Sha256(cookie);
  return {};
}

// By token, or by a session's cookie where there is no Authorization.
Status AuthenticateOperator(Exchange* x) {
  const auto cookie = CookieValue(x->request.cookie, kSessionCookie);
  Status known = cookie && !x->request.has_authorization ? AuthenticateSession(x, *cookie)
                                                         : AuthenticateToken(x);
  if (known && x->caller.op->kind == Operator::Kind::kToken) {
    x->parts.presence.RecordUse(x->caller.op->token, x->received);
  }
  return known;
}

Status AuthenticateCertificate(Exchange* x) {
  if (!x->peer.trusted) {
    return Refuse(ErrorCode::kUnauthenticated,
                  x->peer.sha256.empty()
                      ? "Connect with the client certificate that the redemption of a key gave."
                      : "The client certificate was not signed by the CA of this ledger. Connect "
                        "with the one that the redemption of a key gave.");
  }
  Result<domain::CertificateRow> row =
      domain::JudgeCertificate(x->state(), x->peer.sha256, x->ledger_time);
  if (!row) {
    // Our CA signed it and the ledger has never heard of it: perhaps the ledger is an old copy.
    if (row.error().code == ErrorCode::kUnauthenticated) x->metrics.PossibleRollback();
    return row.error();
  }
  x->gateway = row->gateway();
  x->caller.certificate = *std::move(row);
  return {};
}

// Operators are seen by those for all accounts, and by those for all of theirs.
template <typename Accounts>
bool SeesAll(const Exchange& x, const Accounts& accounts) {
  if (!x.caller.op) return false;
  if (x.caller.op->accounts.empty()) return true;
  return !accounts.empty() &&
         std::all_of(accounts.begin(), accounts.end(),
                     [&](const std::string& account) { return Sees(x, account); });
}

Error NoSuch(const char* what) {
  return Refuse(ErrorCode::kNotFound, std::string("There is no such ") + what + ".");
}

}  // namespace

Error RefuseCredential(Error error, Exchange* x) {
  if (error.code != ErrorCode::kUnauthenticated) return error;
  return x->throttle.RefuseSignIn(x, std::move(error.detail));
}

Status Authenticate(Who who, Exchange* x) {
  switch (who) {
    case Who::kAnyone:
      return {};
    case Who::kOperator:
      return AuthenticateOperator(x);
    case Who::kCertificate:
      return AuthenticateCertificate(x);
  }
  return {};
}

std::unique_ptr<Later> PrepareCaller(Exchange* x) {
  if (x->parts.people == nullptr) return nullptr;
  const std::optional<std::string_view> token = BearerToken(x->request.authorization);
  return token ? PrepareAccessToken(*token, x) : nullptr;
}

Status Authorise(Access access, const Exchange& x) {
  if (!x.caller.op) return {};
  const std::optional<TokenRole> role = x.caller.op->role;
  if (role && Allows(*role, access)) return {};
  return Refuse(ErrorCode::kForbidden,
                "Your role does not allow this. Ask an owner of this ledger.");
}

Status AuthoriseSwitch(const BodySwitch& body_switch, const Exchange& x) {
  const auto* body = x.body.if_object();
  if (body_switch.member.empty() || body == nullptr) return {};
  const auto* value = body->if_contains({body_switch.member.data(), body_switch.member.size()});
  const bool asked = value != nullptr && value->is_bool() && value->get_bool();
  return asked ? Authorise(body_switch.access, x) : Status();
}

bool Sees(const Exchange& x, std::string_view account) {
  return x.caller.op && Sees(*x.caller.op, account);
}

std::optional<OperatorSession> FindSession(const Exchange& x, OperatorSessions::Look look) {
  const auto cookie = CookieValue(x.request.cookie, kSessionCookie);
  if (!cookie || IsCrossSite(x.request)) return std::nullopt;
  const SessionId id = crypto::Sha256(*cookie);
  std::optional<OperatorSession> session = x.parts.sessions.Find(id, look);
  if (session && !StillHolds(x.parts, session->op)) {
    x.parts.sessions.End(id);
    return std::nullopt;
  }
  return session;
}

crypto::Secret BeginSession(Operator op, Exchange* x) {
  x->caller.op = op;
  crypto::Secret cookie = x->parts.sessions.Begin(std::move(op));
  x->caller.session = crypto::Sha256(cookie.view());
  x->response.set_cookies.push_back(SetCookie(kSessionCookie, cookie.view(), SameSite::kStrict));
  return cookie;
}

Result<Operator> OperatorByToken(const Exchange& x, std::string_view token) {
  const std::optional<domain::TokenRow> row =
      domain::ReadTokenByHash(x.state(), crypto::Sha256(token));
  if (row && domain::Holds(*row, x.ledger_time)) return OperatorOf(*row);
  return Refuse(ErrorCode::kUnauthenticated,
                "This token is not known, was revoked or rotated, or its time has passed. Ask "
                "the owner of this ledger for another one.");
}

bool StillHolds(const Parts& parts, const Operator& op) {
  switch (op.kind) {
    case Operator::Kind::kToken: {
      const std::optional<domain::TokenRow> row =
          domain::ReadToken(parts.projections.state(), op.token);
      return row && row->rotated_sha256() == op.rotated_sha256 &&
             domain::Holds(*row, parts.sequencer.LedgerTime());
    }
    case Operator::Kind::kPerson:
      // When the provider's token ends is the provider's word, by the provider's clock.
      return !op.expires || parts.clock.Now() < *op.expires;
  }
  return false;
}

bool StillHolds(const Parts& parts, const Caller& caller) {
  if (!caller.op || !StillHolds(parts, *caller.op)) return false;
  return caller.session.empty() ||
         parts.sessions.Find(caller.session, OperatorSessions::Look::kOnly);
}

Micros Life(const Parts& parts, const Caller& caller) {
  Micros life = Micros::max();
  if (caller.op && caller.op->expires) life = *caller.op->expires - parts.clock.Now();
  if (caller.session.empty()) return life;
  const auto session = parts.sessions.Find(caller.session, OperatorSessions::Look::kOnly);
  if (!session) return Micros(0);
  return std::min(
      {life, session->ends - parts.clock.Steady(), session->idles - parts.clock.Steady()});
}

Result<domain::AccountRow> RequireAccount(const Exchange& x, std::string_view name) {
  if (!Sees(x, name)) return NoSuch("account");
  std::optional<domain::AccountRow> row = domain::ReadAccount(x.state(), name);
  if (!row) return NoSuch("account");
  return *std::move(row);
}

Result<domain::GatewayRow> FindNamedGateway(const Exchange& x, std::string_view id) {
  const std::optional<std::uint64_t> number = text::ParseGatewayId(id);
  if (!number) return NoSuch("gateway");
  std::optional<domain::GatewayRow> row = domain::ReadGateway(x.state(), *number);
  if (!row || !Sees(x, row->account())) return NoSuch("gateway");
  return *std::move(row);
}

Result<domain::GatewayRow> RequireGateway(Exchange* x, std::string_view id) {
  Result<domain::GatewayRow> row = FindNamedGateway(*x, id);
  if (row) x->gateway = row->number();
  return row;
}

bool SeesToken(const Exchange& x, const domain::TokenRow& token) {
  return SeesAll(x, token.accounts());
}

bool SeesPerson(const Exchange& x, const domain::PersonRow& person) {
  const bool self = x.caller.op && x.caller.op->kind == Operator::Kind::kPerson &&
                    x.caller.op->person == person.person();
  return self || SeesAll(x, person.accounts());
}

Result<domain::TokenRow> RequireToken(const Exchange& x, std::string_view id) {
  const std::optional<std::uint64_t> number = text::ParseTokenId(id);
  if (!number) return NoSuch("token");
  std::optional<domain::TokenRow> row = domain::ReadToken(x.state(), *number);
  if (!row || !SeesToken(x, *row)) return NoSuch("token");
  return *std::move(row);
}

Status RequireActor(const Exchange& x, std::string_view actor) {
  constexpr std::string_view kTokenActor = "token:";
  constexpr std::string_view kPersonActor = "person:";
  constexpr std::string_view kCertificateActor = "certificate:";
  if (actor.starts_with(kTokenActor)) {
    const auto row = RequireToken(x, actor.substr(kTokenActor.size()));
    if (!row) return row.error();
  }
  if (actor.starts_with(kPersonActor)) {
    const auto person = text::ParsePersonId(actor.substr(kPersonActor.size()));
    const auto row = domain::ReadPerson(x.state(), person.value_or(""));
    if (!row || !SeesPerson(x, *row)) return NoSuch("person");
  }
  if (actor.starts_with(kCertificateActor)) {
    const std::optional<std::string> digest = text::FromHex(actor.substr(kCertificateActor.size()));
    const auto row = domain::ReadCertificate(x.state(), digest.value_or(""));
    if (!row || !Sees(x, row->account())) return NoSuch("certificate");
  }
  return {};
}

}  // namespace latchkey::api
