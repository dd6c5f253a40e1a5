// Who acts on the management listener. What they may do and see follows from role and accounts
// alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/domain/commands.h"
#include "core/domain/state.h"

namespace latchkey::api {

struct Operator {
  enum class Kind { kToken, kPerson };
  Kind kind = Kind::kToken;
  std::string id;                         // "tok_…", "per_…"; no two operators have the same
  std::optional<domain::TokenRole> role;  // nothing: one that this version does not know
  std::vector<std::string> accounts;      // empty: all
  std::optional<Time> expires;            // nothing: never
  std::string name;                       // of a person; a token's is sealed in the ledger
  std::uint64_t token = 0;                // of a token: its number, and which of its secrets
  std::string rotated_sha256;             // it came with (TokenRow)
  std::string person{};                   // of a person: 16 bytes

  void SetActor(domain::Actor* actor) const;  // of what this operator does
};

Operator OperatorOf(const domain::TokenRow& token);

// As actors are written in events, filters and log lines: "token:tok_…", "person:per_…".
std::string ActorText(const Operator& who);

// Whether `who` may know of this account at all; empty stands for the ledger itself, which only
// those for all accounts may.
bool Sees(const Operator& who, std::string_view account);

}  // namespace latchkey::api
