// The agent: keeps a gateway green whose own software does not check in.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

#include "core/base/random.h"
#include "core/base/time.h"
#include "tools/installer/identity.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

struct AgentOptions {
  std::filesystem::path directory;  // of `register`
  ServerChoice server{};
  std::string version{};  // of the gateway's software
  // Returns when the time has passed, or false to end the agent.
  std::function<bool(std::chrono::milliseconds)> wait;
};

// Checks in at the interval that the server gives (tools/installer/pace.h) until `wait` ends it. A
// failure is tried again; `notes` gets one line when the state changes, none for each check-in. The
// directory is read before each check-in, so that a registration that replaces the identity is
// taken up; one that is not confirmed is left to `register`. Fails with
//   kKeyRefused          the identity has ended, and nothing in the directory is to replace it
//   kTryAgain            another agent is at work in the directory
//   kFailed, kLedger     as ReadIdentity
CliResult<void> RunAgent(const AgentOptions& options, const Clock& clock, Random& random,
                         std::ostream& notes);

}  // namespace latchkey::tools
