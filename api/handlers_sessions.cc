// Signing in and out. What a session's cookie is good for afterwards stands in auth.cc.
#include <algorithm>
#include <utility>

#include "api/auth.h"
#include "api/body.h"
#include "api/cookies.h"
#include "api/csrf.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/queries.h"
#include "api/render.h"
#include "core/crypto/hash.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

// The session, or null when there is none, and who else would sign people in.
void RenderSignIn(const std::optional<OperatorSession>& session, std::string_view cookie,
                  Exchange* x) {
  x->response.cache_control = kNoStore;  // csrf_token
  JsonWriter json(&x->response.body);
  json.BeginObject();
  json.Key("session");
  if (session) {
    RenderSession(*session, CsrfToken(cookie), x->parts, &json);
  } else {
    json.Null();
  }
  json.Key("provider");
  if (x->parts.provider) {
    json.BeginObject();
    json.Member("name", *x->parts.provider);
    json.EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
}

// Whom the body's token or code signs in.
Result<Operator> ReadSignIn(const Exchange& x) {
  Fields fields(x.body);
  const std::optional<std::string_view> token = fields.String("token");
  const std::optional<std::string_view> code = fields.String("code");
  if (token.has_value() == code.has_value() && fields.Sound("token") && fields.Sound("code")) {
    fields.Check(Invalid("/token", "Send a token, or the code of a sign-in link; one of the two."));
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  if (token) return OperatorByToken(x, *token);
  std::optional<Operator> op = x.parts.sessions.Accept(*code);
  if (op && StillHolds(x.parts, *op)) return *std::move(op);
  return Refuse(ErrorCode::kUnauthenticated,
                "This sign-in link was used already, or its time has passed. Start the server with "
                "--sign-in-link to get another one, or sign in with a token.");
}

}  // namespace

Result<Next> GetSession(Exchange& x) {
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  const std::optional<OperatorSession> session =
      x.request.has_authorization ? std::nullopt : FindSession(x, OperatorSessions::Look::kOnly);
  x.response.Begin(Success::kOk);
  RenderSignIn(session, CookieValue(x.request.cookie, kSessionCookie).value_or(""), &x);
  return Answered{};
}

Result<Next> PostSession(Exchange& x) {
  if (Status own = CheckNotForeign(x.request); !own) return own.error();
  Result<Operator> op = ReadSignIn(x);
  if (!op) return RefuseCredential(std::move(op).error(), &x);
  // A browser has one session; what it had before is not left behind for whoever finds its cookie.
  if (const auto before = CookieValue(x.request.cookie, kSessionCookie)) {
    x.parts.sessions.End(crypto::Sha256(*before));
  }
  const crypto::Secret cookie = BeginSession(*std::move(op), &x);
  x.response.Begin(Success::kCreated);
  RenderSignIn(x.parts.sessions.Find(x.caller.session, OperatorSessions::Look::kOnly),
               cookie.view(), &x);
  return Answered{};
}

Result<Next> DeleteSession(Exchange& x) {
  Queries queries(x.target, {"everywhere"});
  const bool everywhere = queries.OneOf("everywhere", {"true", "false"}) == "true";
  const Fields fields(x.body);
  if (Status valid = queries.Done(); !valid) return valid.error();
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  if (Status own = CheckNotForeign(x.request); !own) return own.error();
  const Status known = Authenticate(Who::kOperator, &x);
  // Who is not known has nothing to end, and is signed out; but of whom would everywhere be?
  if (!known && (everywhere || known.error().code == ErrorCode::kCsrfRejected)) {
    return known.error();
  }
  if (known && everywhere) x.parts.sessions.EndAllOf(*x.caller.op);
  x.parts.sessions.End(x.caller.session);
  x.parts.sequencer.head_watch().Notify();  // streams look at their session again
  x.response.Begin(Success::kNoContent);
  x.response.set_cookies.push_back(ClearCookie(kSessionCookie, SameSite::kStrict));
  return Answered{};
}

}  // namespace latchkey::api
