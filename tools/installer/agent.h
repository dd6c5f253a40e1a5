// The agent: keeps a gateway green whose own software does not check in, and its certificate new.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "core/base/time.h"
#include "tools/installer/check_in.h"
#include "tools/installer/identity.h"
#include "tools/installer/messages.h"
#include "tools/installer/pace.h"
#include "tools/process/exit_code.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct AgentOptions {
  std::filesystem::path directory;  // of `register`
  ServerChoice server{};
  std::string version{};  // of the gateway's software
  // Gets the gateway's messages, for which check-ins then wait (tools/installer/messages.h); empty:
  // messages are left to the gateway's software.
  std::string on_message{};
  // Returns when the time has passed, or false to end the agent.
  std::function<bool(std::chrono::milliseconds)> wait{};
  StepHook step{};  // checked_in, marked, and those of Renew
};

// Checks in at the interval that the server gives (tools/installer/pace.h) until `wait` ends it. A
// failure is tried again; `notes` gets one line when the state changes, none for each check-in. The
// directory is read before each check-in, so that a registration that replaces the identity is
// taken up; one that is not confirmed is left to `register`.
//
// From two thirds of the certificate's life on, by the server's clock, it is renewed
// (tools/installer/renewal.h), and also when it has expired. When the server refuses the
// certificate for good and takes that of another key pair that the directory keeps of the same
// registration, that one is in force again: a renewal that was superseded, or a server that was
// restored from a backup. CAs that the server names are added to ca.crt. Fails with
//   kKeyRefused          the identity has ended, and nothing in the directory is to replace it
//   kTryAgain            another agent is at work in the directory
//   kFailed, kLedger     as ReadIdentity
CliResult<void> RunAgent(const AgentOptions& options, const Clock& clock, Random& random,
                         std::ostream& notes);

// What RunAgent repeats. Keeps references to all arguments; `wait` is not used. One thread.
class Agent {
 public:
  Agent(const AgentOptions& options, const Clock& clock, Random& random, std::ostream& notes)
      : options_(options), clock_(clock), random_(random), notes_(notes) {
    if (options.on_message.empty()) return;
    messages_.emplace(options.on_message, options.directory, notes);
  }

  // One check-in, and what is due after it. Returns the pause until the next one, or the failure
  // that ends the agent.
  CliResult<std::chrono::milliseconds> Try();

  // Whether a message's command is at work: then the pause is cut short when it ends.
  bool IsAtWork() { return messages_ && messages_->running(); }

 private:
  // Of the pauses before the first identity is read, which has an interval of its own.
  static constexpr std::chrono::seconds kFirstInterval{60};
  enum class State { kNew, kConnected, kLost, kRefused, kWaiting };

  Said ToSay(const Identity& identity);
  std::chrono::milliseconds PauseAfter(const Identity& identity, const Said& said,
                                       const Heard& heard, Micros began);
  void TakeUp(const Identity& identity);
  void AfterCheckIn(const Identity& identity, const Heard& heard);
  CliResult<std::chrono::milliseconds> AfterFailure(GatewayClient& client, const Failure& failure);
  CliResult<std::chrono::milliseconds> AfterExpiry(GatewayClient& client, const Failure& failure);
  CliResult<std::chrono::milliseconds> AfterEnd(const Identity& identity, const Failure& failure);
  bool GoBack(const Identity& identity);

  bool RenewalIsDue(const GatewayClient& client, const Heard& heard) const;
  CliResult<void> TryToRenew(GatewayClient& client, Micros window);
  void DelayRenewal(Micros window, std::chrono::seconds retry_after);
  void NotRenewed(const Failure& failure);

  std::chrono::milliseconds Later(State state, const Failure& failure,
                                  std::chrono::seconds retry_after = {});
  void Tell(State state, const std::string& words);
  void Note(const std::string& words);
  void Step(std::string_view name) const;
  double Drawn();

  const AgentOptions& options_;
  const Clock& clock_;
  Random& random_;
  std::ostream& notes_;
  std::optional<MessageRunner> messages_;
  Pace pace_{kFirstInterval};
  State state_ = State::kNew;
  std::string id_;  // of the identity that was used last

  RenewalPace renewal_pace_;
  bool not_renewed_ = false;          // the last try to renew failed, and that was told
  std::optional<Micros> renewed_at_;  // steady
  Micros no_renewal_before_{0};       // steady
};

}  // namespace latchkey::tools
