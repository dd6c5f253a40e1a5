#include "api/call/operator.h"

#include <algorithm>

#include "core/base/ids.h"
#include "events/actor_text.h"

namespace latchkey::api {

Operator OperatorOf(const domain::TokenRow& token) {
  Operator who;
  who.id = text::TokenId(token.number());
  who.role = domain::RoleFromName(token.role());
  who.accounts = {token.accounts().begin(), token.accounts().end()};
  if (token.expires_us() != 0) who.expires = FromMicros(token.expires_us());
  who.token = token.number();
  who.rotated_sha256 = token.rotated_sha256();
  return who;
}

void Operator::SetActor(domain::Actor* actor) const {
  switch (kind) {
    case Kind::kToken:
      actor->kind = domain::Actor::Kind::kToken;
      actor->token = token;
      return;
    case Kind::kPerson:
      actor->kind = domain::Actor::Kind::kPerson;
      actor->person = person;
      return;
  }
}

std::string ActorText(const Operator& who) {
  switch (who.kind) {
    case Operator::Kind::kToken:
      return std::string(events::kTokenActor) + who.id;
    case Operator::Kind::kPerson:
      return std::string(events::kPersonActor) + who.id;
  }
  return "";
}

bool Sees(const Operator& who, std::string_view account) {
  return who.accounts.empty() ||
         std::find(who.accounts.begin(), who.accounts.end(), account) != who.accounts.end();
}

}  // namespace latchkey::api
