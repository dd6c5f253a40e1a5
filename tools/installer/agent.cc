#include "tools/installer/agent.h"

#include <algorithm>
#include <limits>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "core/base/big_endian.h"
#include "core/base/printable.h"
#include "tools/installer/check_in.h"
#include "tools/installer/out_directory.h"
#include "tools/installer/pace.h"

namespace latchkey::tools {
namespace {

using std::chrono::milliseconds;

// Of the pauses before the first identity is read, which has an interval of its own.
constexpr std::chrono::seconds kFirstInterval{60};

std::string WordsOf(const Failure& failure) {
  return failure.code.empty() ? failure.message : failure.message + " (" + failure.code + ")";
}

class Agent {
 public:
  Agent(const AgentOptions& options, const Clock& clock, Random& random, std::ostream& notes)
      : options_(options), clock_(clock), random_(random), notes_(notes) {}

  CliResult<void> Run() {
    while (true) {
      auto pause = Try();
      if (!pause) return pause.error();
      if (!options_.wait(*pause)) return {};
    }
  }

 private:
  enum class State { kNew, kConnected, kLost, kRefused, kWaiting };

  // One check-in. Returns the pause until the next one, or the failure that ends the agent.
  CliResult<milliseconds> Try() {
    const auto identity = ReadIdentity(options_.directory, options_.server);
    if (!identity && identity.error().exit != ExitCode::kTryAgain) return identity.error();
    if (!identity) return Later(State::kWaiting, identity.error());
    if (identity->id != id_) {
      id_ = identity->id;
      pace_ = Pace(identity->check_in);
      state_ = State::kNew;
    }
    const Micros began = clock_.Steady();
    const auto interval = CheckIn(*identity, options_.version);
    if (!interval) return AfterFailure(interval.error());
    Tell(State::kConnected, fmt::format("Connected: {} checks in with {} every {} s.",
                                        identity->name, identity->url, interval->count()));
    // Counted from its beginning, so that a slow answer does not make the next one late.
    const auto taken = std::chrono::duration_cast<milliseconds>(clock_.Steady() - began);
    return std::max(pace_.AfterAnswer(*interval, Drawn()) - taken, milliseconds(0));
  }

  CliResult<milliseconds> AfterFailure(const Failure& failure) {
    switch (failure.exit) {
      case ExitCode::kKeyRefused:
        return AfterEnd(failure);
      case ExitCode::kRefused:
        return Later(State::kRefused, failure);
      default:
        return Later(State::kLost, failure);
    }
  }

  // The identity has ended. That ends the agent too, unless a registration in the directory has
  // taken its place, or is to: the server ends the old one a moment before `register` notes that.
  CliResult<milliseconds> AfterEnd(const Failure& failure) {
    const auto now = ReadIdentity(options_.directory, options_.server);
    if (!now) {
      if (now.error().exit != ExitCode::kTryAgain) return failure;
      return Later(State::kWaiting, now.error());
    }
    if (now->id != id_) return milliseconds(0);
    if (!now->replaced) return failure;
    return Later(State::kWaiting,
                 Fail(ExitCode::kTryAgain,
                      now->name + " is being replaced by a registration that is not confirmed yet. "
                                  "If `latchkey register` is not at work, run it again with the "
                                  "same key."));
  }

  milliseconds Later(State state, const Failure& failure) {
    const char* prefix = state == State::kLost      ? "Lost, trying again: "
                         : state == State::kRefused ? "Refused, trying again: "
                                                    : "Waiting: ";
    Tell(state, prefix + WordsOf(failure));
    return pace_.AfterFailure(Drawn());
  }

  void Tell(State state, const std::string& words) {
    if (std::exchange(state_, state) == state) return;
    notes_ << text::Printable(words) << std::endl;
  }

  double Drawn() {
    constexpr std::size_t kBytes = 4;
    return static_cast<double>(GetNumber(random_.Bytes(kBytes))) /
           std::numeric_limits<std::uint32_t>::max();
  }

  const AgentOptions& options_;
  const Clock& clock_;
  Random& random_;
  std::ostream& notes_;
  Pace pace_{kFirstInterval};
  State state_ = State::kNew;
  std::string id_;  // of the identity that was used last
};

}  // namespace

CliResult<void> RunAgent(const AgentOptions& options, const Clock& clock, Random& random,
                         std::ostream& notes) {
  const auto directory = OutDirectory::Read(options.directory);
  if (!directory) return directory.error();
  const auto lock = directory->LockForAgent();
  if (!lock) return lock.error();
  return Agent(options, clock, random, notes).Run();
}

}  // namespace latchkey::tools
