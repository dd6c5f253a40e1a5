// The rules of webhooks (docs/webhooks.md) written a second time. Which accounts are open is for
// the reference model to judge. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace latchkey::testing {

class ReferenceWebhooks {
 public:
  struct Settings {
    std::string url;
    std::string host;
    std::vector<std::string> types;
    std::vector<std::string> accounts;  // empty: all
  };
  // What is null stays as it is.
  struct Changes {
    std::optional<std::string> url{};
    std::string host{};  // of the URL
    std::optional<std::vector<std::string>> types{};
    std::optional<std::vector<std::string>> accounts{};
  };

  std::string Add(const Settings& settings, Time at);
  std::string Change(std::uint64_t webhook, const Changes& changes);
  std::string Rotate(std::uint64_t webhook, Time at);
  std::string Remove(std::uint64_t webhook);

  bool Has(std::uint64_t webhook) const { return webhooks_.contains(webhook); }
  std::vector<std::uint64_t> All() const;       // those that were not removed
  std::uint64_t last() const { return last_; }  // number that was given
  std::string Show(std::uint64_t webhook) const;

 private:
  struct Webhook {
    Settings settings;
    std::uint32_t secret = 1;  // its generation
    Time created;
    std::optional<Time> rotated{};  // the last time
  };

  std::map<std::uint64_t, Webhook> webhooks_;
  std::uint64_t last_ = 0;
};

}  // namespace latchkey::testing
