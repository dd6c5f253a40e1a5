// Verifies a whole ledger: every hash, the tree, that each entry is an event in its place, and the
// part of docs/design.md §9 that a ledger shows (core/domain/invariants.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/domain/invariants.h"
#include "core/log/log.h"
#include "core/log/note.h"
#include "core/subjects/subjects.h"
#include "tools/verify/findings.h"

namespace latchkey::tools {

// Memory for rows of state before they go to disk.
inline constexpr std::size_t kMaxVerifyBytes = 512u << 20;
inline constexpr std::uint64_t kProgressEvery = 4'096;  // events

struct VerifyOptions {
  std::filesystem::path scratch;  // a directory with room for the state of a large ledger
  std::size_t max_bytes = kMaxVerifyBytes;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
  // The store of sealing keys, when some of them are lost: the report then names those.
  const Subjects* subjects = nullptr;
  // A directory that remembers what has been verified, as far as that was good: the next pass over
  // the same log, grown or not, goes on from there, and reads nothing before it again. Empty: none.
  std::filesystem::path resume{};
  // The log is read from outside: it does not say itself where its epoch began.
  bool outside = false;
};

// A sealing key that events need and that is missing.
struct LostSealingKey {
  std::uint64_t sequence;  // of the first event sealed under it
  std::string subject;     // 16 bytes
  std::string account;     // of that event; may be empty
};

// Processor time, in seconds.
struct VerifyEffort {
  double hashes = 0;  // hashes and tree
  double facts = 0;   // reading, decoding, the rules
  std::uint64_t signatures = 0;
  double signature_seconds = 0;
};

struct VerifyReport {
  std::uint64_t size = 0;        // of the log when this began
  std::string root;              // as computed
  log::NoteKey key{};            // of its checkpoints, as its events say
  std::uint64_t resumed_at = 0;  // events verified by an earlier pass
  VerifyEffort effort{};
  std::vector<domain::Violation> violations{};  // in order; at most kMaxViolations
  std::vector<LostSealingKey> lost_keys{};      // all of them, in order
  bool good() const { return violations.empty() && lost_keys.empty(); }
};

// Reads the log as it is now; it may go on growing. All findings are in the report; refuses only
// with kIo, when the log cannot be reached or the state cannot be written.
Result<VerifyReport> Verify(const log::Log& log, const VerifyOptions& options);

// The same in parts, for a log that grows meanwhile. One thread at a time.
class Verifier {
 public:
  explicit Verifier(VerifyOptions options);
  ~Verifier();

  // Verifies the entries after those of the last call, up to the present end of `log`. It may be
  // another opening of the same log, and so may `subjects`, the store of sealing keys or null.
  // Returns kIo when the log cannot be reached or the state cannot be written.
  Status Extend(const log::Log& log, const Subjects* subjects);
  // What was found, with the end of the log as the last Extend saw it. Called once.
  VerifyReport Finish();

 private:
  class Pass;
  const std::unique_ptr<Pass> pass_;
};

}  // namespace latchkey::tools
