#include "api/auth/people.h"

#include "core/base/ids.h"

namespace latchkey::api {
namespace {

constexpr std::size_t kMaxNoted = 10'000;

// What a sign-in says that may change from one to the next.
std::string Standing(const Operator& person) {
  std::string standing(person.role ? RoleName(*person.role) : "");
  for (const std::string& account : person.accounts) standing.append(" ").append(account);
  return standing;
}

}  // namespace

Result<Operator> People::OperatorFor(const identity::Identity& identity) {
  const std::string name = identity.issuer + '\0' + identity.subject;
  const Result<std::string> person = subjects_.Pseudonym(name, random_);
  if (!person) return person.error();
  Operator who;
  who.kind = Operator::Kind::kPerson;
  who.id = text::PersonId(*person);
  who.person = *person;
  who.role = identity.role;
  who.accounts = identity.accounts;
  who.name = identity.name;
  return who;
}

bool People::IsNoted(const Operator& person) const {
  const std::lock_guard lock(mutex_);
  const auto found = noted_.find(person.id);
  return found != noted_.end() && found->second == Standing(person);
}

void People::Noted(const Operator& person) {
  const std::lock_guard lock(mutex_);
  if (noted_.size() >= kMaxNoted) noted_.clear();
  noted_.insert_or_assign(person.id, Standing(person));
}

}  // namespace latchkey::api
