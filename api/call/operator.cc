#include "api/call/operator.h"

#include <algorithm>

#include "core/base/ids.h"

namespace latchkey::api {

Operator OperatorOf(const domain::TokenRow& token) {
  Operator op;
  op.id = text::TokenId(token.number());
  op.role = domain::RoleFromName(token.role());
  op.accounts = {token.accounts().begin(), token.accounts().end()};
  if (token.expires_us() != 0) op.expires = FromMicros(token.expires_us());
  op.token = token.number();
  op.rotated_sha256 = token.rotated_sha256();
  return op;
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

std::string ActorText(const Operator& op) {
  switch (op.kind) {
    case Operator::Kind::kToken:
      return "token:" + op.id;
    case Operator::Kind::kPerson:
      return "person:" + op.id;
  }
  return "";
}

bool Sees(const Operator& op, std::string_view account) {
  return op.accounts.empty() ||
         std::find(op.accounts.begin(), op.accounts.end(), account) != op.accounts.end();
}

}  // namespace latchkey::api
