// Where webhooks keep how far they have got, in a store of its own (DIR/webhooks/): rows survive
// the process at once, and a loss of power once they were written with `synced`.
//
//   'p' ‖ webhook → WebhookProgress · 'f' ‖ webhook ‖ ~sequence → WebhookAttempt
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "api/webhooks/progress.pb.h"
#include "core/rocks/rocks.h"

namespace latchkey::api {

class ProgressStore {
 public:
  // Opens or creates it. A damaged store is discarded, and another begun. Refuses with kInUse, kIo.
  static Result<std::unique_ptr<ProgressStore>> Open(const std::filesystem::path& directory,
                                                     const rocks::Resources& resources);

  // All of it is thread-safe.
  std::optional<WebhookProgress> Get(std::uint64_t webhook) const;
  // With `refused`, an event that the receiver refused for good, which joins the list. kIo; from
  // then on every write fails until Reopen.
  Status Put(std::uint64_t webhook, const WebhookProgress& progress, bool synced,
             const WebhookAttempt* refused = nullptr);
  // The last ones that the receiver refused, newest first.
  std::vector<WebhookAttempt> Refused(std::uint64_t webhook) const;
  // Forgets those after `sequence`, which will be delivered again.
  Status ForgetRefused(std::uint64_t webhook, std::uint64_t sequence);
  // Of a webhook that was removed.
  Status Forget(std::uint64_t webhook);

  bool discarded() const { return discarded_; }  // when it was opened
  bool failed() const { return failed_; }
  Status Reopen();  // refuses as Open does

 private:
  ProgressStore(std::filesystem::path directory, const rocks::Resources& resources)
      : directory_(std::move(directory)), resources_(resources) {}
  Status OpenDatabase();
  Status Write(rocksdb::WriteBatch* batch, bool synced);
  void Prune(std::uint64_t webhook, rocksdb::WriteBatch* batch) const;

  const std::filesystem::path directory_;
  const rocks::Resources resources_;
  mutable std::shared_mutex reopening_;  // held while using the database
  std::unique_ptr<rocks::Database> db_;  // null: reopening failed
  std::atomic<bool> failed_{false};
  bool discarded_ = false;
};

}  // namespace latchkey::api
