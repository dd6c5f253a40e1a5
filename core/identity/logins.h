// Sign-ins in progress at the provider: each is bound to one browser by a cookie, to
// one answer by `state`, and to one ID token by `nonce` (OpenID Connect Core §3.1.2.1, RFC 7636).
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"

namespace latchkey::identity {

inline constexpr std::chrono::minutes kLoginTime{10};
inline constexpr std::size_t kMaxFinished = 10'000;  // beyond that the oldest is dropped

// The path to return to after signing in: one that begins with exactly one slash and that no
// browser reads as the address of another site. Anything else becomes "/".
std::string LocalPath(std::string_view path);

// The browser keeps its sign-in, sealed for this process, in a cookie: however many sign-ins begin,
// no other one is lost. A restart ends them. Thread-safe.
class Logins {
 public:
  explicit Logins(Random& random, std::size_t max_finished = kMaxFinished);

  struct Begun {
    std::string cookie;  // the browser's, a secret; below 2 KiB
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
  // The sign-in that this browser began with this state; returned only once, whatever its result.
  // The provider accepts a code only once too, which covers those already forgotten here.
  std::optional<Login> Take(std::string_view cookie, std::string_view state, Time now);

 private:
  struct Finished {
    std::string state_sha256;
    Time until;
  };
  crypto::Secret KeyOf(std::string_view state) const;
  bool IsFirst(std::string state_sha256, Time now);

  Random& random_;
  const crypto::Secret key_;
  const std::size_t max_finished_;
  std::mutex mutex_;
  std::unordered_set<std::string> finished_;
  std::deque<Finished> ages_;  // the oldest first
};

}  // namespace latchkey::identity
