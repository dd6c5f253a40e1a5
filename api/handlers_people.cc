// Signing in through the OpenID provider (OpenID Connect Core 1.0 §3.1, with PKCE of RFC 7636): to
// the provider, and back.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/auth.h"
#include "api/cookies.h"
#include "api/handlers.h"
#include "api/people.h"
#include "api/queries.h"
#include "api/throttle.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kLoginCookie = "__Host-latchkey-login";

// Why nobody was signed in, for the page that asks to try again.
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

Result<Next> Redirect(std::string to, Exchange& x) {
  x.response.Begin(Success::kSeeOther, "");
  x.response.location = std::move(to);
  x.response.cache_control = kNoStore;
  return Answered{};
}

// Whatever comes of it, this sign-in is over.
Result<Next> Finish(std::string to, Exchange& x) {
  x.response.set_cookies.push_back(ClearCookie(kLoginCookie, SameSite::kLax));
  return Redirect(std::move(to), x);
}

// A sign-in that was refused counts as a wrong credential does; one that could not be judged does
// not.
Result<Next> Fail(std::string_view reason, Exchange& x) {
  x.sign_in_refused =
      reason == kProviderRefused || reason == kNotAllowed || reason == kLoginExpired;
  return Finish("/sign-in?error=" + std::string(reason), x);
}

// Sends the browser to the provider, if that is known by now.
Result<Next> SendToProvider(const std::string& return_path, Exchange& x) {
  People& people = *x.parts.people;
  const auto metadata = people.provider().metadata();
  if (metadata == nullptr) return Fail(kProviderUnreachable, x);
  const identity::Logins::Begun begun = people.logins().Begin(return_path, x.received);
  x.response.set_cookies.push_back(
      SetCookie(kLoginCookie, begun.cookie, SameSite::kLax,
                std::chrono::duration_cast<std::chrono::seconds>(identity::kLoginTime)));
  return Redirect(identity::AuthorizationUrl(people.provider().config(), *metadata, begun.state,
                                             begun.nonce, begun.challenge),
                  x);
}

// One sign-in from the provider's answer on, as it goes from one wait to the next.
struct Return {
  identity::Logins::Login login;
  Result<std::string> id_token = std::string();
  bool keys_asked = false;
};
using SharedReturn = std::shared_ptr<Return>;

Result<Next> JudgeIdToken(const SharedReturn& back, Exchange& x);

Result<Next> FetchKeysAndJudge(const SharedReturn& back) {
  back->keys_asked = true;
  auto later = std::make_unique<Later>();
  later->start = [back](Exchange& x, const std::function<void()>& resume) {
    return x.parts.people->provider().FetchKeys([resume](const Status&) { resume(); });
  };
  later->then = [back](const Status&, Exchange& x) { return JudgeIdToken(back, x); };
  return later;
}

Result<Next> SignIn(const identity::Identity& identity, const std::string& path, Exchange& x) {
  Result<Operator> person = x.parts.people->OperatorFor(identity);
  if (!person) return Fail(ReasonOf(person.error()), x);
  return NoteSignIn(*person, identity,
                    [person = *person, path](const Status& noted, Exchange& again) {
                      if (!noted) return Fail(ReasonOf(noted.error()), again);
                      BeginSession(person, &again);
                      return Finish(path, again);
                    });
}

Result<Next> JudgeIdToken(const SharedReturn& back, Exchange& x) {
  if (!back->id_token) {
    // The provider refuses the code: nobody's role is too small.
    const Error& error = back->id_token.error();
    return Fail(error.code == ErrorCode::kForbidden ? kProviderRefused : ReasonOf(error), x);
  }
  identity::Provider& provider = x.parts.people->provider();
  const auto keys = provider.keys();
  if (keys == nullptr) {
    return back->keys_asked ? Fail(kProviderUnreachable, x) : FetchKeysAndJudge(back);
  }
  const Result<identity::Identity> identity = identity::CheckIdToken(
      provider.config(), *keys, *back->id_token, back->login.nonce, x.received);
  if (identity) return SignIn(*identity, back->login.return_path, x);
  const bool unknown_key = identity.error().code == ErrorCode::kNotFound;
  if (unknown_key && !back->keys_asked) return FetchKeysAndJudge(back);
  return Fail(ReasonOf(identity.error()), x);
}

Result<Next> RedeemCode(std::string code, identity::Logins::Login login) {
  const auto back = std::make_shared<Return>();
  back->login = std::move(login);
  auto later = std::make_unique<Later>();
  later->start = [back, code = std::move(code)](Exchange& x, const std::function<void()>& resume) {
    return x.parts.people->provider().Redeem(code, back->login.verifier,
                                             [back, resume](Result<std::string> id_token) {
                                               back->id_token = std::move(id_token);
                                               resume();
                                             });
  };
  later->then = [back](const Status& begun, Exchange& x) {
    return begun ? JudgeIdToken(back, x) : Fail(ReasonOf(begun.error()), x);
  };
  return later;
}

}  // namespace

Result<Next> GetProvider(Exchange& x) {
  const Queries queries(x.target, {"return"});
  if (Status valid = queries.Done(); !valid) return valid.error();
  if (x.parts.people == nullptr) return Fail(kProviderUnreachable, x);
  std::string path = identity::LocalPath(x.target.Query("return").value_or("/"));
  if (x.parts.people->provider().metadata() != nullptr) return SendToProvider(path, x);
  auto later = std::make_unique<Later>();
  later->start = [](Exchange& waiting, const std::function<void()>& resume) {
    return waiting.parts.people->provider().FetchMetadata([resume](const Status&) { resume(); });
  };
  later->then = [path = std::move(path)](const Status& fetched, Exchange& again) {
    return fetched ? SendToProvider(path, again) : Fail(kProviderUnreachable, again);
  };
  return later;
}

// Providers may add parameters of their own (RFC 6749 §4.1.2), so none is refused.
Result<Next> GetCallback(Exchange& x) {
  if (x.parts.people == nullptr) return Fail(kProviderUnreachable, x);
  // The provider is asked about each code: no stranger has us ask it as often as he likes.
  if (const Status admitted = x.throttle.AdmitSignIn(&x); !admitted) {
    return Fail(ReasonOf(admitted.error()), x);
  }
  People& people = *x.parts.people;
  std::optional<identity::Logins::Login> login =
      people.logins().Take(CookieValue(x.request.cookie, kLoginCookie).value_or(""),
                           x.target.Query("state").value_or(""), x.received);
  if (!login) return Fail(kLoginExpired, x);
  const auto metadata = people.provider().metadata();
  const auto issuer = x.target.Query("iss");  // RFC 9207
  const bool other = issuer ? *issuer != people.provider().config().issuer
                            : metadata != nullptr && metadata->names_issuer;
  const auto code = x.target.Query("code");
  if (other || !code || x.target.Query("error")) return Fail(kProviderRefused, x);
  return RedeemCode(std::string(*code), *std::move(login));
}

}  // namespace latchkey::api
