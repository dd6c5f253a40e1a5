#include "core/sequencer/clock_guard.h"

#include <algorithm>
#include <string>

#include "core/base/limits.h"

namespace latchkey {
namespace {

// Micros of steady time in which the anchor may move by one.
constexpr std::int64_t kDriftEvery = 1'000'000 / ledger_limits::kMaxClockDriftPpm;

constexpr const char* kIfRight =
    "latchkey accept-time --data DIR on the server's machine makes the server take it as right.";

std::string Seconds(std::int64_t us) {
  return std::to_string(
             std::chrono::abs(std::chrono::duration_cast<std::chrono::seconds>(Micros(us)))
                 .count()) +
         " s";
}

Error Departed(std::int64_t by_us) {
  return {ErrorCode::kReadOnly,
          "The clock of the server's machine is " + Seconds(by_us) +
              (by_us > 0 ? " ahead of" : " behind") +
              " what this server expects, and the limit is 60 s. If it is wrong, set it right: "
              "writing resumes by itself. If it is right, because the machine was suspended or its "
              "clock was corrected, " +
              kIfRight};
}

}  // namespace

ClockGuard::ClockGuard(const Clock& clock, Time last_event, bool accept_time)
    : clock_(clock),
      last_event_(last_event),
      followed_(clock.Steady()),
      latest_us_(ToMicros(last_event)) {
  const Reading start = Read();
  started_well_ = accept_time || start.wall >= last_event - ledger_limits::kMaxClockStep;
  Follow(start, start.offset_us());
}

Error ClockGuard::Behind(Time wall) const {
  return {
      ErrorCode::kReadOnly,
      "The clock of the server's machine is " + Seconds(ToMicros(last_event_) - ToMicros(wall)) +
          " behind the last event, and the limit is 60 s. If it is wrong, set it right: writing "
          "resumes by itself. If it is right, " +
          kIfRight};
}

std::int64_t ClockGuard::AnchorAt(const Reading& reading) const {
  const std::int64_t room =
      std::max<std::int64_t>((reading.steady - followed_).count(), 0) / kDriftEvery;
  return anchor_us_ + std::clamp(reading.offset_us() - anchor_us_, -room, room);
}

bool ClockGuard::IsInBand(const Reading& reading, std::int64_t anchor_us) const {
  return std::chrono::abs(Micros(reading.offset_us() - anchor_us)) <= ledger_limits::kMaxClockStep;
}

void ClockGuard::Follow(const Reading& reading, std::int64_t anchor_us) {
  anchor_us_ = anchor_us;
  // A remainder of less than a microsecond of room is kept for the next time.
  followed_ = reading.steady - (reading.steady - followed_) % kDriftEvery;
  if (started_well_) Raise(reading.wall);
}

void ClockGuard::Raise(Time to) const {
  std::int64_t latest = latest_us_.load(std::memory_order_relaxed);
  while (latest < ToMicros(to) &&
         !latest_us_.compare_exchange_weak(latest, ToMicros(to), std::memory_order_relaxed)) {
  }
}

Result<Time> ClockGuard::Now() {
  Reading now = Read();
  if (!started_well_) {
    if (now.wall < last_event_ - ledger_limits::kMaxClockStep) return Behind(now.wall);
    started_well_ = true;
    Follow(now, now.offset_us());
    return now.wall;
  }
  std::int64_t anchor_us = AnchorAt(now);
  if (!IsInBand(now, anchor_us)) {
    now = Read();  // this thread may have been interrupted between the two readings
    anchor_us = AnchorAt(now);
    if (!IsInBand(now, anchor_us)) {
      return Departed(now.offset_us() - anchor_us);
    }
  }
  Follow(now, anchor_us);
  return now.wall;
}

ClockGuard::Accepted ClockGuard::Accept(Time last_event) {
  const Reading now = Read();
  const Micros moved =
      started_well_ ? Micros(now.offset_us() - AnchorAt(now)) : now.wall - last_event_;
  started_well_ = true;
  latest_us_ = ToMicros(last_event);
  Follow(now, now.offset_us());
  return {now.wall, moved};
}

Time ClockGuard::LedgerTime() const {
  const Reading now = Read();
  if (started_well_ && IsInBand(now, anchor_us_)) Raise(now.wall);
  return LedgerTime(now.wall);
}

Time ClockGuard::LedgerTime(Time now) const {
  return std::max(now, FromMicros(latest_us_.load(std::memory_order_relaxed)));
}

}  // namespace latchkey
