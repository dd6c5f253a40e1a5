// Signing in and out, and who has. api/auth/auth.cc takes the session's cookie afterwards.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/auth/auth.h"
#include "api/auth/credentials.h"
#include "api/auth/csrf.h"
#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/handlers/walk.h"
#include "api/http/cookies.h"
#include "api/http/limits.h"

namespace latchkey::api {
namespace {

const std::function<bool(const Operator&)> kEach = [](const Operator&) { return true; };

// The session, or null when there is none, and who else would sign people in.
void RenderSignIn(const Door& door, const std::optional<OperatorSession>& session,
                  std::string_view cookie, Call* call) {
  call->response.cache_control = kNoStore;  // csrf_token
  JsonWriter json(&call->response.body);
  json.BeginObject();
  json.Key("session");
  if (session) {
    RenderSession(*session, CsrfToken(cookie), door.ledger, &json);
  } else {
    json.Null();
  }
  json.Key("provider");
  if (door.provider) {
    json.BeginObject();
    json.Member("name", *door.provider);
    json.EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
}

// Whom the body's token or code signs in.
Result<Operator> ReadSignIn(const Door& door, const Call& call) {
  Fields fields(call.request.json);
  const std::optional<std::string_view> token = fields.String("token");
  const std::optional<std::string_view> code = fields.String("code");
  if (token.has_value() == code.has_value() && fields.Sound("token") && fields.Sound("code")) {
    fields.Check(Invalid("/token", "Send either a token or the code of a sign-in link."));
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  if (token) {
    return OperatorByToken(door.ledger, *token, call.request.ledger_time);
  }
  std::optional<Operator> who = door.sessions.Accept(*code);
  if (who && StillValid(door.ledger, *who)) return *std::move(who);
  return Refuse(ErrorCode::kUnauthenticated,
                "This sign-in link was already used or has expired. Start the server with "
                "--sign-in-link for a new one, or sign in with a token.");
}

}  // namespace

Status GetSession(const Door& door, Call& call) {
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  const std::optional<OperatorSession> session =
      call.request.has_authorization ? std::nullopt
                                     : FindSession(door, call, OperatorSessions::Look::kOnly);
  call.response.Begin(Success::kOk);
  RenderSignIn(door, session, CookieValue(call.request.cookie, kSessionCookie).value_or(""), &call);
  return {};
}

Task<Status> PostSession(const Door& door, Call& call) {
  if (Status own = CheckNotForeign(call.request); !own) co_return own.error();
  const Result<Operator> who = ReadSignIn(door, call);
  if (!who) co_return RefuseCredential(who.error(), door.throttle, &call);
  const Result<crypto::Secret> cookie = co_await BeginSession(door, *who, call);
  if (!cookie) co_return cookie.error();
  call.response.Begin(Success::kCreated);
  RenderSignIn(door, door.sessions.Find(call.caller.session, OperatorSessions::Look::kOnly),
               cookie->view(), &call);
  co_return Status();
}

Task<Status> DeleteSession(const Door& door, Call& call) {
  Queries queries(call.request.uri, {"everywhere"});
  const bool everywhere = queries.OneOf("everywhere", {"true", "false"}) == "true";
  const Fields fields(call.request.json);
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  if (Status own = CheckNotForeign(call.request); !own) co_return own.error();
  const Status known = Authenticate(Who::kOperator, door, &call);
  // Who is not known has nothing to end, and is signed out; but of whom would everywhere be?
  if (!known && (everywhere || known.error().code == ErrorCode::kCsrfRejected)) {
    co_return known.error();
  }
  if (known && everywhere) {
    const Status ended = co_await EndSessionsOf(door, call.caller.who->id, kEach);
    if (!ended) co_return ended.error();
  }
  const Status ended = co_await EndSession(door, call.caller.session);
  if (!ended) co_return ended.error();
  call.response.Begin(Success::kNoContent);
  call.response.set_cookies.push_back(ClearCookie(kSessionCookie, SameSite::kStrict));
  co_return Status();
}

Task<Status> ListSessions(const SessionDesk& desk, Call& call) {
  const Door& door = desk.door;
  Queries queries(call.request.uri, {"operator", "after", "limit"});
  const std::uint64_t limit = queries.Limit();
  std::string after(queries.Text("after").value_or(""));
  if (!after.empty() && !IsPublicSessionId(after)) {
    queries.Wrong("after", "It must be the next of the page before.");
  }
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  // Who is not an owner sees their own alone.
  std::string of(queries.Text("operator").value_or(""));
  if (queries.Text("operator")) {
    if (Status seen = RequireSessionsOf(door.ledger, call.caller, of); !seen) {
      co_return seen.error();
    }
  } else if (call.caller.who->role != domain::TokenRole::kOwner) {
    of = call.caller.who->id;
  }
  call.response.Begin(Success::kOk);
  Page page("sessions", limit, desk.buffers, call);
  Turn turn;
  for (bool goes_on = true; goes_on;) {
    const std::vector<ListedSession> some =
        door.sessions.After(after, limits::kSessionsLookedAtOnce, of);
    goes_on = some.size() == limits::kSessionsLookedAtOnce;
    for (const ListedSession& session : some) {
      const bool shown = SeesSessionsOf(call.caller, session.details.who) &&
                         StillValid(door.ledger, session.details.who);
      const bool current = session.session == call.caller.session;
      const auto write = [&](std::string* out) {
        RenderListedSession(session, current, door.ledger, out);
      };
      if (!page.Add(shown, write)) {
        goes_on = false;
        break;
      }
      after = session.id;
    }
    if (goes_on && turn.IsOver()) co_await turn.LetOthers();
  }
  page.End(page.more() ? after : "");
  co_return Status();
}

Task<Status> DeleteSessions(const Door& door, Call& call) {
  Queries queries(call.request.uri, {"operator"});
  const std::string of(queries.Text("operator").value_or(""));
  if (of.empty()) queries.Wrong("operator", "Say whose sessions end: tok_… or per_….");
  const Fields fields(call.request.json);
  if (!of.empty()) {
    if (Status seen = RequireSessionsOf(door.ledger, call.caller, of); !seen) {
      co_return seen.error();
    }
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  const std::function<bool(const Operator&)> seen = [&](const Operator& who) {
    return SeesSessionsOf(call.caller, who);
  };
  const Status ended = co_await EndSessionsOf(door, of, seen);
  if (!ended) co_return ended.error();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Task<Status> DeleteNamedSession(const Door& door, Call& call) {
  const auto session = door.sessions.Named(std::string(call.request.params[0]));
  if (!session || !SeesSessionsOf(call.caller, session->details.who)) {
    co_return Refuse(ErrorCode::kNotFound, "There is no such session, or you may not see it.");
  }
  const Queries queries(call.request.uri, {});
  const Fields fields(call.request.json);
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  const Status ended = co_await EndSession(door, session->session);
  if (!ended) co_return ended.error();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

}  // namespace latchkey::api
