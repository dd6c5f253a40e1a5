// The client of the OpenID provider: its metadata (OpenID Connect Discovery 1.0), its keys, and the
// exchange of a code for an ID token. One thread fetches, so that no thread that serves requests
// waits for another site; the fetched data are read without waiting.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/identity/config.h"
#include "core/identity/discovery.h"
#include "core/identity/jwt.h"

namespace latchkey::identity {

inline constexpr std::size_t kMaxQueuedFetches = 256;
inline constexpr std::size_t kMaxProviderAnswerBytes = 256 * 1024;

class Provider {
 public:
  struct Options {
    std::chrono::seconds timeout{5};         // of one exchange with the provider
    std::chrono::seconds refetch_after{30};  // between fetches for unknown keys
    std::chrono::seconds retry_after{5};     // between retries after a failure
    std::chrono::seconds fresh{3'600};   // older keys and metadata are fetched again ahead of need
    std::chrono::seconds stale{86'400};  // keys of this age are not used any more
    // Called with the reason of each failed fetch, for the log; from the fetching thread.
    std::function<void(const std::string&)> on_problem{};
  };

  // Starts the thread and has it fetch the metadata; a provider that cannot be reached now may be
  // reached later. `clock` outlives it.
  Provider(Config config, const Clock& clock, Options options);
  ~Provider();  // Stop, and waits for the thread

  // Cancels the current fetch. All callers, waiting or later, get kProviderUnreachable.
  void Stop();

  const Config& config() const;

  // The data fetched so far; null when there are none, or they are stale. Neither waits; ageing
  // keys are fetched again in the background. Thread-safe.
  std::shared_ptr<const Metadata> metadata() const;
  std::shared_ptr<const KeySet> keys();

  // The rest calls `done` once from the fetching thread, which must not block, or refuses at once
  // with kOverloaded and never calls it. kProviderUnreachable when the provider cannot be reached
  // or its answer is not valid. Thread-safe.
  using Done = std::function<void(Status)>;
  Status FetchMetadata(Done done);
  // For a token under an unknown key. Fetches at most once per refetch_after, however many ask.
  Status FetchKeys(Done done);

  // Redeems an authorization code for the ID token. kForbidden when the provider refuses the code.
  using TokenDone = std::function<void(Result<std::string>)>;
  Status Redeem(std::string code, std::string verifier, TokenDone done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::identity
