#include "core/witness/witnesses.h"

#include <algorithm>
#include <future>
#include <utility>

namespace latchkey::witness {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Asked {
  Result<std::optional<log::Sighting>> shown;
  Status extends{};  // as far as the witness shows nothing
};

// `head` is that of the checkpoint, null without.
Asked Ask(WitnessClient client, const std::optional<log::Head>& head,
          const std::string& checkpoint) {
  Asked asked{client.Seen()};
  if (!asked.shown || *asked.shown || !head) return asked;
  const auto cosigned = client.Cosign(*head, checkpoint);
  if (cosigned) return asked;
  if (cosigned.error().code == ErrorCode::kUnusable) {
    asked.extends = cosigned.error();
  } else {
    asked.shown = cosigned.error();
  }
  return asked;
}

// Null when there is no checkpoint, or it is none of this log.
std::optional<log::Head> HeadOf(const std::string& checkpoint, const log::NoteKey& log_key,
                                const log::Log& log) {
  Result<log::Head> head = log::OpenCheckpoint(checkpoint, log_key);
  if (!head || !log::CheckExtends(log, {*head, "", ""})) return std::nullopt;
  return *std::move(head);
}

}  // namespace

Result<std::vector<log::Sighting>> SeenByWitnesses(const WitnessOptions& options,
                                                   const log::NoteKey& log_key, const log::Log& log,
                                                   const std::string& checkpoint,
                                                   std::vector<std::string>* unreached) {
  const std::optional<log::Head> head = HeadOf(checkpoint, log_key, log);
  std::vector<std::future<Asked>> all;
  for (const WitnessAddress& address : options.witnesses) {
    all.push_back(std::async(std::launch::async, [&] {
      return Ask(WitnessClient(address, log_key, log, options.ca_file), head, checkpoint);
    }));
  }
  std::vector<log::Sighting> seen;
  Status extends;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Asked asked = all[i].get();
    if (!asked.extends) {
      extends = asked.extends;
    } else if (!asked.shown) {
      unreached->push_back(options.witnesses[i].key.name + ": " + asked.shown.error().detail);
    } else if (*asked.shown) {
      seen.push_back(**std::move(asked.shown));
    }
  }
  if (!extends) return extends.error();
  return seen;
}

Witnesses::Witnesses(WitnessOptions options, const log::NoteKey& log_key, const log::Log& log) {
  for (const WitnessAddress& address : options.witnesses) {
    witnesses_.push_back(std::make_unique<Witness>(address, log_key, log, options.ca_file,
                                                   [this] { return stopping_.load(); }));
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
