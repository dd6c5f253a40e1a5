#include "api/call/names.h"

namespace latchkey::api {

std::string NameOf(const events::Actor& actor, const LedgerView& ledger) {
  if (actor.kind() == events::Actor::TOKEN) {
    const auto token = domain::ReadToken(ledger.state(), actor.token());
    return token ? NameOf(*token, ledger) : "";
  }
  if (actor.kind() == events::Actor::PERSON) {
    const auto person = domain::ReadPerson(ledger.state(), actor.person());
    return person ? NameOf(*person, ledger) : "";
  }
  return "";
}

}  // namespace latchkey::api
