// All witnesses of a log: each is asked from a thread of its own, one request at a time, for the
// newest checkpoint alone.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/log/checkpointer.h"
#include "core/witness/witness_client.h"

namespace latchkey::witness {

// A checkpoint is published at once when all witnesses have answered, else after so long.
inline constexpr std::chrono::milliseconds kCosignTime{300};
// One that has failed is asked again after so long.
inline constexpr std::chrono::seconds kAskAgain{2};

struct WitnessOptions {
  std::vector<WitnessAddress> witnesses{};
  std::string ca_file{};  // PEM, trusted besides the system's roots
};

struct WitnessState {
  std::string name;
  std::optional<log::Head> cosigned{};  // the last one
  std::optional<Time> at{};             // as the witness says
  std::optional<Error> problem{};       // why the last attempt failed
  bool other_history = false;           // it has seen one that this log does not extend
};

// All that the witnesses have seen of the log. One that shows nothing is asked to cosign
// `checkpoint` instead, the note of the log's last one (empty: none). Those that cannot be reached
// are named in `*unreached`, with the reason. Refuses with kUnusable when one says that the log
// does not extend what it has seen. Waits for all of them.
Result<std::vector<log::Sighting>> SeenByWitnesses(const WitnessOptions& options,
                                                   const log::NoteKey& log_key, const log::Log& log,
                                                   const std::string& checkpoint,
                                                   std::vector<std::string>* unreached);

// Thread-safe.
class Witnesses final : public log::Cosigners {
 public:
  // The log outlives it.
  Witnesses(WitnessOptions options, const log::NoteKey& log_key, const log::Log& log);
  ~Witnesses() override;  // ends requests under way

  void Submit(const log::Head& head, const std::string& note) override;
  std::string LinesFor(const log::Head& head) const override;

  std::vector<WitnessState> states() const;  // in the order given

 private:
  struct Checkpoint {
    log::Head head;
    std::string note;
  };
  struct Witness {
    Witness(const WitnessAddress& address, const log::NoteKey& log_key, const log::Log& log,
            const std::string& ca_file, std::function<bool()> cancelled)
        : client(address, log_key, log, ca_file, std::move(cancelled)), state{address.key.name} {}

    WitnessClient client;  // of its thread
    WitnessState state;
    std::string line;  // of state.cosigned
    bool busy = false;
    std::chrono::steady_clock::time_point ask_at{};
    std::thread thread;
  };

  void Run(Witness& witness);
  bool Wants(const Witness& witness) const;
  // Nobody who is in touch still owes an answer for the newest checkpoint.
  bool Settled() const;

  mutable std::mutex mutex_;  // guards the following, but for clients and threads
  std::condition_variable changed_;
  std::optional<Checkpoint> newest_;
  std::atomic<bool> stopping_ = false;  // read by requests under way, without the mutex
  std::vector<std::unique_ptr<Witness>> witnesses_;
};

}  // namespace latchkey::witness
