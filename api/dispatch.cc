#include "api/dispatch.h"

#include <optional>
#include <typeinfo>
#include <utility>

#include <boost/beast/core/string.hpp>

#include "api/auth/auth.h"
#include "api/call/json_body.h"
#include "api/call/positions.h"
#include "api/call/preconditions.h"
#include "api/call/problem.h"
#include "api/console.h"
#include "api/http/limits.h"
#include "api/router.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kAfterPosition = "after_position";

// A trusted proxy may ask for someone else.
Status FindClient(const Throttle& throttle, Call* call) {
  const std::string& forwarded_for = call->request.forwarded_for;
  if (!call->connection.through_proxy || forwarded_for.empty()) return {};
  Result<ClientAddress> client = throttle.addresses().Behind(forwarded_for);
  if (!client) return client.error();
  call->caller.address = *std::move(client);
  return {};
}

constexpr std::string_view kPkcs10Type = "application/pkcs10";

// Its handler reads it, once the caller is known.
Status CheckPkcs10(const Request& request) {
  const std::string_view type =
      std::string_view(request.content_type).substr(0, request.content_type.find(';'));
  if (boost::beast::iequals(type, kPkcs10Type) && request.content_encoding.empty()) return {};
  return Refuse(ErrorCode::kUnsupportedMediaType,
                "Send a signing request in base64, with Content-Type: application/pkcs10.");
}

// What can be refused without knowing who asks.
Status ReadBody(const Route& route, Call* call) {
  Request& request = call->request;
  if (request.has_if_match && call->connection.listener == Listener::kManagement) {
    if (const auto match = ParseIfMatch(request.if_match); !match) return match.error();
  }
  if (route.body == BodyRule::kNone) return {};
  if (route.body == BodyRule::kPkcs10) return CheckPkcs10(request);
  if (request.body.empty()) {
    if (route.body == BodyRule::kOptional) return {};
    return Refuse(ErrorCode::kRequestMalformed, "The body is missing. Send a JSON object.");
  }
  if (!IsJson(request.content_type)) {
    return Refuse(ErrorCode::kUnsupportedMediaType,
                  "Send the body as JSON, with Content-Type: application/json.");
  }
  if (!request.content_encoding.empty()) {
    return Refuse(ErrorCode::kUnsupportedMediaType,
                  "Send the body as it is, without Content-Encoding.");
  }
  Result<boost::json::value> json = ParseBody(request.body);
  if (!json) return json.error();
  request.json = *std::move(json);
  return {};
}

// There is no such row. A caller who may not ask learns nothing but that.
Error NoRoute(const Found& found, const Door& door, Call* call) {
  const bool management = call->connection.listener == Listener::kManagement;
  const Who who = found.same_path != nullptr ? found.same_path->who
                                             : (management ? Who::kOperator : Who::kAnyone);
  if (Status known = Authenticate(who, door, call); !known) return known.error();
  if (found.same_path == nullptr) {
    const Request& request = call->request;
    if (!management && FindRoute(ManagementRoutes(), request.method, request.uri).row != nullptr) {
      return {ErrorCode::kNotFound,
              "This is where gateways connect. Operators connect to the other address of this "
              "server, port 8443 unless it was given another."};
    }
    return {ErrorCode::kNotFound, "No such path. See /openapi.yaml."};
  }
  call->response.allow = AllowedMethods(RoutesOf(call->connection.listener), *found.same_path);
  return {ErrorCode::kMethodNotAllowed,
          "This path does not take this method. See the Allow header."};
}

// Who asks, and whether their role allows it.
Status Admit(const Route& route, const Door& door, Call* call) {
  if (Status known = Authenticate(route.who, door, call); !known) return known.error();
  if (Status allowed = Authorise(route.access, *call); !allowed) return allowed.error();
  return AuthoriseSwitch(route.body_switch, *call);
}

// The sequence to wait for, or null when there is none.
Result<std::optional<std::uint64_t>> ReadAfterPosition(const LedgerView& ledger, Call* call) {
  const std::optional<std::string_view> text = call->request.uri.Query(kAfterPosition);
  if (!text) return std::optional<std::uint64_t>();
  const auto sequence = ReadPosition(ledger, *text, "?after_position", &call->notes);
  if (!sequence) return sequence.error();
  return std::optional(*sequence);
}

Task<Status> AwaitPosition(const Contexts& contexts, std::uint64_t sequence) {
  const auto& projections = contexts.ledger.projections;
  const std::function<bool()> reached = [&] { return projections.size() > sequence; };
  if (reached()) co_return Status();
  LoopTimer timer(contexts.door.loop.io());
  const auto deadline = std::chrono::steady_clock::now() + limits::kPositionWait;
  if (co_await contexts.head.Until(timer, reached, deadline)) co_return Status();
  co_return Refuse(ErrorCode::kBehind,
                   "This server has not reached that position yet. Try again in a moment.");
}

Task<Result<Handled>> CallHandler(const Contexts& contexts, const Handler& handler, Call& call) {
  Status done;
  if (const auto* read = std::get_if<Status (*)(const LedgerView&, Call&)>(&handler)) {
    done = (*read)(contexts.ledger, call);
  } else if (const auto* list = std::get_if<Task<Status> (*)(const Lists&, Call&)>(&handler)) {
    done = co_await (*list)(contexts.lists, call);
  } else if (const auto* write = std::get_if<Task<Status> (*)(const Writes&, Call&)>(&handler)) {
    done = co_await (*write)(contexts.writes, call);
  } else if (const auto* webhook =
                 std::get_if<Task<Status> (*)(const WebhookDesk&, Call&)>(&handler)) {
    const WebhookDesk desk{contexts.writes, contexts.lists, contexts.webhooks()};
    done = co_await (*webhook)(desk, call);
  } else if (const auto* check_in =
                 std::get_if<Task<Result<std::unique_ptr<CheckInWait>>> (*)(const Writes&, Call&)>(
                     &handler)) {
    Result<std::unique_ptr<CheckInWait>> wait = co_await (*check_in)(contexts.writes, call);
    if (!wait) co_return wait.error();
    co_return Handled{nullptr, *std::move(wait)};
  } else if (const auto* session = std::get_if<Status (*)(const Door&, Call&)>(&handler)) {
    done = (*session)(contexts.door, call);
  } else if (const auto* sign_in = std::get_if<Task<Status> (*)(const Door&, Call&)>(&handler)) {
    done = co_await (*sign_in)(contexts.door, call);
  } else if (const auto* list_sessions =
                 std::get_if<Task<Status> (*)(const SessionDesk&, Call&)>(&handler)) {
    const SessionDesk desk{contexts.door, contexts.lists.buffers};
    done = co_await (*list_sessions)(desk, call);
  } else if (const auto* service = std::get_if<Status (*)(const Service&, Call&)>(&handler)) {
    done = (*service)(contexts.service, call);
  } else {
    const auto& follow =
        std::get<Result<std::unique_ptr<EventStream>> (*)(const Streams&, Call&)>(handler);
    Result<std::unique_ptr<EventStream>> stream = follow(contexts.streams, call);
    if (!stream) co_return stream.error();
    co_return Handled{*std::move(stream), nullptr};
  }
  if (!done) co_return done.error();
  co_return Handled();
}

Task<Result<Handled>> FindAndHandle(const Contexts& contexts, Call& call) {
  const Door& door = contexts.door;
  Request& request = call.request;
  if (Status found = FindClient(door.throttle, &call); !found) co_return found.error();
  if (Status parsed = request.uri.Parse(request.target); !parsed) co_return parsed.error();
  const Listener listener = call.connection.listener;
  const Found found = FindRoute(RoutesOf(listener), request.method, request.uri);
  if (found.same_path == nullptr && listener == Listener::kManagement &&
      AnswerFromConsole(ConsoleFiles(), request, request.uri, &call.response)) {
    co_return Handled();
  }
  if (found.row == nullptr) co_return NoRoute(found, door, &call);
  const Route& route = found.row->route;
  request.route = &route;
  request.params = found.params;
  if (route.counts_against_address()) {
    if (Status admitted = door.throttle.AdmitKeys(&call); !admitted) co_return admitted.error();
  }
  if (Status body = ReadBody(route, &call); !body) co_return body.error();
  if (route.who == Who::kOperator && HasAccessToken(door, call)) {
    const Status prepared = co_await PrepareAccessToken(door, call);
    if (!prepared) co_return prepared.error();
  }
  if (Status admitted = Admit(route, door, &call); !admitted) co_return admitted.error();
  if (route.who != Who::kAnyone && route.writes()) {
    // A refusal of someone known says where in the ledger it was judged, too. Strangers learn
    // nothing.
    call.response.position = contexts.ledger.projections.size() - 1;
    // Where nothing can be changed, it does not matter what was to be changed.
    if (contexts.ledger.only_token) {
      const std::optional<Error> problem = door.sequencer.WriteProblem();
      co_return *problem;
    }
  } else if (route.who != Who::kAnyone) {
    const Result<std::optional<std::uint64_t>> after = ReadAfterPosition(contexts.ledger, &call);
    if (!after) co_return after.error();
    if (*after) {
      const Status reached = co_await AwaitPosition(contexts, **after);
      if (!reached) co_return reached.error();
    }
  }
  co_return co_await CallHandler(contexts, found.row->handler, call);
}

}  // namespace

Task<Handled> Dispatch(const Contexts& contexts, Call& call) {
  Result<Handled> handled;
  // An exception that reaches this far is a fault of ours: it costs this one answer.
  try {
    handled = co_await FindAndHandle(contexts, call);
  } catch (const std::exception& error) {
    handled = Error{ErrorCode::kUnusable, std::string("an exception: ") + typeid(error).name()};
  }
  if (handled) {
    Status admitted = contexts.door.throttle.AdmitDownload(&call);
    if (admitted) co_return *std::move(handled);
    handled = admitted.error();
  }
  RenderProblem(contexts.door.throttle.Refusal(&call, handled.error()), &call);
  co_return Handled();
}

}  // namespace latchkey::api
