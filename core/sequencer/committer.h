// The second half of the sequencer, in a thread of its own: takes what has been decided as a batch,
// appends it to the log, shows it to the projections, and answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/sequencer/sequencer.h"

namespace latchkey {

// Commands that one sync makes durable together, and what came of them.
struct Batch {
  struct Reply {
    Sequencer::Callback done;  // empty for the timers' own commands
    std::string request_key;   // digest of the Idempotency-Key, if it has one
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
  // Called from the committer's thread.
  struct Parts {
    // Gives the last batch back, to be freed where it was made, and waits for another; nothing:
    // there are no more.
    std::function<std::optional<Batch>(Batch spent)> next;
    // Before the answers of a batch go out. The error is why no batch is written any more.
    std::function<void(const Batch&, const std::optional<Error>& stopped)> answering;
    std::function<void()> stopped;  // once, after the answers of the first batch not written
  };

  // References outlive the committer. A batch that cannot be written, and each one after it, gets
  // the same refusal for all its answers: what is decided stands on what was to be written before.
  Committer(log::Log& log, ProjectionSet& projections, Sequencer::Metrics& metrics, Parts parts);
  ~Committer();  // waits for the end of the batches

  std::uint64_t head() const { return head_.load(std::memory_order_acquire); }  // thread-safe
  HeadWatch& head_watch() { return head_watch_; }                               // thread-safe

 private:
  void Run();
  std::optional<Error> Append(const Batch& batch);  // why not
  void Show(const Batch& batch);

  log::Log& log_;
  ProjectionSet& projections_;
  Sequencer::Metrics& metrics_;
  const Parts parts_;
  HeadWatch head_watch_;
  std::atomic<std::uint64_t> head_;
  std::thread thread_;
};

}  // namespace latchkey
