// People, as the OpenID provider vouches for them: in a browser, or by an access token in place of
// an operator token.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/exchange.h"
#include "api/operator.h"
#include "core/identity/access_tokens.h"
#include "core/identity/logins.h"
#include "core/identity/provider.h"
#include "core/subjects/subjects.h"

namespace latchkey::api {

// What signs people in, one for a server. Thread-safe. All that it is given outlives it.
class People {
 public:
  People(identity::Provider& provider, Subjects& subjects, Random& random)
      : provider_(provider),
        subjects_(subjects),
        random_(random),
        logins_(random),
        access_tokens_(provider) {}

  identity::Provider& provider() { return provider_; }
  identity::Logins& logins() { return logins_; }
  identity::AccessTokens& access_tokens() { return access_tokens_; }

  // Whom the provider vouches for, as an operator. Without an end: that of a session is its own.
  Result<Operator> OperatorFor(const identity::Identity& identity);

  // Whether the ledger has it, since this process began, that this person signed in with this role
  // and for these accounts; and that it has it from now on. Where many are known all are forgotten,
  // which costs a fact more.
  bool IsNoted(const Operator& person) const;
  void Noted(const Operator& person);

 private:
  identity::Provider& provider_;
  Subjects& subjects_;
  Random& random_;
  identity::Logins logins_;
  identity::AccessTokens access_tokens_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::string> noted_;  // role and accounts by person
};

// Has the ledger note that the person signed in; `then` goes on with its answer.
std::unique_ptr<Later> NoteSignIn(const Operator& person, const identity::Identity& identity,
                                  std::function<Result<Next>(const Status&, Exchange&)> then);

// What an access token in the request makes necessary before it can be judged: to fetch the
// provider's keys, or to note in the ledger who acts; then the request is dispatched again. Null
// when it is nothing, and for any other credential.
std::unique_ptr<Later> PrepareAccessToken(std::string_view token, Exchange* x);

// Who acts by this access token. kUnauthenticated, kForbidden (no role), kProviderUnreachable.
Result<Operator> OperatorByAccessToken(const Exchange& x, std::string_view token);

}  // namespace latchkey::api
