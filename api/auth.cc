#include "api/auth.h"

#include <algorithm>
#include <optional>

#include "api/metrics.h"
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
  std::optional<domain::TokenRow> row = domain::ReadTokenByHash(x->state(), crypto::Sha256(*token));
  if (!row || !domain::Holds(*row, x->received)) {
    return tl::unexpected(x->throttle.RefuseSignIn(
        x,
        "This token is not known, was revoked or rotated, or its time has passed. Ask the owner "
        "of this ledger for another one."));
  }
  x->parts.presence.RecordUse(row->number(), x->received);
  x->caller.token = std::move(row);
  return {};
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
      domain::JudgeCertificate(x->state(), x->peer.sha256, x->received);
  if (!row) {
    // Our CA signed it and the ledger has never heard of it: perhaps the ledger is an old copy.
    if (row.error().code == ErrorCode::kUnauthenticated) x->metrics.PossibleRollback();
    return tl::unexpected(std::move(row).error());
  }
  x->gateway = row->gateway();
  x->caller.certificate = *std::move(row);
  return {};
}

tl::unexpected<Error> NoSuch(const char* what) {
  return Refuse(ErrorCode::kNotFound, std::string("There is no such ") + what + ".");
}

}  // namespace

Status Authenticate(Who who, Exchange* x) {
  switch (who) {
    case Who::kAnyone:
      return {};
    case Who::kToken:
      return AuthenticateToken(x);
    case Who::kCertificate:
      return AuthenticateCertificate(x);
  }
  return {};
}

Status Authorise(Access access, const Exchange& x) {
  if (!x.caller.token) return {};
  const std::optional<TokenRole> role = domain::RoleFromName(x.caller.token->role());
  if (role && Allows(*role, access)) return {};
  return Refuse(ErrorCode::kForbidden,
                "The role of this token does not allow this. Ask the owner of this ledger.");
}

Status AuthoriseSwitch(const BodySwitch& body_switch, const Exchange& x) {
  const auto* body = x.body.if_object();
  if (body_switch.member.empty() || body == nullptr) return {};
  const auto* value = body->if_contains({body_switch.member.data(), body_switch.member.size()});
  const bool asked = value != nullptr && value->is_bool() && value->get_bool();
  return asked ? Authorise(body_switch.access, x) : Status();
}

bool Sees(const domain::TokenRow& token, std::string_view account) {
  const auto& accounts = token.accounts();
  return accounts.empty() || std::find(accounts.begin(), accounts.end(), account) != accounts.end();
}

bool Sees(const Exchange& x, std::string_view account) {
  return x.caller.token && Sees(*x.caller.token, account);
}

bool StillHolds(const Parts& parts, const domain::TokenRow& token) {
  const std::optional<domain::TokenRow> row =
      domain::ReadToken(parts.projections.state(), token.number());
  return row && row->rotated_sha256() == token.rotated_sha256() &&
         domain::Holds(*row, parts.clock.Now());
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
  if (!x.caller.token) return false;
  if (x.caller.token->accounts().empty()) return true;
  const auto& accounts = token.accounts();
  return !accounts.empty() &&
         std::all_of(accounts.begin(), accounts.end(),
                     [&](const std::string& account) { return Sees(x, account); });
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
  constexpr std::string_view kCertificateActor = "certificate:";
  if (actor.starts_with(kTokenActor)) {
    const auto row = RequireToken(x, actor.substr(kTokenActor.size()));
    if (!row) return tl::unexpected(row.error());
  }
  if (actor.starts_with(kCertificateActor)) {
    const std::optional<std::string> digest = text::FromHex(actor.substr(kCertificateActor.size()));
    const auto row = domain::ReadCertificate(x.state(), digest.value_or(""));
    if (!row || !Sees(x, row->account())) return NoSuch("certificate");
  }
  return {};
}

}  // namespace latchkey::api
