// The installer's side (docs/design.md §7), from a key to a confirmed certificate.
//
// Safe to kill at any point and to run again with the same key: it ends with one certificate. The
// key pair is on disk, synced, before anything is sent, and nothing is sent before the server is
// verified.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "core/crypto/secret.h"
#include "core/http/tls_trust.h"
#include "tools/installer/machine.h"
#include "tools/process/exit_code.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

using namespace std::chrono_literals;

inline constexpr std::chrono::seconds kDefaultPatience = 60s;

struct RegisterOptions {
  std::string url;  // of the gateway listener
  Trust trust{};
  std::filesystem::path out;
  std::string command{};     // shell; empty: check in at once
  bool send_output = false;  // reports the end of the command's output when it fails
  std::string version{};     // of the gateway's software
  Machine machine = ThisMachine();
  std::chrono::seconds patience =
      kDefaultPatience;  // how long to retry while the server is unreachable
  StepHook step{};
};

// Returns the text of the key. Called once; `registered` says that there is a confirmed certificate
// already, and then null (no key) is allowed.
using KeySource = std::function<CliResult<std::optional<crypto::Secret>>(bool registered)>;

// Reports the result on `out`, and what it does meanwhile on `progress`. Fails with
//   kKeyRefused     the key is no good, or what it registered has ended: ask for a new one
//   kCommandFailed  the command failed; that is reported and the registration given up
//   kTryAgain       out of reach, or another one is at work in `out`: run again with the same key
//   kRefused, kFailed, kUsage   otherwise
CliResult<void> Register(const RegisterOptions& options, const KeySource& key, std::ostream& out,
                         std::ostream& progress);

}  // namespace latchkey::tools
