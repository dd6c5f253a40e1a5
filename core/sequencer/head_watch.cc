#include "core/sequencer/head_watch.h"

#include <algorithm>

namespace latchkey {
namespace {

bool EndsAToken(events::Event::FactCase fact) {
  return fact == events::Event::kOperatorTokenRevoked ||
         fact == events::Event::kOperatorTokenRotated ||
         fact == events::Event::kOperatorTokenExpired;
}

std::shared_ptr<const Shown> Summary(std::span<const events::Event> batch, std::uint64_t size) {
  auto shown = std::make_shared<Shown>();
  shown->size = size;
  shown->events.reserve(batch.size());
  for (const events::Event& event : batch) {
    shown->events.push_back({event.account(), event.gateway(), event.fact_case(), event.actor()});
    shown->callers = shown->callers || EndsAToken(event.fact_case());
  }
  return shown;
}

}  // namespace

void HeadWatch::Add(Waiter* waiter) {
  const std::lock_guard lock(mutex_);
  waiters_.push_back(waiter);
}

void HeadWatch::Remove(Waiter* waiter) {
  const std::lock_guard lock(mutex_);
  std::erase(waiters_, waiter);
}

void HeadWatch::Add(const Follower* follower) {
  const std::lock_guard lock(mutex_);
  followers_.push_back(follower);
}

void HeadWatch::Remove(const Follower* follower) {
  const std::lock_guard lock(mutex_);
  std::erase(followers_, follower);
}

void HeadWatch::Notify(std::span<const events::Event> batch, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  for (Waiter* waiter : waiters_) {
    if (waiter->armed_.exchange(false)) waiter->wake_();
  }
  if (followers_.empty()) return;
  const auto shown = Summary(batch, size);
  for (const Follower* follower : followers_) (*follower)(shown);
}

void HeadWatch::SayThatCallersEnded() {
  const std::lock_guard lock(mutex_);
  const auto shown = std::make_shared<const Shown>(Shown{0, {}, true});
  for (const Follower* follower : followers_) (*follower)(shown);
}

}  // namespace latchkey
