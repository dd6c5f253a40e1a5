// Access tokens that were already checked, so that a client that sends one with every request costs
// one signature check. Thread-safe.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/identity/provider.h"
#include "core/identity/tokens.h"

namespace latchkey::identity {

inline constexpr std::size_t kMaxKnownTokens = 4'096;

class AccessTokens {
 public:
  // A token that was found good. Before its first use the caller records in the ledger that its
  // bearer signed in, then sets `noted`.
  struct Known {
    Identity identity;
    std::atomic<bool> noted{false};
  };

  // `provider` outlives it.
  explicit AccessTokens(Provider& provider, std::size_t max = kMaxKnownTokens)
      : provider_(provider), max_(max) {}

  // As CheckAccessToken; kNotFound when the provider's keys must be fetched first. A token that was
  // good once is not checked again until it expires: access tokens cannot be revoked before.
  Result<std::shared_ptr<Known>> Check(std::string_view token, Time now);

  std::size_t size() const;

 private:
  struct Entry {
    std::string sha256;
    std::shared_ptr<Known> known;
  };
  using Entries = std::list<Entry>;
  std::shared_ptr<Known> Find(const std::string& sha256, Time now);
  void Insert(const std::string& sha256, std::shared_ptr<Known> known);

  Provider& provider_;
  const std::size_t max_;
  mutable std::mutex mutex_;
  Entries entries_;  // most recently used first
  std::unordered_map<std::string, Entries::iterator> by_sha256_;
};

}  // namespace latchkey::identity
