#include "api/auth.h"

#include <algorithm>
#include <optional>

#include "api/metrics.h"
#include "core/crypto/hash.h"
#include "core/domain/decide.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kOwner = "owner";

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

bool Expired(const domain::TokenRow& token, Time now) {
  return token.expires_us() != 0 && ToMicros(now) >= token.expires_us();
}

Status AuthenticateToken(Exchange* x) {
  const std::optional<std::string_view> token = BearerToken(x->request.authorization);
  if (!token) {
    return Refuse(ErrorCode::kUnauthenticated,
                  "Send an operator token as Authorization: Bearer …; the first one lies in "
                  "secrets/owner-token of the data directory.");
  }
  std::optional<domain::TokenRow> row = domain::ReadTokenByHash(x->state(), crypto::Sha256(*token));
  if (!row || Expired(*row, x->received)) {
    return Refuse(ErrorCode::kUnauthenticated,
                  "This token is not known, or its time has passed. Ask the owner of this ledger "
                  "for another one.");
  }
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

Status Authorise(Access, const Exchange& x) {
  if (!x.caller.token || x.caller.token->role() == kOwner) return {};
  return Refuse(ErrorCode::kForbidden,
                "The role of this token does not allow this. Ask the owner of this ledger.");
}

bool Sees(const domain::TokenRow& token, std::string_view account) {
  const auto& accounts = token.accounts();
  return accounts.empty() || std::find(accounts.begin(), accounts.end(), account) != accounts.end();
}

bool Sees(const Exchange& x, std::string_view account) {
  return x.caller.token && Sees(*x.caller.token, account);
}

std::optional<domain::TokenRow> LiveToken(const Parts& parts, std::uint64_t token) {
  std::optional<domain::TokenRow> row = domain::ReadToken(parts.projections.state(), token);
  if (row && Expired(*row, parts.clock.Now())) row.reset();
  return row;
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

}  // namespace latchkey::api
