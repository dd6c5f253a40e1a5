#include "api/auth/sign_in.h"

#include <utility>

#include "core/domain/commands.h"

namespace latchkey::api {

Task<Status> FetchMetadata(const Door& door) {
  const Loop::Start<void> start = [&](const auto& done) {
    return door.people->provider().FetchMetadata(done);
  };
  co_return co_await door.loop.Await(start);
}

Task<Status> FetchKeys(const Door& door) {
  const Loop::Start<void> start = [&](const auto& done) {
    return door.people->provider().FetchKeys(done);
  };
  co_return co_await door.loop.Await(start);
}

Task<Result<std::string>> RedeemCode(const Door& door, const std::string& code,
                                     const std::string& verifier) {
  const Loop::Start<std::string> start = [&](const auto& done) {
    return door.people->provider().Redeem(code, verifier, done);
  };
  co_return co_await door.loop.Await(start);
}

Task<Status> NoteSignIn(const Door& door, const Call& call, const Operator& person,
                        const identity::Identity& identity) {
  domain::Submission request;
  request.command = domain::SignInPerson{person.person, identity.role,   identity.accounts,
                                         identity.name, identity.issuer, identity.subject};
  person.SetActor(&request.actor);
  request.actor.address = call.caller.address.text;
  request.request_id = call.request.id;
  const Loop::Start<Outcome> start = [&](const auto& done) {
    return door.sequencer.Submit(std::move(request), done);
  };
  const Result<Outcome> outcome = co_await door.loop.Await(start);
  if (!outcome) co_return outcome.error();
  if (!outcome->answer) co_return outcome->answer.error();
  door.people->Noted(person);
  co_return Status();
}

}  // namespace latchkey::api
