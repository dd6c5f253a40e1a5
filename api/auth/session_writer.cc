#include "api/auth/session_writer.h"

#include <iterator>
#include <utility>

#include "api/http/limits.h"

namespace latchkey::api {
namespace {

using namespace std::chrono_literals;

constexpr Micros kReopenSessionsEvery = 10s;

template <typename T>
void MoveTo(std::vector<T>* from, std::vector<T>* to) {
  to->insert(to->end(), std::make_move_iterator(from->begin()),
             std::make_move_iterator(from->end()));
}

}  // namespace

Error SessionsNotWritten() {
  return Refuse(ErrorCode::kReadOnly,
                "The disk of the server refuses changes of sessions, so this one could come back "
                "after a crash. Try again in a moment, or revoke the token.");
}

SessionWriter::SessionWriter(std::unique_ptr<SessionStore> store, const Clock& clock, Work work)
    : store_(std::move(store)), clock_(clock), work_(std::move(work)), behind_(store_->failed()) {
  thread_ = std::thread([this] { Run(); });
}

SessionWriter::~SessionWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool SessionWriter::Queue(SessionChanges changes, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() == limits::kQueuedSessionChanges) {
      behind_ = true;
      return false;
    }
    queue_.push_back({std::move(changes), std::move(done)});
  }
  wake_.notify_one();
  return true;
}

void SessionWriter::Run() {
  for (;;) {
    std::vector<Item> items;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      items.swap(queue_);
    }
    const Status written = WriteAll(&items);
    for (const Item& item : items) {
      if (item.done) item.done(written ? Status() : Status(SessionsNotWritten()));
    }
  }
}

// One write for all that came meanwhile. A session begins once and ends once, so their order holds.
Status SessionWriter::WriteAll(std::vector<Item>* items) {
  if (behind_) return CatchUp();
  SessionChanges together;
  for (Item& item : *items) {
    MoveTo(&item.changes.begun, &together.begun);
    MoveTo(&item.changes.used, &together.used);
    MoveTo(&item.changes.ended, &together.ended);
    together.synced |= item.changes.synced;
    together.time |= item.changes.time;
  }
  if (together.empty()) return {};
  for (auto& [id, session] : together.begun) work_.prepare(&session);
  const Status written = store_->Write(together, clock_.Now());
  if (written) return {};
  behind_ = true;
  return CatchUp();
}

// Writes all sessions as they are by now, which includes what was queued.
Status SessionWriter::CatchUp() {
  if (store_->failed()) {
    const Micros now = clock_.Steady();
    if (now < reopen_at_) return SessionsNotWritten();
    reopen_at_ = now + kReopenSessionsEvery;
    const Status opened = store_->Reopen();
    if (!opened) {
      if (!std::exchange(told_, true)) {
        work_.say(true, "sessions_not_written", opened.error().detail);
      }
      return opened;
    }
  }
  behind_ = false;  // before `all`: what has no room from now on is missing again
  SessionChanges all = work_.all();
  all.anew = all.synced = true;
  for (auto& [id, session] : all.begun) work_.prepare(&session);
  const Status written = store_->Write(all, clock_.Now());
  if (!written) behind_ = true;
  if (std::exchange(told_, !written) != !written) {
    work_.say(!written, written ? "sessions_written" : "sessions_not_written",
              written ? "The disk refused changes of sessions. All are written again."
                      : written.error().detail);
  }
  return written;
}

}  // namespace latchkey::api
