#include "api/webhooks/sender.h"

#include <algorithm>
#include <utility>

#include "api/http/limits.h"
#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/domain/state.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

using domain::WebhookRow;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookEvery = 50ms;  // at the ledger, however fast it grows
constexpr std::chrono::milliseconds kIdleLook = 10s;    // at the row and the store
constexpr std::chrono::milliseconds kSyncEvery = 1s;
constexpr std::chrono::milliseconds kTellEvery = 1min;  // the log, of refusals
constexpr std::uint32_t kMostDoublings = 20;
constexpr std::chrono::seconds kTestEvery{limits::kTestRetrySeconds};
constexpr std::size_t kTestIdBytes = 8;

projections::HistoryQuery QueryOf(const WebhookRow& row, std::uint64_t after) {
  projections::HistoryQuery query;
  query.accounts = {row.accounts().begin(), row.accounts().end()};
  for (const std::string& name : row.types()) {
    if (const auto type = events::TypeFromName(name)) query.types.push_back(*type);
  }
  query.after = after;
  query.limit = limits::kDeliveriesAhead;
  return query;
}

WebhookAttempt AttemptOf(const events::Event& event, const AttemptResult& result, Time now) {
  WebhookAttempt attempt;
  attempt.set_at_us(ToMicros(now));
  attempt.set_sequence(event.sequence());
  attempt.set_type(std::string(events::TypeName(event.fact_case())));
  attempt.set_status(static_cast<std::uint32_t>(result.status));
  attempt.set_detail(result.detail);
  return attempt;
}

}  // namespace

std::string_view WebhookStateName(WebhookState state) {
  switch (state) {
    case WebhookState::kActive:
      return "active";
    case WebhookState::kFailing:
      return "failing";
    case WebhookState::kPaused:
      return "paused";
    case WebhookState::kNeedsRotation:
      return "needs_rotation";
  }
  return "";
}

Sender::Sender(std::uint64_t webhook, Shared& shared)
    : webhook_(webhook),
      shared_(shared),
      waiter_([this] {
        const std::lock_guard lock(mutex_);
        woken_ = true;
        wake_.notify_all();
      }),
      receiver_(shared.ledger, shared.rule, {shared.options.timeout, shared.options.ca_file},
                [this] { return Interrupted(); }),
      progress_(FirstProgress()) {
  Publish();
  shared_.head.Add(&waiter_);
  thread_ = std::thread([this] { Run(); });
}

Sender::~Sender() {
  Stop();
  thread_.join();
  shared_.head.Remove(&waiter_);
}

void Sender::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
}

WebhookStatus Sender::Look() const {
  const auto row = domain::ReadWebhook(shared_.ledger.state(), webhook_);
  const bool no_secret = row && SecretsOf(*row, shared_.ledger).empty();
  const std::lock_guard lock(mutex_);
  WebhookStatus status = shown_;
  if (no_secret) status.state = WebhookState::kNeedsRotation;
  return status;
}

void Sender::Resume() {
  const std::lock_guard lock(mutex_);
  resumed_ = true;
  wake_.notify_all();
}

Status Sender::Test(Tested done) {
  const std::lock_guard lock(mutex_);
  if (test_ || stopping_) {
    return Refuse(ErrorCode::kOverloaded,
                  "Another test of this webhook is under way. Try again when it has ended.");
  }
  const Steady now = steady_clock::now();
  if (tests_paid_ > now + (limits::kTestsAtOnce - 1) * kTestEvery) {
    return Refuse(ErrorCode::kRateLimited, "Too many tests of this webhook. Wait a second.");
  }
  tests_paid_ = std::max(tests_paid_, now) + kTestEvery;
  test_ = std::move(done);
  wake_.notify_all();
  return {};
}

Status Sender::Replay(std::uint64_t sequence, Replayed done) {
  const std::lock_guard lock(mutex_);
  if (replay_ || stopping_) {
    return Refuse(ErrorCode::kOverloaded,
                  "Another replay of this webhook is under way. Try again in a moment.");
  }
  replay_ = Order{sequence, std::move(done)};
  wake_.notify_all();
  return {};
}

bool Sender::Interrupted() const {
  const std::lock_guard lock(mutex_);
  return stopping_ || replay_;
}

void Sender::Run() {
  while (!stopping_) {
    const auto row = domain::ReadWebhook(shared_.ledger.state(), webhook_);
    if (!row) break;
    Step(*row);
    if (stopping_) KeepWhatIsNew(true);
  }
  // What is left of a webhook that was removed is never asked for again.
  if (!domain::ReadWebhook(shared_.ledger.state(), webhook_)) (void)shared_.store.Forget(webhook_);
  RefuseAsked();
  ended_ = true;
}

void Sender::Step(const WebhookRow& row) {
  if (DoAsked(row)) return;
  waiter_.Arm();
  {
    const std::lock_guard lock(mutex_);
    woken_ = false;
  }
  const Steady now = steady_clock::now();
  const bool held =
      progress_.paused() || shared_.store.failed() || SecretsOf(row, shared_.ledger).empty();
  if (held) return Wait(now + kIdleLook);
  if (now < due_) return Wait(due_);
  if (const std::optional<events::Event> event = Next(row)) return Deliver(row, *event);
  KeepWhatIsNew(false);
  Wait(now + kIdleLook);
  // However fast the ledger grows, it is not looked at for each event.
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kLookEvery, [&] { return stopping_ || test_ || replay_ || resumed_; });
}

void Sender::Wait(Steady until) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until,
                   [&] { return stopping_ || woken_ || test_ || replay_ || resumed_; });
}

bool Sender::DoAsked(const WebhookRow& row) {
  Tested test;
  std::optional<Order> replay;
  bool resumed = false;
  {
    const std::lock_guard lock(mutex_);
    test = std::exchange(test_, {});
    replay = std::exchange(replay_, {});
    resumed = std::exchange(resumed_, false);
  }
  if (resumed) (void)EndPause();
  if (replay) RunReplay(*replay);
  if (test) RunTest(row, test);
  return resumed || replay || test;
}

// So that it does not come back with the next start.
Status Sender::EndPause() {
  EndFailing();
  Publish();
  return Keep(true);
}

void Sender::RunTest(const WebhookRow& row, const Tested& done) {
  const std::string id = "test_" + text::ToHex(shared_.random.Bytes(kTestIdBytes));
  const AttemptResult result =
      receiver_.Send(row, TestNotice(webhook_, id, shared_.ledger.clock.Now(), shared_.ledger));
  // A receiver that is back need not be waited for any longer.
  if (result.taken()) (void)EndPause();
  done(result);
}

void Sender::RunReplay(const Order& order) {
  page_.clear();
  Status kept = shared_.store.ForgetRefused(webhook_, order.sequence);
  if (kept) {
    progress_.set_reached(order.sequence);
    kept = EndPause();
  }
  order.done(kept);
}

void Sender::RefuseAsked() {
  Tested test;
  std::optional<Order> replay;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    test = std::exchange(test_, {});
    replay = std::exchange(replay_, {});
  }
  const Error ended =
      Refuse(ErrorCode::kOverloaded, "The webhook was removed, or the server stops.");
  if (test) test(ended);
  if (replay) replay->done(ended);
}

// Where a webhook begins: where it was added, or at the restore that voided all before.
WebhookProgress Sender::FirstProgress() const {
  const LedgerView& ledger = shared_.ledger;
  if (auto kept = shared_.store.Get(webhook_); kept && kept->epoch() == ledger.epoch) {
    return *std::move(kept);
  }
  const auto row = domain::ReadWebhook(ledger.state(), webhook_);
  const auto epoch = domain::ReadEpoch(ledger.state());
  WebhookProgress first;
  first.set_epoch(ledger.epoch);
  first.set_reached(std::max(row ? row->created_sequence() : 0, epoch ? epoch->since() : 0));
  return first;
}

void Sender::Publish() {
  WebhookState state = WebhookState::kActive;
  if (progress_.failing_us() != 0) state = WebhookState::kFailing;
  if (progress_.paused()) state = WebhookState::kPaused;
  const std::lock_guard lock(mutex_);
  shown_ = {state, progress_, next_attempt_};
}

// The next event to be delivered, if there is one.
std::optional<events::Event> Sender::Next(const WebhookRow& row) {
  if (page_of_ != row.sequence()) {
    page_.clear();
    page_of_ = row.sequence();
  }
  if (page_.empty()) FillPage(row);
  if (page_.empty()) return std::nullopt;
  auto event = shared_.ledger.log.Read(page_.back()).and_then(events::Decode);
  if (!event) return std::nullopt;  // damaged: told elsewhere, and tried again
  return *std::move(event);
}

// What is passed over is done with as well: a change that adds types is for what happens later.
void Sender::FillPage(const WebhookRow& row) {
  bool more = true;
  while (more && page_.empty() && !Interrupted()) {
    // Taken before the query: all events below it will have been looked at.
    const std::uint64_t size = shared_.ledger.projections.size();
    const std::uint64_t after = progress_.reached();
    const auto found = shared_.ledger.projections.FindEvents(QueryOf(row, after));
    if (!found) return;
    page_ = {found->sequences.rbegin(), found->sequences.rend()};
    more = found->next.has_value();
    if (!page_.empty()) return;
    progress_.set_reached(more ? *found->next : std::max(after, size - 1));
    passed_ = passed_ || progress_.reached() != after;
  }
  Publish();
}

void Sender::Deliver(const WebhookRow& row, const events::Event& event) {
  const AttemptResult result = receiver_.Send(row, NoticeOf(event, shared_.ledger));
  if (!result.taken() && Interrupted()) return;  // given up: nothing was learnt
  Conclude(event, result);
  Publish();
}

void Sender::Conclude(const events::Event& event, const AttemptResult& result) {
  const Time now = shared_.ledger.clock.Now();
  const WebhookAttempt attempt = AttemptOf(event, result, now);
  const bool refused = !result.taken() && result.refused_for_good();
  const bool was_failing = progress_.failing_us() != 0;
  *progress_.mutable_last() = attempt;
  if (!result.taken() && !refused) {
    ConcludeFailure(result, now);
  } else {
    progress_.set_reached(event.sequence());
    page_.pop_back();
    EndFailing();
  }
  if (result.taken()) {
    progress_.set_delivered_us(ToMicros(now));
    ++shared_.counts.delivered;
    if (was_failing) shared_.say("webhook_recovered", text::WebhookId(webhook_));
  }
  if (refused) {
    ++shared_.counts.refused;
    TellRefusal(result);
  }
  // Before the next is sent, so that a kill repeats no more than this one. A failure of the store
  // is told by what opens it again.
  const bool sync = steady_clock::now() >= synced_at_ + kSyncEvery;
  (void)Keep(sync, refused ? &attempt : nullptr);
  synced_ = sync;
}

// Now and then: a receiver must not fill the log, and all that it refused is listed.
void Sender::TellRefusal(const AttemptResult& result) {
  const Steady now = steady_clock::now();
  if (refusal_told_at_ != Steady() && now < refusal_told_at_ + kTellEvery) return;
  refusal_told_at_ = now;
  shared_.say("webhook_refused", text::WebhookId(webhook_) + ": " + result.detail);
}

void Sender::ConcludeFailure(const AttemptResult& result, Time now) {
  ++shared_.counts.retried;
  if (progress_.failing_us() == 0) {
    progress_.set_failing_us(ToMicros(now));
    shared_.say("webhook_failing", text::WebhookId(webhook_) + ": " + result.detail);
  }
  progress_.set_attempts(progress_.attempts() + 1);
  next_attempt_.reset();
  if (now - FromMicros(progress_.failing_us()) >= shared_.options.pause_after) {
    progress_.set_paused(true);
    return shared_.say("webhook_paused", text::WebhookId(webhook_) + ": " + result.detail);
  }
  const auto pause = Pause(result.retry_after);
  next_attempt_ = now + pause;
  due_ = steady_clock::now() + pause;
}

void Sender::EndFailing() {
  progress_.clear_failing_us();
  progress_.clear_attempts();
  progress_.clear_paused();
  next_attempt_.reset();
  due_ = {};
}

// Within a fifth, so that what failed together does not come back together.
std::chrono::milliseconds Sender::Pause(std::chrono::seconds asked) const {
  const SenderOptions& options = shared_.options;
  const std::uint32_t doublings = std::min(progress_.attempts() - 1, kMostDoublings);
  const auto doubled = std::min(options.retry_first * (1 << doublings), options.retry_most);
  const auto wished = std::max<std::chrono::milliseconds>(
      doubled, std::min<std::chrono::milliseconds>(asked, options.retry_most));
  const auto byte = static_cast<unsigned char>(shared_.random.Bytes(1)[0]);
  return wished * (1'000 - 200 * byte / 255) / 1'000;
}

Status Sender::Keep(bool synced, const WebhookAttempt* refused) {
  kept_at_ = steady_clock::now();
  if (synced) synced_at_ = kept_at_;
  synced_ = synced_ || synced;
  passed_ = false;
  return shared_.store.Put(webhook_, progress_, synced, refused);
}

// What was delivered at once, what was only passed over now and then.
void Sender::KeepWhatIsNew(bool ending) {
  if (!synced_) {
    (void)Keep(true);
  } else if (passed_ && (ending || steady_clock::now() >= kept_at_ + kSyncEvery)) {
    (void)Keep(false);
  }
}

}  // namespace latchkey::api
