// Signing in and out. api/auth/auth.cc takes the session's cookie afterwards.
#include <algorithm>
#include <utility>

#include "api/auth/auth.h"
#include "api/auth/credentials.h"
#include "api/auth/csrf.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/render.h"
#include "api/http/cookies.h"

namespace latchkey::api {
namespace {

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

Status PostSession(const Door& door, Call& call) {
  if (Status own = CheckNotForeign(call.request); !own) return own.error();
  Result<Operator> who = ReadSignIn(door, call);
  if (!who) return RefuseCredential(who.error(), door.throttle, &call);
  const crypto::Secret cookie = BeginSession(door.sessions, *std::move(who), &call);
  call.response.Begin(Success::kCreated);
  RenderSignIn(door, door.sessions.Find(call.caller.session, OperatorSessions::Look::kOnly),
               cookie.view(), &call);
  return {};
}

Status DeleteSession(const Door& door, Call& call) {
  Queries queries(call.request.uri, {"everywhere"});
  const bool everywhere = queries.OneOf("everywhere", {"true", "false"}) == "true";
  const Fields fields(call.request.json);
  if (Status valid = queries.Done(); !valid) return valid.error();
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  if (Status own = CheckNotForeign(call.request); !own) return own.error();
  const Status known = Authenticate(Who::kOperator, door, &call);
  // Who is not known has nothing to end, and is signed out; but of whom would everywhere be?
  if (!known && (everywhere || known.error().code == ErrorCode::kCsrfRejected)) {
    return known.error();
  }
  if (known && everywhere) door.sessions.EndAllOf(*call.caller.who);
  door.sessions.End(call.caller.session);
  door.sequencer.head_watch().SayThatCallersEnded();  // streams look at their session again
  call.response.Begin(Success::kNoContent);
  call.response.set_cookies.push_back(ClearCookie(kSessionCookie, SameSite::kStrict));
  return {};
}

}  // namespace latchkey::api
