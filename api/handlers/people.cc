// Signing in through the OpenID provider (OpenID Connect Core 1.0 §3.1, with PKCE of RFC 7636): to
// the provider, and back.
#include <optional>
#include <string>
#include <utility>

#include "api/auth/credentials.h"
#include "api/auth/sign_in.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/http/cookies.h"
#include "core/identity/forms.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kLoginCookie = "__Host-latchkey-login";

// Why nobody was signed in, for the page that offers to try again.
constexpr std::string_view kProviderRefused = "provider_refused";
constexpr std::string_view kNotAllowed = "not_allowed";
constexpr std::string_view kLoginExpired = "login_expired";
constexpr std::string_view kProviderUnreachable = "provider_unreachable";

std::string_view ReasonOf(const Error& error) {
  if (error.code == ErrorCode::kForbidden) return kNotAllowed;
  if (error.code == ErrorCode::kProviderUnreachable || error.code == ErrorCode::kOverloaded) {
    return kProviderUnreachable;
  }
  const bool refused =
      error.code == ErrorCode::kUnauthenticated || error.code == ErrorCode::kNotFound;
  return refused ? kProviderRefused : CodeName(error.code);
}

Status Redirect(std::string to, Call& call) {
  call.response.Begin(Success::kSeeOther, "");
  call.response.location = std::move(to);
  call.response.cache_control = kNoStore;
  return {};
}

// Ends this sign-in, whatever came of it.
Status Finish(std::string to, Call& call) {
  call.response.set_cookies.push_back(ClearCookie(kLoginCookie, SameSite::kLax));
  return Redirect(std::move(to), call);
}

// A sign-in that was refused counts as a wrong credential does; one that could not be judged does
// not.
Status Fail(std::string_view reason, Call& call) {
  call.notes.credential_refused =
      reason == kProviderRefused || reason == kNotAllowed || reason == kLoginExpired;
  return Finish("/sign-in?error=" + std::string(reason), call);
}

// Who the ID token says that it is. The provider's keys are fetched once when they are not known,
// or do not have the one that signed it.
Task<Result<identity::Identity>> Identify(const Door& door, const Call& call,
                                          const std::string& id_token, const std::string& nonce) {
  identity::Provider& provider = door.people->provider();
  Result<identity::Identity> identity = Refuse(ErrorCode::kProviderUnreachable, "");
  for (const bool fetched : {false, true}) {
    if (fetched) (void)co_await FetchKeys(door);  // what is missing then, is told below
    const auto keys = provider.keys();
    if (keys == nullptr) continue;
    identity =
        identity::CheckIdToken(provider.config(), *keys, id_token, nonce, call.request.received);
    if (identity || identity.error().code != ErrorCode::kNotFound) break;
  }
  co_return identity;
}

}  // namespace

Task<Status> GetProvider(const Door& door, Call& call) {
  const Queries queries(call.request.uri, {"return"});
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  if (door.people == nullptr) co_return Fail(kProviderUnreachable, call);
  People& people = *door.people;
  const std::string path = identity::LocalPath(call.request.uri.Query("return").value_or("/"));
  if (people.provider().metadata() == nullptr) {
    (void)co_await FetchMetadata(door);  // what is missing then, is told below
  }
  const auto metadata = people.provider().metadata();
  if (metadata == nullptr) co_return Fail(kProviderUnreachable, call);
  const identity::Logins::Begun begun = people.logins().Begin(path, call.request.received);
  call.response.set_cookies.push_back(
      SetCookie(kLoginCookie, begun.cookie, SameSite::kLax,
                std::chrono::duration_cast<std::chrono::seconds>(identity::kLoginTime)));
  co_return Redirect(identity::AuthorizationUrl(people.provider().config(), *metadata, begun.state,
                                                begun.nonce, begun.challenge),
                     call);
}

// Providers may add parameters of their own (RFC 6749 §4.1.2), so none is refused.
Task<Status> GetCallback(const Door& door, Call& call) {
  if (door.people == nullptr) co_return Fail(kProviderUnreachable, call);
  // The provider is asked about each code, and a stranger must not have us ask it without end.
  if (const Status admitted = door.throttle.AdmitSignIn(&call); !admitted) {
    co_return Fail(ReasonOf(admitted.error()), call);
  }
  People& people = *door.people;
  const std::optional<identity::Logins::Login> login =
      people.logins().Take(CookieValue(call.request.cookie, kLoginCookie).value_or(""),
                           call.request.uri.Query("state").value_or(""), call.request.received);
  if (!login) co_return Fail(kLoginExpired, call);
  const auto metadata = people.provider().metadata();
  const auto issuer = call.request.uri.Query("iss");  // RFC 9207
  const bool other = issuer ? *issuer != people.provider().config().issuer
                            : metadata != nullptr && metadata->names_issuer;
  const std::string code(call.request.uri.Query("code").value_or(""));
  if (other || code.empty() || call.request.uri.Query("error")) {
    co_return Fail(kProviderRefused, call);
  }
  const Result<std::string> id_token = co_await RedeemCode(door, code, login->verifier);
  if (!id_token) {
    // kForbidden is about the code here, not about a role.
    const bool refused = id_token.error().code == ErrorCode::kForbidden;
    co_return Fail(refused ? kProviderRefused : ReasonOf(id_token.error()), call);
  }
  const Result<identity::Identity> identity =
      co_await Identify(door, call, *id_token, login->nonce);
  if (!identity) co_return Fail(ReasonOf(identity.error()), call);
  const Result<Operator> person = people.OperatorFor(*identity);
  if (!person) co_return Fail(ReasonOf(person.error()), call);
  const Status noted = co_await NoteSignIn(door, call, *person, *identity);
  if (!noted) co_return Fail(ReasonOf(noted.error()), call);
  const Result<crypto::Secret> begun = co_await BeginSession(door, *person, call);
  if (!begun) co_return Fail(ReasonOf(begun.error()), call);
  co_return Finish(login->return_path, call);
}

}  // namespace latchkey::api
