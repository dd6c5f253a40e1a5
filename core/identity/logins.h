// Sign-ins that are on their way through the provider: each is bound to one browser by a cookie, to
// one answer by `state`, and to one ID token by `nonce` (OpenID Connect Core §3.1.2.1, RFC 7636).
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/random.h"
#include "core/base/time.h"

namespace latchkey::identity {

inline constexpr std::chrono::minutes kLoginTime{10};
inline constexpr std::size_t kMaxLogins = 10'000;  // beyond them the oldest goes

// A path of ours to return to after signing in: it begins with exactly one slash and can be no
// address of another site, however a browser reads it. Anything else becomes "/".
std::string LocalPath(std::string_view path);

// In memory alone: a restart ends them. Thread-safe.
class Logins {
 public:
  explicit Logins(Random& random, std::size_t max = kMaxLogins) : random_(random), max_(max) {}

  struct Begun {
    std::string cookie;  // the browser's, a secret
    std::string state;
    std::string nonce;
    std::string challenge;  // S256 of the verifier
  };
  Begun Begin(std::string return_path, Time now);

  struct Login {
    std::string nonce;
    std::string verifier;
    std::string return_path;
  };
  // The sign-in that this browser began with this state, once: whatever comes of it, and also when
  // the cookie is another one, it is over.
  std::optional<Login> Take(std::string_view cookie, std::string_view state, Time now);

  std::size_t size() const;

 private:
  struct Entry {
    Login login;
    std::string cookie_sha256;
    Time until;
  };
  struct Age {
    std::string state_sha256;
    Time until;
  };
  void DropOld(Time now);

  Random& random_;
  const std::size_t max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_state_;  // by SHA-256
  std::deque<Age> ages_;                             // the oldest first; some are taken already
};

}  // namespace latchkey::identity
