#include "core/domain/apply_operators.h"

#include <algorithm>
#include <utility>

#include "core/domain/judge.h"

namespace latchkey::domain {
namespace {

using events::Event;

class OperatorApplier {
 public:
  OperatorApplier(const StateReader& state, const Event& event) : state_(state), event_(event) {}

  std::vector<Change> Run();

 private:
  void Put(std::string key, const google::protobuf::MessageLite& row) {
    changes_.push_back({std::move(key), row.SerializeAsString()});
  }
  void PutHash(std::string_view token_sha256, std::uint64_t token) {
    changes_.push_back({TokenHashKey(token_sha256), NumberValue(token)});
  }

  void CreateToken(const events::OperatorTokenCreated& fact);
  void RotateToken(const events::OperatorTokenRotated& fact);
  void RevokeToken(const events::OperatorTokenRevoked& fact);
  void ExpireToken(const events::OperatorTokenExpired& fact);
  void SignIn(const events::PersonSignedIn& fact);

  const StateReader& state_;
  const Event& event_;
  std::vector<Change> changes_;
};

void OperatorApplier::CreateToken(const events::OperatorTokenCreated& fact) {
  CountersRow counters = ReadCounters(state_);
  counters.set_tokens(std::max(counters.tokens(), fact.token()));
  Put(CountersKey(), counters);
  TokenRow row;
  row.set_number(fact.token());
  row.set_role(fact.role());
  *row.mutable_accounts() = fact.accounts();
  row.set_expires_us(fact.expires_us());
  row.set_created_us(event_.time_us());
  if (event_.has_sealed()) *row.mutable_personal() = event_.sealed();
  Put(TokenKey(fact.token()), row);
  PutHash(fact.token_sha256(), fact.token());
  if (!IsFullOwner(row) || fact.token() == 1) return;
  OwnersRow owners = ReadOwners(state_);
  owners.add_tokens(fact.token());
  Put(OwnersKey(), owners);
}

void OperatorApplier::RotateToken(const events::OperatorTokenRotated& fact) {
  std::optional<TokenRow> row = ReadToken(state_, fact.token());
  if (!row) return;
  row->set_rotated_sha256(fact.token_sha256());
  row->set_rotated_us(event_.time_us());
  row->set_expires_us(fact.expires_us());
  row->clear_expired_us();
  Put(TokenKey(fact.token()), *row);
  PutHash(fact.token_sha256(), fact.token());
}

void OperatorApplier::RevokeToken(const events::OperatorTokenRevoked& fact) {
  std::optional<TokenRow> row = ReadToken(state_, fact.token());
  if (!row || row->revoked_us() != 0) return;
  row->set_revoked_us(event_.time_us());
  Put(TokenKey(fact.token()), *row);
  CountersRow counters = ReadCounters(state_);
  counters.set_tokens_revoked(counters.tokens_revoked() + 1);
  Put(CountersKey(), counters);
  if (!IsFullOwner(*row)) return;
  OwnersRow owners = ReadOwners(state_);
  auto* tokens = owners.mutable_tokens();
  tokens->erase(std::remove(tokens->begin(), tokens->end(), fact.token()), tokens->end());
  Put(OwnersKey(), owners);
}

void OperatorApplier::ExpireToken(const events::OperatorTokenExpired& fact) {
  std::optional<TokenRow> row = ReadToken(state_, fact.token());
  if (!row) return;
  row->set_expired_us(event_.time_us());
  Put(TokenKey(fact.token()), *row);
}

void OperatorApplier::SignIn(const events::PersonSignedIn& fact) {
  PersonRow row;
  row.set_person(fact.person());
  row.set_role(fact.role());
  *row.mutable_accounts() = fact.accounts();
  const std::optional<PersonRow> before = ReadPerson(state_, fact.person());
  row.set_first_us(before ? before->first_us() : event_.time_us());
  row.set_last_us(event_.time_us());
  if (event_.has_sealed()) *row.mutable_personal() = event_.sealed();
  Put(PersonKey(fact.person()), row);
}

std::vector<Change> OperatorApplier::Run() {
  if (event_.has_operator_token_created()) {
    CreateToken(event_.operator_token_created());
  } else if (event_.has_operator_token_rotated()) {
    RotateToken(event_.operator_token_rotated());
  } else if (event_.has_operator_token_revoked()) {
    RevokeToken(event_.operator_token_revoked());
  } else if (event_.has_operator_token_expired()) {
    ExpireToken(event_.operator_token_expired());
  } else if (event_.has_person_signed_in()) {
    SignIn(event_.person_signed_in());
  }
  return std::move(changes_);
}

}  // namespace

std::vector<Change> ApplyOperator(const StateReader& state, const Event& event) {
  return OperatorApplier(state, event).Run();
}

}  // namespace latchkey::domain
