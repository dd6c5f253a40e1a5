#include "api/auth/auth.h"

#include <optional>
#include <utility>

#include "api/auth/credentials.h"
#include "api/auth/csrf.h"
#include "api/auth/sign_in.h"
#include "api/http/cookies.h"
#include "core/crypto/hash.h"
#include "core/domain/commands.h"
#include "core/domain/judge.h"
#include "core/domain/state.h"

namespace latchkey::api {
namespace {

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

Result<Operator> OperatorByAccessToken(const Door& door, const Call& call, std::string_view token) {
  People& people = *door.people;
  const auto known = people.access_tokens().Check(token, call.request.received);
  if (!known && known.error().code == ErrorCode::kNotFound) {
    if (people.provider().keys() == nullptr) {
      return Refuse(ErrorCode::kProviderUnreachable,
                    "The keys of the OpenID provider that issued this token cannot be fetched now. "
                    "Try again later, or use an operator token.");
    }
    return Refuse(ErrorCode::kUnauthenticated, known.error().detail);
  }
  if (!known) return known.error();
  Result<Operator> person = people.OperatorFor((*known)->identity);
  if (person) person->expires = (*known)->identity.expires;
  return person;
}

Status AuthenticateToken(const Door& door, Call* call) {
  const std::optional<std::string_view> token = BearerToken(call->request.authorization);
  if (!token) {
    const std::string place = door.ledger.only_token ? "run" : "secrets";
    return Refuse(ErrorCode::kUnauthenticated,
                  "Send an operator token as Authorization: Bearer …. The first owner's token is "
                  "in " +
                      place + "/owner-token of the data directory.");
  }
  Result<Operator> who = HasAccessToken(door, *call)
                             ? OperatorByAccessToken(door, *call, *token)
                             : OperatorByToken(door.ledger, *token, call->request.ledger_time);
  if (!who) return RefuseCredential(who.error(), door.throttle, call);
  call->caller.who = *std::move(who);
  return {};
}

Status AuthenticateSession(const Door& door, std::string_view cookie, Call* call) {
  std::optional<OperatorSession> session = FindSession(door, *call, OperatorSessions::Look::kUse);
  if (!session) {
    return Refuse(ErrorCode::kUnauthenticated, "This session has ended. Sign in again.");
  }
  if (!IsSafe(call->request.method)) {
    if (Status meant = CheckCsrf(call->request, cookie); !meant) return meant;
  }
  call->caller.who = std::move(session->who);
  call->caller.session = crypto::Sha256(cookie);
  return {};
}

// By token, or by a session's cookie where there is no Authorization.
Status AuthenticateOperator(const Door& door, Call* call) {
  const auto cookie = CookieValue(call->request.cookie, kSessionCookie);
  Status known = cookie && !call->request.has_authorization
                     ? AuthenticateSession(door, *cookie, call)
                     : AuthenticateToken(door, call);
  if (known && call->caller.who->kind == Operator::Kind::kToken) {
    door.presence.RecordUse(call->caller.who->token, call->request.received);
  }
  return known;
}

// Whether the refusal of a certificate holds for good: nothing more is to come on its connection.
bool IsEnd(ErrorCode code) {
  return code == ErrorCode::kCertificateRevoked || code == ErrorCode::kRegistrationAbandoned ||
         code == ErrorCode::kCertificateExpired ||
         code == ErrorCode::kCertificateUnknownSinceRestore;
}

// A pending certificate is let through for a renewal too: the decision says what it lacks.
Result<domain::CertificateRow> JudgeFor(Who who, const domain::StateReader& state,
                                        std::string_view sha256, Time ledger_time) {
  if (who != Who::kRenewer) return domain::JudgeCertificate(state, sha256, ledger_time);
  return domain::JudgeHeldCertificate(state, sha256);
}

// Whoever was given messages may say what became of them, although the certificate was revoked.
bool MayAcknowledge(Who who, const Error& refusal, const Call& call) {
  const auto* body = call.request.json.if_object();
  return who == Who::kCheckIn && refusal.code == ErrorCode::kCertificateRevoked &&
         body != nullptr && body->contains("acknowledge");
}

Status AuthenticateCertificate(Who who, const Door& door, Call* call) {
  const PeerCertificate& peer = call->connection.peer;
  if (!peer.trusted) {
    return Refuse(ErrorCode::kUnauthenticated,
                  peer.sha256.empty()
                      ? "Connect with the client certificate that the gateway received when its "
                        "key was redeemed."
                      : "The client certificate was not signed by the CA of this ledger. Connect "
                        "with the one that the redemption of a key gave.");
  }
  Result<domain::CertificateRow> row =
      JudgeFor(who, door.ledger.state(), peer.sha256, call->request.ledger_time);
  if (!row) {
    // Our CA signed it and the ledger has never heard of it: perhaps the ledger is an old copy.
    call->notes.possible_rollback = row.error().code == ErrorCode::kUnauthenticated;
    call->notes.identity_ended = IsEnd(row.error().code);
    if (!MayAcknowledge(who, row.error(), *call)) return row.error();
    call->caller.ended = row.error();
    row = *domain::ReadCertificate(door.ledger.state(), peer.sha256);
  }
  call->notes.gateway = row->gateway();
  call->caller.certificate = *std::move(row);
  call->caller.certificate_sha256 = peer.sha256;
  return {};
}

}  // namespace

Status Authenticate(Who who, const Door& door, Call* call) {
  switch (who) {
    case Who::kAnyone:
      return {};
    case Who::kOperator:
      return AuthenticateOperator(door, call);
    case Who::kCertificate:
    case Who::kRenewer:
    case Who::kCheckIn:
      return AuthenticateCertificate(who, door, call);
  }
  return {};
}

bool HasAccessToken(const Door& door, const Call& call) {
  if (door.people == nullptr) return false;
  const std::optional<std::string_view> token = BearerToken(call.request.authorization);
  return token && identity::LooksLikeJwt(*token);
}

Task<Status> PrepareAccessToken(const Door& door, Call& call) {
  People& people = *door.people;
  const std::string token(*BearerToken(call.request.authorization));
  auto known = people.access_tokens().Check(token, call.request.received);
  if (!known && known.error().code == ErrorCode::kNotFound) {
    (void)co_await FetchKeys(door);  // Authenticate says what is wrong
    known = people.access_tokens().Check(token, call.request.received);
  }
  if (!known || (*known)->noted) co_return Status();
  const Result<Operator> person = people.OperatorFor((*known)->identity);
  if (!person) co_return Status();
  Status noted;
  if (!people.IsNoted(*person)) {
    noted = co_await NoteSignIn(door, call, *person, (*known)->identity);
  }
  if (noted) (*known)->noted = true;
  // A read does not depend on a ledger that can be written.
  if (!noted && !call.request.route->writes()) noted = Status();
  co_return noted;
}

Status Authorise(Access access, const Call& call) {
  if (!call.caller.who) return {};
  const std::optional<TokenRole> role = call.caller.who->role;
  if (role && Allows(*role, access)) return {};
  return Refuse(ErrorCode::kForbidden,
                "Your role does not allow this. Ask an owner of this ledger.");
}

Status AuthoriseSwitch(const BodySwitch& body_switch, const Call& call) {
  const auto* body = call.request.json.if_object();
  if (body_switch.member.empty() || body == nullptr) return {};
  const auto* value = body->if_contains({body_switch.member.data(), body_switch.member.size()});
  const bool asked = value != nullptr && value->is_bool() && value->get_bool();
  return asked ? Authorise(body_switch.access, call) : Status();
}

}  // namespace latchkey::api
