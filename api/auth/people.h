// People, as the OpenID provider vouches for them: in a browser, or by an access token in place of
// an operator token.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "api/call/operator.h"
#include "core/base/error.h"
#include "core/base/random.h"
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

  // The person the provider vouches for, as an operator. It does not expire: a session ends by
  // itself.
  Result<Operator> OperatorFor(const identity::Identity& identity);

  // Whether the ledger has noted, since this process began, that this person signed in with this
  // role and for these accounts; and that it has now. When too many are known, all are forgotten,
  // which costs one more fact each.
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

}  // namespace latchkey::api
