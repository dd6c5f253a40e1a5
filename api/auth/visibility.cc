#include "api/auth/visibility.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/base/ids.h"

namespace latchkey::api {
namespace {

// Operators are seen by those for all accounts, and by those for all of theirs.
template <typename Accounts>
bool SeesAll(const Caller& caller, const Accounts& accounts) {
  if (!caller.who) return false;
  if (caller.who->accounts.empty()) return true;
  return !accounts.empty() &&
         std::all_of(accounts.begin(), accounts.end(),
                     [&](const std::string& account) { return Sees(caller, account); });
}

Error NoSuch(const char* what) {
  return Refuse(ErrorCode::kNotFound,
                std::string("There is no such ") + what + ", or you may not see it.");
}

}  // namespace

bool Sees(const Caller& caller, std::string_view account) {
  return caller.who && Sees(*caller.who, account);
}

bool SeesToken(const Caller& caller, const domain::TokenRow& token) {
  return SeesAll(caller, token.accounts());
}

bool SeesWebhook(const Caller& caller, const domain::WebhookRow& webhook) {
  return SeesAll(caller, webhook.accounts());
}

bool SeesPerson(const Caller& caller, const domain::PersonRow& person) {
  const bool self = caller.who && caller.who->kind == Operator::Kind::kPerson &&
                    caller.who->person == person.person();
  return self || SeesAll(caller, person.accounts());
}

bool SeesSessionsOf(const Caller& caller, const Operator& who) {
  if (!caller.who) return false;
  return caller.who->id == who.id ||
         (caller.who->role == domain::TokenRole::kOwner && SeesAll(caller, who.accounts));
}

Result<domain::AccountRow> RequireAccount(const LedgerView& ledger, const Caller& caller,
                                          std::string_view name) {
  if (!Sees(caller, name)) return NoSuch("account");
  std::optional<domain::AccountRow> row = domain::ReadAccount(ledger.state(), name);
  if (!row) return NoSuch("account");
  return *std::move(row);
}

Result<domain::GatewayRow> RequireGateway(const LedgerView& ledger, const Caller& caller,
                                          std::string_view id) {
  const std::optional<std::uint64_t> number = text::ParseGatewayId(id);
  if (!number) return NoSuch("gateway");
  std::optional<domain::GatewayRow> row = domain::ReadGateway(ledger.state(), *number);
  if (!row || !Sees(caller, row->account())) return NoSuch("gateway");
  return *std::move(row);
}

Result<domain::GatewayRow> GatewayOfPath(const LedgerView& ledger, Call* call) {
  Result<domain::GatewayRow> row = RequireGateway(ledger, call->caller, call->request.params[0]);
  if (row) call->notes.gateway = row->number();
  return row;
}

Result<domain::TokenRow> RequireToken(const LedgerView& ledger, const Caller& caller,
                                      std::string_view id) {
  const std::optional<std::uint64_t> number = text::ParseTokenId(id);
  if (!number) return NoSuch("token");
  std::optional<domain::TokenRow> row = domain::ReadToken(ledger.state(), *number);
  if (!row || !SeesToken(caller, *row)) return NoSuch("token");
  return *std::move(row);
}

Status RequireSessionsOf(const LedgerView& ledger, const Caller& caller, const std::string& id) {
  if (caller.who->id == id) return {};
  if (caller.who->role != domain::TokenRole::kOwner) return NoSuch("operator");
  if (const auto number = text::ParseTokenId(id)) {
    const auto row = domain::ReadToken(ledger.state(), *number);
    if (row && SeesToken(caller, *row)) return {};
  } else if (const auto person = text::ParsePersonId(id)) {
    const auto row = domain::ReadPerson(ledger.state(), *person);
    if (row && SeesPerson(caller, *row)) return {};
  }
  return NoSuch("operator");
}

Status RequireActor(const LedgerView& ledger, const Caller& caller, const events::Actor& actor) {
  switch (actor.kind()) {
    case events::Actor::TOKEN: {
      const auto row = domain::ReadToken(ledger.state(), actor.token());
      if (!row || !SeesToken(caller, *row)) return NoSuch("token");
      return {};
    }
    case events::Actor::PERSON: {
      const auto row = domain::ReadPerson(ledger.state(), actor.person());
      if (!row || !SeesPerson(caller, *row)) return NoSuch("person");
      return {};
    }
    case events::Actor::CERTIFICATE: {
      const auto row = domain::ReadCertificate(ledger.state(), actor.certificate_sha256());
      if (!row || !Sees(caller, row->account())) return NoSuch("certificate");
      return {};
    }
    default:  // the system and addresses, which no rule hides; protobuf enums are open
      return {};
  }
}

}  // namespace latchkey::api
