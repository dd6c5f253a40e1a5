#include "api/dispatch.h"

#include <optional>

#include "api/auth.h"
#include "api/body.h"
#include "api/console.h"
#include "api/metrics.h"
#include "api/positions.h"
#include "api/preconditions.h"
#include "api/problem.h"
#include "api/router.h"
#include "api/throttle.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kAfterPosition = "after_position";

// What can be said of a request without knowing who asks.
Status ReadBody(const Route& route, Exchange* x) {
  const HttpRequest& request = x->request;
  if (request.has_if_match && x->listener == Listener::kManagement) {
    if (const auto match = ParseIfMatch(request.if_match); !match) return match.error();
  }
  if (route.body == BodyRule::kNone) return {};
  if (request.body.empty()) {
    if (route.body == BodyRule::kOptional) return {};
    return Refuse(ErrorCode::kRequestMalformed, "The body is missing. Send a JSON object.");
  }
  if (!IsJson(request.content_type)) {
    return Refuse(ErrorCode::kUnsupportedMediaType,
                  "Send the body as JSON, with Content-Type: application/json.");
  }
  Result<boost::json::value> body = ParseBody(request.body);
  if (!body) return body.error();
  x->body = *std::move(body);
  return {};
}

// No such row: still, who may not ask learns nothing but that.
Error NoRoute(const Found& found, Exchange* x) {
  const bool management = x->listener == Listener::kManagement;
  const Who who = found.same_path != nullptr ? found.same_path->who
                                             : (management ? Who::kOperator : Who::kAnyone);
  if (Status known = Authenticate(who, x); !known) return known.error();
  if (found.same_path == nullptr) {
    return {ErrorCode::kNotFound, "There is nothing at this path. See /openapi.yaml."};
  }
  x->response.allow = AllowedMethods(RoutesOf(x->listener), *found.same_path);
  return {ErrorCode::kMethodNotAllowed, "This path has other methods, see Allow."};
}

// The sequence to wait for, or nothing when it has been reached.
Result<std::optional<std::uint64_t>> ReadAfterPosition(const Exchange& x) {
  const std::optional<std::string_view> text = x.target.Query(kAfterPosition);
  if (!text) return std::optional<std::uint64_t>();
  return ReadPosition(x, *text, "?after_position").map([&](std::uint64_t sequence) {
    return sequence < x.parts.projections.size() ? std::nullopt : std::optional(sequence);
  });
}

// A trusted proxy may ask for someone else.
Status FindClient(Exchange* x) {
  if (!x->through_proxy || x->request.forwarded_for.empty()) return {};
  Result<ClientAddress> client = x->throttle.addresses().Behind(x->request.forwarded_for);
  if (!client) return client.error();
  x->client = *std::move(client);
  return {};
}

Result<Next> FindAndHandle(Exchange* x) {
  if (Status found = FindClient(x); !found) return found.error();
  if (Status parsed = x->target.Parse(x->request.target); !parsed) return parsed.error();
  const Found found = FindRoute(RoutesOf(x->listener), x->request.method, x->target);
  if (found.same_path == nullptr && x->listener == Listener::kManagement &&
      AnswerFromConsole(ConsoleFiles(), x->request, x->target, &x->response)) {
    return Answered{};
  }
  if (found.route == nullptr) return NoRoute(found, x);
  x->route = found.route;
  x->params = found.params;
  const Route& route = *found.route;
  if (route.counted != Counted::kNothing) {
    if (Status admitted = x->throttle.AdmitKeys(x); !admitted) return admitted.error();
  }
  if (Status body = ReadBody(route, x); !body) return body.error();
  if (route.who == Who::kOperator) {
    if (std::unique_ptr<Later> later = PrepareCaller(x)) return later;
  }
  if (Status known = Authenticate(route.who, x); !known) return known.error();
  if (Status allowed = Authorise(route.access, *x); !allowed) return allowed.error();
  if (Status allowed = AuthoriseSwitch(route.body_switch, *x); !allowed) return allowed.error();
  if (route.writes()) {
    // Also a refusal of someone known says where in the ledger it stands. Strangers learn nothing.
    if (route.who != Who::kAnyone) x->response.position = x->parts.projections.size() - 1;
  } else if (route.who != Who::kAnyone) {
    const Result<std::optional<std::uint64_t>> wait = ReadAfterPosition(*x);
    if (!wait) return wait.error();
    if (*wait) return AwaitHead{**wait};
  }
  return route.handler(*x);
}

}  // namespace

Next Dispatch(Exchange* x) {
  Result<Next> next = FindAndHandle(x);
  if (next) return *std::move(next);
  Reject(next.error(), x);
  return Answered{};
}

void Complete(const Command& command, const Outcome& outcome, Exchange* x) {
  x->response.position = outcome.sequence;
  if (!outcome.answer) return Reject(outcome.answer.error(), x);
  if (outcome.answer->gateway != 0) x->gateway = outcome.answer->gateway;
  if (Status done = command.then(*x, outcome); !done) Reject(done.error(), x);
}

void Reject(const Error& error, Exchange* x) {
  RenderProblem(error, x);
  x->metrics.Refusal(*x->response.refusal);
  if (!IsOfTheMachine(error.code)) return;
  x->trouble = error;
  x->metrics.Trouble(error.code);
}

}  // namespace latchkey::api
