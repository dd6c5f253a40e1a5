// All webhooks of a server: a sender for each, and the store of their progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/webhooks/sender.h"

namespace latchkey::api {

class Webhooks {
 public:
  // Opens DIR/webhooks and sends from then on. All outlive it. Refuses as ProgressStore::Open does.
  static Result<std::unique_ptr<Webhooks>> Start(
      const std::filesystem::path& directory, const rocks::Resources& resources,
      const LedgerView& ledger, HeadWatch& head, Random& random, SenderOptions options,
      std::function<void(std::string_view event, const std::string& detail)> say);
  ~Webhooks();  // Stop, and waits for the senders

  // Ends all sending for good; what is asked of it later is refused. Thread-safe.
  void Stop();

  // Gives senders to webhooks that were added, and takes them from those that were removed; opens
  // the store again after a failure. Every second or so, and after a change. Thread-safe.
  void Refresh();

  // All of it is thread-safe. Of a webhook that has no sender yet, its sender is made first.
  // kNotFound for one that was removed.
  Result<WebhookStatus> Look(std::uint64_t webhook);
  std::vector<WebhookAttempt> Refused(std::uint64_t webhook) const;
  // See Sender.
  void Resume(std::uint64_t webhook);
  Status Test(std::uint64_t webhook, Sender::Tested done);
  Status Replay(std::uint64_t webhook, std::uint64_t sequence, Sender::Replayed done);

  // Only such an address may be named by a URL.
  const AddressRule& rule() const { return shared_.rule; }
  const SenderCounts& counts() const { return shared_.counts; }
  std::map<WebhookState, std::uint64_t> CountByState();
  bool store_failed() const { return store_->failed(); }

 private:
  Webhooks(std::unique_ptr<ProgressStore> store, const LedgerView& ledger, HeadWatch& head,
           Random& random, SenderOptions options,
           std::function<void(std::string_view, const std::string&)> say);

  std::shared_ptr<Sender> Find(std::uint64_t webhook);
  void ReopenStore();

  const std::unique_ptr<ProgressStore> store_;
  Sender::Shared shared_;
  std::mutex mutex_;
  bool stopped_ = false;
  std::map<std::uint64_t, std::shared_ptr<Sender>> senders_;
  std::vector<std::shared_ptr<Sender>> leaving_;  // of webhooks that were removed, until they end
  Micros reopen_at_{0};                           // by the steady clock
};

}  // namespace latchkey::api
