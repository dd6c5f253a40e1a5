// How `latchkey` ends, as docs/cli.md promises to scripts.
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
  kRefused = 3,         // the server understood and said no
  kTryAgain = 4,        // unreachable or busy: run again with the same key
  kLedger = 5,          // the ledger is unusable or in use
  kKeyRefused = 10,     // ask for a new key
  kCommandFailed = 11,  // --run failed, and that is reported: ask for a new key
};

// Why a command ends with something else than kDone.
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

// What an error of the ledger's own parts means for the exit code.
inline Failure Fail(const Error& error) {
  const bool ledger = error.code == ErrorCode::kInUse || error.code == ErrorCode::kUnusable;
  return Fail(ledger ? ExitCode::kLedger : ExitCode::kFailed, error.detail);
}

}  // namespace latchkey::tools
