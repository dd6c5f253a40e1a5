// The exit codes of `latchkey`, as docs/cli.md promises them to scripts.
#pragma once

#include <string>
#include <utility>

#include "core/base/error.h"
#include "core/base/result.h"

namespace latchkey::tools {

enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kRefused = 3,         // the server refused
  kTryAgain = 4,        // unreachable or busy: run again with the same key
  kLedger = 5,          // the ledger is unusable or in use
  kKeyRefused = 10,     // ask for a new key
  kCommandFailed = 11,  // --run failed, and the server was told: ask for a new key
};

// Why a command ends with another code than kDone.
struct Failure {
  ExitCode exit;
  std::string message;  // for a person: what is wrong and what to do
  std::string code{};   // of the server's refusal, such as "name_taken"
};

template <typename T>
using CliResult = Expected<T, Failure>;

inline Failure Fail(ExitCode exit, std::string message) {
  return Failure{exit, std::move(message), {}};
}

// The exit code for an error of the ledger's own parts.
inline Failure Fail(const Error& error) {
  const bool ledger = error.code == ErrorCode::kInUse || error.code == ErrorCode::kUnusable;
  return Fail(ledger ? ExitCode::kLedger : ExitCode::kFailed, error.detail);
}

}  // namespace latchkey::tools
