// Two of the sequencer's threads. The appender takes what has been decided as a batch and appends
// it to the log. Meanwhile the shower prepares the projections for it, shows it once it is durable,
// and answers. So the disk syncs a batch while the batch before is shown and its own rows are made.
// Both keep the order of batches.
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

// Commands that one sync makes durable together, and what came of them.
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
    // From the appender: waits for another batch; nothing: there are no more.
    std::function<std::optional<Batch>()> next;
    // The others from the shower. Before the answers of a batch go out; the error is why no batch
    // is written any more.
    std::function<void(const Batch&, const std::optional<Error>& stopped)> answering;
    std::function<void()> stopped;     // once, after the answers of the first batch not written
    std::function<void(Batch)> spent;  // gives a batch back, to be freed where it was made
  };

  // References outlive the committer. A batch that cannot be written, and each one after it, gets
  // the same refusal for all its answers: what is decided stands on what was to be written before.
  Committer(log::Log& log, ProjectionSet& projections, SequencerMetrics& metrics,
            Callbacks callbacks);
  ~Committer();  // waits for the end of the batches

  std::uint64_t head() const { return head_.load(std::memory_order_acquire); }  // thread-safe
  HeadWatch& head_watch() { return head_watch_; }                               // thread-safe

 private:
  // A batch in the hands of both threads.
  struct Shared {
    Batch batch;
    bool settled = false;          // written, or not; guarded by mutex_
    std::optional<Error> stopped;  // why it was not written; changes no more once it is settled
  };
  // So many batches may be before the one that is shown: one durable, one being appended.
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
