#include "api/people.h"

#include <utility>

#include "api/dispatch.h"
#include "api/router.h"
#include "core/domain/commands.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

constexpr std::size_t kMaxNoted = 10'000;

// What a sign-in says that may change from one to the next.
std::string Standing(const Operator& person) {
  std::string standing(person.role ? RoleName(*person.role) : "");
  for (const std::string& account : person.accounts) standing.append(" ").append(account);
  return standing;
}

// The part of a request that is about a provider's keys, for a token under one that is not known.
std::unique_ptr<Later> FetchKeys(Exchange* x) {
  x->provider_asked = true;
  auto later = std::make_unique<Later>();
  later->start = [](Exchange& waiting, const std::function<void()>& resume) {
    return waiting.parts.people->provider().FetchKeys([resume](const Status&) { resume(); });
  };
  later->then = [](const Status&, Exchange& again) -> Result<Next> { return Dispatch(&again); };
  return later;
}

}  // namespace

Result<Operator> People::OperatorFor(const identity::Identity& identity) {
  const std::string name = identity.issuer + '\0' + identity.subject;
  const Result<std::string> person = subjects_.Pseudonym(name, random_);
  if (!person) return person.error();
  Operator op;
  op.kind = Operator::Kind::kPerson;
  op.id = text::PersonId(*person);
  op.person = *person;
  op.role = identity.role;
  op.accounts = identity.accounts;
  op.name = identity.name;
  return op;
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

std::unique_ptr<Later> NoteSignIn(const Operator& person, const identity::Identity& identity,
                                  std::function<Result<Next>(const Status&, Exchange&)> then) {
  // Written by a thread of the sequencer before it resumes, read by ours afterwards.
  const auto noted = std::make_shared<Status>();
  auto later = std::make_unique<Later>();
  later->start = [person, identity, noted](Exchange& x, const std::function<void()>& resume) {
    domain::Request request;
    request.command = domain::SignInPerson{person.person, identity.role,   identity.accounts,
                                           identity.name, identity.issuer, identity.subject};
    person.SetActor(&request.actor);
    request.actor.address = x.client.text;
    request.request_id = x.request_id;
    return x.parts.sequencer.Submit(std::move(request), [noted, resume](Outcome outcome) {
      if (!outcome.answer) *noted = outcome.answer.error();
      resume();
    });
  };
  later->then = [noted, person, then = std::move(then)](const Status& begun,
                                                        Exchange& x) -> Result<Next> {
    const Status& status = begun ? *noted : begun;
    if (status) x.parts.people->Noted(person);
    return then(status, x);
  };
  return later;
}

std::unique_ptr<Later> PrepareAccessToken(std::string_view token, Exchange* x) {
  People* people = x->parts.people;
  if (people == nullptr || !identity::LooksLikeJwt(token)) return nullptr;
  const auto known = people->access_tokens().Check(token, x->received);
  if (!known) {
    const bool fetch = known.error().code == ErrorCode::kNotFound && !x->provider_asked;
    return fetch ? FetchKeys(x) : nullptr;
  }
  if ((*known)->noted || x->note_refused) return nullptr;
  const Result<Operator> person = people->OperatorFor((*known)->identity);
  if (!person) return nullptr;  // OperatorByAccessToken says why
  if (people->IsNoted(*person)) {
    (*known)->noted = true;
    return nullptr;
  }
  return NoteSignIn(*person, (*known)->identity,
                    [known = *known](const Status& noted, Exchange& again) -> Result<Next> {
                      // Who only reads needs no ledger that can be written.
                      again.note_refused = !noted && !again.route->writes();
                      if (!noted && !again.note_refused) return noted.error();
                      if (noted) known->noted = true;
                      return Dispatch(&again);
                    });
}

Result<Operator> OperatorByAccessToken(const Exchange& x, std::string_view token) {
  People& people = *x.parts.people;
  const auto known = people.access_tokens().Check(token, x.received);
  if (!known && known.error().code == ErrorCode::kNotFound) {
    if (people.provider().keys() == nullptr) {
      return Refuse(ErrorCode::kProviderUnreachable,
                    "The OpenID provider that this token is of cannot be asked for its keys now. "
                    "Try again later, or use an operator token.");
    }
    return Refuse(ErrorCode::kUnauthenticated, known.error().detail);
  }
  if (!known) return known.error();
  Result<Operator> person = people.OperatorFor((*known)->identity);
  if (person) person->expires = (*known)->identity.expires;
  return person;
}

}  // namespace latchkey::api
