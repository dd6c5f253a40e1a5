// The end of a gateway's identity, on its own machine: for a gateway that is uninstalled.
//
// Safe to kill at any point and to run again: the identity ends on the server first, then the
// private keys are removed, and what tells that they are to be removed goes last.
#pragma once

#include <filesystem>
#include <string>

#include "tools/installer/identity.h"
#include "tools/process/exit_code.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct DeregisterOptions {
  std::filesystem::path directory;  // of `register`
  ServerChoice server{};
  std::string reason{};  // for the history; may be empty
  StepHook step{};       // ended, removed
};

struct Deregistered {
  std::string name{};   // "acme/hq (gw_…)"; empty when the directory does not say any more
  bool before = false;  // the identity had ended already, and only the files were left
};

// Ends the identity on the server and removes all key pairs and certificates of the directory.
// Neither an agent nor `register` may be at work there (kTryAgain). Nothing is removed when the
// server cannot be asked or refuses for another reason than that the identity has ended. Fails as
// ReadIdentity and GatewayClient::Ask.
CliResult<Deregistered> Deregister(const DeregisterOptions& options);

}  // namespace latchkey::tools
