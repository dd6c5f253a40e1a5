#include "api/handlers/writes.h"

#include <utility>

#include "api/call/preconditions.h"
#include "api/call/queries.h"

namespace latchkey::api {
namespace {

Result<domain::Submission> Prepare(const LedgerView& ledger, const Call& call,
                                   domain::Command& command) {
  domain::Submission request{std::move(command), call.caller.Actor(), call.request.id, {}, {}};
  if (!call.caller.who) return request;  // conditions mean nothing to a gateway
  // No write has parameters, and one that is meant to change what it does must not be ignored.
  if (Status none = Queries(call.request.uri, {}).Done(); !none) return none.error();
  Result<std::optional<domain::IdempotencyTag>> tag = ReadIdempotencyKey(call);
  if (!tag) return tag.error();
  request.idempotency = *std::move(tag);
  const Result<std::optional<std::uint64_t>> match = ReadIfMatch(ledger, call);
  if (!match) return match.error();
  request.if_match = *match;
  return request;
}

}  // namespace

Task<Result<Outcome>> Submit(const Writes& writes, Call& call, domain::Command& command) {
  Result<domain::Submission> request = Prepare(writes.ledger, call, command);
  if (!request) co_return request.error();
  const Loop::Start<Outcome> start = [&](const auto& done) {
    return writes.sequencer.Submit(*std::move(request), done);
  };
  Result<Outcome> outcome = co_await writes.loop.Await(start);
  if (!outcome) co_return outcome.error();
  call.response.position = outcome->sequence;
  if (!outcome->answer) co_return outcome->answer.error();
  if (outcome->answer->gateway != 0) call.notes.gateway = outcome->answer->gateway;
  co_return outcome;
}

}  // namespace latchkey::api
