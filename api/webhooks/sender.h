// Delivers the events of one webhook: in order, one at a time, each until its receiver has taken it
// or refused it for good. On a thread of its own, so that a receiver that is slow or dead delays no
// other, and no command.
//
//   2xx                       delivered
//   4xx but 408, 425, 429     refused for good: listed, and the next follows
//   all else                  again after retry_first, then twice as long each time, to retry_most
//   that for pause_after      paused
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/call/ledger_view.h"
#include "api/webhooks/progress.h"
#include "api/webhooks/receiver.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/sequencer/head_watch.h"

namespace latchkey::api {

struct SenderOptions {
  std::vector<Network> allowed{};  // beside the Internet, see AddressRule
  std::string ca_file{};           // see Receiver::Options
  std::chrono::seconds timeout{15};
  std::chrono::milliseconds retry_first{5'000};
  std::chrono::milliseconds retry_most{3'600'000};
  std::chrono::seconds pause_after{3 * 24 * 3'600};
};

enum class WebhookState {
  kActive,
  kFailing,        // the last attempt did not succeed: there will be another
  kPaused,         // there will be none before a replay or a change
  kNeedsRotation,  // its secret is void since the ledger was restored, or its master key is gone
};

inline constexpr WebhookState kAllWebhookStates[] = {WebhookState::kActive, WebhookState::kFailing,
                                                     WebhookState::kPaused,
                                                     WebhookState::kNeedsRotation};
std::string_view WebhookStateName(WebhookState state);  // "needs_rotation"

struct WebhookStatus {
  WebhookState state = WebhookState::kActive;
  WebhookProgress progress{};
  std::optional<Time> next_attempt{};  // when failing
};

// What all senders count, since the start.
struct SenderCounts {
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> retried{0};
};

class Sender {
 public:
  // What all senders of a server share; outlives them.
  struct Shared {
    const LedgerView& ledger;
    HeadWatch& head;
    ProgressStore& store;
    Random& random;
    const SenderOptions options;
    const AddressRule rule;
    // Tells the log what happened, for a person. Thread-safe.
    std::function<void(std::string_view event, const std::string& detail)> say;
    SenderCounts counts{};
  };

  Sender(std::uint64_t webhook, Shared& shared);
  ~Sender();  // Stop, and waits for the thread

  // Cancels an attempt within about a second. Thread-safe.
  void Stop();
  bool ended() const { return ended_; }  // the thread has nothing more to do

  // All of it is thread-safe, and waits for nothing.
  WebhookStatus Look() const;
  // The webhook has changed: what was put off is done at once, and a pause ends.
  void Resume();
  // Sends a test. `done` is called once from the sender's thread. Refuses with kOverloaded while
  // another test waits, and with kRateLimited after many.
  using Tested = std::function<void(Result<AttemptResult>)>;
  Status Test(Tested done);
  // Goes on after `sequence`, which may be before or behind where it is; an attempt under way is
  // given up, and a pause ends. `done` is called once from the sender's thread, with kIo when that
  // could not be kept. Refuses as Test does.
  using Replayed = std::function<void(Result<void>)>;
  Status Replay(std::uint64_t sequence, Replayed done);

 private:
  using Steady = std::chrono::steady_clock::time_point;
  struct Order {  // a replay that was asked for
    std::uint64_t sequence;
    Replayed done;
  };

  void Run();
  // One act: what was asked for, an attempt, or a wait.
  void Step(const domain::WebhookRow& row);
  bool DoAsked(const domain::WebhookRow& row);
  void RunTest(const domain::WebhookRow& row, const Tested& done);
  void RunReplay(const Order& order);
  void RefuseAsked();
  std::optional<events::Event> Next(const domain::WebhookRow& row);
  void FillPage(const domain::WebhookRow& row);
  void Deliver(const domain::WebhookRow& row, const events::Event& event);
  void Conclude(const events::Event& event, const AttemptResult& result);
  void TellRefusal(const AttemptResult& result);
  void ConcludeFailure(const AttemptResult& result, Time now);
  void EndFailing();
  Status EndPause();
  WebhookProgress FirstProgress() const;
  std::chrono::milliseconds Pause(std::chrono::seconds asked) const;
  void Publish();
  void Wait(Steady until);
  Status Keep(bool synced, const WebhookAttempt* refused = nullptr);
  void KeepWhatIsNew(bool ending);
  bool Interrupted() const;

  const std::uint64_t webhook_;
  Shared& shared_;
  HeadWatch::Waiter waiter_;
  Receiver receiver_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{false};
  bool woken_ = false;
  bool resumed_ = false;
  Tested test_;          // asked for; empty: none
  Steady tests_paid_{};  // each takes a second
  std::optional<Order> replay_;
  WebhookStatus shown_;  // but for kNeedsRotation

  // Of the thread alone.
  WebhookProgress progress_;
  std::optional<Time> next_attempt_;  // when failing
  Steady due_{};                      // of that attempt
  Steady refusal_told_at_{};          // in the log
  std::vector<std::uint64_t> page_;   // sequences to be delivered, the last first
  std::uint64_t page_of_ = 0;         // the row's sequence by which it was found
  Steady kept_at_{};
  Steady synced_at_{};
  bool synced_ = true;   // what was delivered is
  bool passed_ = false;  // events that are none of the webhook's, since progress was kept
  std::thread thread_;
};

}  // namespace latchkey::api
