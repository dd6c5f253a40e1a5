#include "core/witness/witnesses.h"

#include <algorithm>
#include <future>
#include <utility>

namespace latchkey::witness {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

std::vector<log::Sighting> SeenByWitnesses(const WitnessOptions& options,
                                           const log::NoteKey& log_key, const log::Log& log,
                                           std::vector<std::string>* unreached) {
  std::vector<std::future<Result<std::optional<log::Sighting>>>> asked;
  for (const WitnessAddress& address : options.witnesses) {
    asked.push_back(std::async(std::launch::async, [&] {
      return WitnessClient(address, log_key, log, options.ca_file).Seen();
    }));
  }
  std::vector<log::Sighting> seen;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    Result<std::optional<log::Sighting>> answer = asked[i].get();
    if (!answer) {
      unreached->push_back(options.witnesses[i].key.name + ": " + answer.error().detail);
    } else if (*answer) {
      seen.push_back(**std::move(answer));
    }
  }
  return seen;
}

Witnesses::Witnesses(WitnessOptions options, const log::NoteKey& log_key, const log::Log& log) {
  for (const WitnessAddress& address : options.witnesses) {
    witnesses_.push_back(std::make_unique<Witness>(address, log_key, log, options.ca_file));
  }
  for (const auto& witness : witnesses_) {
    witness->thread = std::thread([this, &each = *witness] { Run(each); });
  }
}

Witnesses::~Witnesses() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (const auto& witness : witnesses_) witness->thread.join();
}

bool Witnesses::Wants(const Witness& witness) const {
  return newest_ && witness.state.cosigned != newest_->head && SteadyClock::now() >= witness.ask_at;
}

void Witnesses::Run(Witness& witness) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!Wants(witness)) {
      const auto again = std::max(witness.ask_at, SteadyClock::now() + kAskAgain);
      changed_.wait_until(lock, witness.ask_at > SteadyClock::now() ? witness.ask_at : again);
      continue;
    }
    const Checkpoint checkpoint = *newest_;
    witness.busy = true;
    lock.unlock();
    Result<log::Cosignature> answer = witness.client.Cosign(checkpoint.head, checkpoint.note);
    lock.lock();
    witness.busy = false;
    WitnessState& state = witness.state;
    state.problem.reset();
    state.other_history = false;
    if (answer) {
      state.cosigned = checkpoint.head;
      state.at = Time(std::chrono::seconds(answer->seconds));
      witness.line = std::move(answer->line);
    } else {
      state.problem = answer.error();
      state.other_history = answer.error().code == ErrorCode::kUnusable;
      witness.ask_at = SteadyClock::now() + kAskAgain;
    }
    changed_.notify_all();
  }
}

bool Witnesses::Settled() const {
  return std::none_of(witnesses_.begin(), witnesses_.end(), [this](const auto& witness) {
    return !witness->state.problem && (witness->busy || Wants(*witness));
  });
}

void Witnesses::Submit(const log::Head& head, const std::string& note) {
  std::unique_lock lock(mutex_);
  newest_ = Checkpoint{head, note};
  changed_.notify_all();
  changed_.wait_for(lock, kCosignTime, [this] { return stopping_ || Settled(); });
}

std::string Witnesses::LinesFor(const log::Head& head) const {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const auto& witness : witnesses_) {
    if (witness->state.cosigned == head) lines += witness->line;
  }
  return lines;
}

std::vector<WitnessState> Witnesses::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<WitnessState> states;
  for (const auto& witness : witnesses_) states.push_back(witness->state);
  return states;
}

}  // namespace latchkey::witness
