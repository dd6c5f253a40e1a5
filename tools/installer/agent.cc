#include "tools/installer/agent.h"

#include <algorithm>
#include <limits>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "core/base/big_endian.h"
#include "core/base/limits.h"
#include "core/base/printable.h"
#include "core/base/time_text.h"
#include "tools/installer/out_directory.h"
#include "tools/installer/renewal.h"

namespace latchkey::tools {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kDrawnBytes = 4;
constexpr std::chrono::seconds kMaxWait{300};  // that a server takes
constexpr milliseconds kLook{200};             // whether a message's command has ended

// A clock that is wrong must not renew without end: between two renewals there is at least this
// part of the time in which a certificate is to be renewed.
constexpr int kRenewalRest = 4;

std::string FailureWithCode(const Failure& failure) {
  return failure.code.empty() ? failure.message : failure.message + " (" + failure.code + ")";
}

double Fraction(std::string_view bytes) {
  return static_cast<double>(GetNumber(bytes.substr(0, kDrawnBytes))) /
         std::numeric_limits<std::uint32_t>::max();
}

}  // namespace

CliResult<milliseconds> Agent::Try() {
  const auto identity = ReadIdentity(options_.directory, options_.server);
  if (!identity && identity.error().exit != ExitCode::kTryAgain) return identity.error();
  if (!identity) return Later(State::kWaiting, identity.error());
  if (identity->id != id_) {
    TakeUp(*identity);
    renewal_pace_.AfterSuccess();
    not_renewed_ = false;
    no_renewal_before_ = Micros(0);
  }
  const Micros began = clock_.Steady();
  const Said said = ToSay(*identity);
  GatewayClient client(*identity, said.wait);
  const auto heard = CheckIn(client, said);
  if (!heard) return AfterFailure(client, heard.error());
  if (messages_) messages_->Acknowledged(said.acknowledge);
  Tell(State::kConnected, fmt::format("Connected: {} checks in with {} every {} s.", identity->name,
                                      identity->url, heard->interval.count()));
  Step("checked_in");
  AfterCheckIn(*identity, *heard);
  // The new certificate is used at once: until then it can be superseded.
  if (RenewalIsDue(client, *heard) && TryToRenew(client, identity->not_after - *heard->renew_after))
    return milliseconds(0);
  return PauseAfter(*identity, said, *heard, began);
}

// A wait takes the place of the pause before it. The first check-in does not wait, so that it is
// told at once whether the server can be reached; nor does any while a command is at work, for its
// message comes again until it is acknowledged.
Said Agent::ToSay(const Identity& identity) {
  Said said{.version = options_.version};
  if (!messages_) return said;
  said.acknowledge = messages_->Outcomes();
  if (state_ == State::kConnected && !messages_->running()) {
    said.wait = std::min(identity.check_in, kMaxWait);
  }
  return said;
}

milliseconds Agent::PauseAfter(const Identity& identity, const Said& said, const Heard& heard,
                               Micros began) {
  if (heard.come_back.count() > 0) return heard.come_back;
  if (messages_ && heard.messages) {
    messages_->Take(identity.url, identity.gateway, *heard.messages);
    const boost::json::array outcomes = messages_->Outcomes();
    // A server that gives again what it was just told about is not asked without end.
    const bool news = !outcomes.empty() && outcomes != said.acknowledge;
    if (news || (said.wait.count() == 0 && !messages_->running() && outcomes.empty())) {
      return milliseconds(0);
    }
  }
  // Counted from its beginning, so that a slow answer does not make the next one late.
  const auto taken = std::chrono::duration_cast<milliseconds>(clock_.Steady() - began);
  return std::max(pace_.AfterAnswer(heard.interval, Drawn()) - taken, milliseconds(0));
}

void Agent::TakeUp(const Identity& identity) {
  id_ = identity.id;
  pace_ = Pace(identity.check_in);
  state_ = State::kNew;
}

// A change of the directory that cannot be made now is made after the next check-in.
void Agent::AfterCheckIn(const Identity& identity, const Heard& heard) {
  if (identity.unused_renewal) {
    const auto confirmed = ConfirmRenewal(identity);
    if (!confirmed && confirmed.error().exit != ExitCode::kTryAgain) {
      NotRenewed(confirmed.error());
    } else if (confirmed) {
      Note(fmt::format("Renewed: {} has a certificate until {}.", identity.name,
                       text::TimeWords(ToMicros(identity.not_after))));
      Step("marked");
    }
  }
  if (heard.new_ca_pem.empty()) return;
  const auto added = TrustCas(identity, heard.new_ca_pem);
  if (added && *added) Note("Trusted: the server has told of another CA, which is in ca.crt now.");
}

bool Agent::RenewalIsDue(const GatewayClient& client, const Heard& heard) const {
  const Identity& identity = client.identity();
  if (!heard.renew_after || clock_.Steady() < no_renewal_before_) return false;
  const Micros window = identity.not_after - *heard.renew_after;
  if (renewed_at_ && clock_.Steady() < *renewed_at_ + window / kRenewalRest) return false;
  const Time now = client.server_time().value_or(clock_.Now());
  return now >=
         RenewalDue(*heard.renew_after, identity.not_after, Fraction(identity.certificate_sha256));
}

CliResult<void> Agent::TryToRenew(GatewayClient& client, Micros window) {
  const auto renewed = Renew(client, options_.step);
  if (!renewed) {
    DelayRenewal(window, client.retry_after());
    if (renewed.error().exit != ExitCode::kKeyRefused) NotRenewed(renewed.error());
    return renewed;
  }
  id_ = OutDirectory::RenewalId(client.identity().certificate_sha256);
  renewed_at_ = clock_.Steady();
  renewal_pace_.AfterSuccess();
  not_renewed_ = false;
  return renewed;
}

void Agent::DelayRenewal(Micros window, std::chrono::seconds retry_after) {
  no_renewal_before_ = clock_.Steady() + renewal_pace_.AfterFailure(window, retry_after, Drawn());
}

void Agent::NotRenewed(const Failure& failure) {
  if (!std::exchange(not_renewed_, true))
    Note("Not renewed, trying again: " + FailureWithCode(failure));
}

CliResult<milliseconds> Agent::AfterFailure(GatewayClient& client, const Failure& failure) {
  const std::chrono::seconds retry_after = client.retry_after();
  if (failure.code == "certificate_expired") return AfterExpiry(client, failure);
  if (failure.exit == ExitCode::kKeyRefused) return AfterEnd(client.identity(), failure);
  const bool unknown = failure.code == "certificate_unknown_since_restore";
  if (unknown && GoBack(client.identity())) return pace_.AfterFailure(Drawn());
  const bool refused = failure.exit == ExitCode::kRefused;
  return Later(refused ? State::kRefused : State::kLost, failure, retry_after);
}

// A certificate that has expired may still be renewed for a while, and the server says how long.
CliResult<milliseconds> Agent::AfterExpiry(GatewayClient& client, const Failure& failure) {
  if (clock_.Steady() < no_renewal_before_) return Later(State::kRefused, failure);
  const auto renewed = TryToRenew(client, ledger_limits::kRenewalGrace);
  if (renewed) return milliseconds(0);
  if (renewed.error().exit == ExitCode::kKeyRefused) {
    return AfterEnd(client.identity(), renewed.error());
  }
  return Later(State::kRefused, failure);
}

// The identity has ended. That ends the agent too, unless the directory keeps another certificate
// of it that is accepted, or a registration in the directory has taken its place or is to: the
// server ends the old one a moment before `register` notes that.
CliResult<milliseconds> Agent::AfterEnd(const Identity& identity, const Failure& failure) {
  const auto now = ReadIdentity(options_.directory, options_.server);
  if (!now) {
    if (now.error().exit != ExitCode::kTryAgain) return failure;
    return Later(State::kWaiting, now.error());
  }
  if (now->id != identity.id) return milliseconds(0);
  if (GoBack(*now)) return pace_.AfterFailure(Drawn());
  if (!now->replaced) return failure;
  return Later(State::kWaiting,
               Fail(ExitCode::kTryAgain,
                    now->name + " is being replaced by a registration that is not confirmed yet. "
                                "If `latchkey register` is not at work, run it again with the "
                                "same key."));
}

// Puts another certificate of the same registration in force, if the server accepts it.
bool Agent::GoBack(const Identity& identity) {
  for (const Identity& other : ReadOtherPairs(identity, options_.server)) {
    GatewayClient client(other);
    const auto heard = CheckIn(client, {.version = options_.version});
    const bool renewable = !heard && heard.error().code == "certificate_expired" &&
                           heard.error().exit == ExitCode::kRefused;
    if ((!heard && !renewable) || !PutInForce(identity, other)) continue;
    Note(
        fmt::format("Back: the server accepts {} with another certificate that {} keeps. That one "
                    "is in use again.",
                    other.name, other.directory.string()));
    TakeUp(other);
    if (heard) DelayRenewal(ledger_limits::kRenewalGrace, client.retry_after());
    return true;
  }
  return false;
}

milliseconds Agent::Later(State state, const Failure& failure, std::chrono::seconds retry_after) {
  const char* prefix = state == State::kLost      ? "Lost, trying again: "
                       : state == State::kRefused ? "Refused, trying again: "
                                                  : "Waiting: ";
  Tell(state, prefix + FailureWithCode(failure));
  return pace_.AfterFailure(Drawn(), retry_after);
}

void Agent::Tell(State state, const std::string& words) {
  if (std::exchange(state_, state) != state) Note(words);
}

void Agent::Note(const std::string& words) { notes_ << text::Printable(words) << std::endl; }

void Agent::Step(std::string_view name) const {
  if (options_.step) options_.step(name);
}

double Agent::Drawn() { return Fraction(random_.Bytes(kDrawnBytes)); }

namespace {

// False to end the agent. What a message's command did is told soon after it has ended.
bool Rest(const AgentOptions& options, Agent& agent, milliseconds pause) {
  const bool was_at_work = agent.IsAtWork();
  while (was_at_work && pause > kLook) {
    if (!options.wait(kLook)) return false;
    if (!agent.IsAtWork()) return true;
    pause -= kLook;
  }
  return options.wait(pause);
}

}  // namespace

CliResult<void> RunAgent(const AgentOptions& options, const Clock& clock, Random& random,
                         std::ostream& notes) {
  const auto directory = OutDirectory::Read(options.directory);
  if (!directory) return directory.error();
  const auto lock = directory->LockForAgent();
  if (!lock) return lock.error();
  Agent agent(options, clock, random, notes);
  while (true) {
    const auto pause = agent.Try();
    if (!pause) return pause.error();
    if (!Rest(options, agent, *pause)) return {};
  }
}

}  // namespace latchkey::tools
