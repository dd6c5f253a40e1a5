// Two of the sequencer's threads. The appender takes a batch of decided commands and appends it to
// the log. Meanwhile the shower prepares the projections for it, makes it visible once it is
// durable, and answers. So the disk syncs one batch while the previous batch is made visible and
// the rows of this one are prepared. Both keep the order of batches.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/domain/state.h"
#include "core/log/log.h"
#include "core/sequencer/head_watch.h"
#include "core/sequencer/outcome.h"
#include "core/sequencer/projection_set.h"
#include "core/sequencer/sequencer_metrics.h"
#include "events/event.pb.h"

namespace latchkey {

// Commands that one sync makes durable together, and their results.
struct Batch {
  struct Reply {
    std::function<void(Outcome)> done;  // empty for the timers' own commands
    std::string request_key;            // digest of the Idempotency-Key, if it has one
    Outcome outcome;
  };
  std::uint64_t first_sequence = 0;
  std::vector<std::string> entries;  // the events as bytes
  std::vector<events::Event> events;
  std::shared_ptr<const domain::Rows> rows;  // of the state after it
  std::vector<Reply> replies;

  std::uint64_t end() const { return first_sequence + entries.size(); }
};

class Committer {
 public:
  struct Callbacks {
    // Called by the appender: waits for another batch; null when there are no more.
    std::function<std::optional<Batch>()> next;
    // The others are called by the shower. Before the answers of a batch are sent; the error says
    // why no batch is written any more.
    std::function<void(const Batch&, const std::optional<Error>& stopped)> answering;
    std::function<void()> stopped;     // once, after the answers of the first failed batch
    std::function<void(Batch)> spent;  // gives a batch back, to be freed where it was made
  };

  // References outlive the committer. When a batch cannot be written, all commands of it and of
  // later batches get the same refusal, because they were decided on it.
  Committer(log::Log& log, ProjectionSet& projections, SequencerMetrics& metrics,
            Callbacks callbacks);
  ~Committer();  // waits for the end of the batches

  std::uint64_t head() const { return head_.load(std::memory_order_acquire); }  // thread-safe
  HeadWatch& head_watch() { return head_watch_; }                               // thread-safe

 private:
  // A batch that both threads work on.
  struct Shared {
    Batch batch;
    bool settled = false;          // whether it was written is known; guarded by mutex_
    std::optional<Error> stopped;  // why it was not written; constant once it is settled
  };
  // So many batches may be ahead of the one being shown: one durable, one being appended.
  static constexpr std::size_t kMaxAhead = 2;

  void AppendAll();
  std::optional<Error> Append(const Batch& batch);  // why not
  std::shared_ptr<Shared> HandOver(Batch batch);
  void Settle(Shared* shared, std::optional<Error> stopped);

  void ShowAll();
  std::shared_ptr<Shared> TakeOver();  // null: there are no more
  void AwaitSettled(const Shared& shared);
  void Prepare(const Batch& batch);
  void Show(const Batch& batch);
  void Answer(Shared* shared);

  log::Log& log_;
  ProjectionSet& projections_;
  SequencerMetrics& metrics_;
  const Callbacks callbacks_;
  HeadWatch head_watch_;
  std::atomic<std::uint64_t> head_;

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Shared>> ahead_;
  bool appended_all_ = false;

  std::thread appending_;
  std::thread showing_;
};

}  // namespace latchkey
