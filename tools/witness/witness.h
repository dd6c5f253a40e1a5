// A witness (C2SP tlog-witness@v1.0.0): it cosigns a checkpoint of a log only if the log has grown
// since the last one that it has cosigned, and nothing in it has changed. So a log that shows two
// histories gets the cosignature for one of them alone.
//
// A cosignature leaves it only after the checkpoint is durable. What it remembers of a log is never
// taken back: a directory in which that is damaged or lost is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/env.h>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/log/log.h"
#include "core/log/note_format.h"
#include "tools/witness/add_checkpoint.h"
#include "tools/witness/witness_directory.h"

namespace latchkey::tools {

inline constexpr std::size_t kMaxLogKeys = 1'024;  // that a witness trusts, in all
inline constexpr std::size_t kMaxKeysOfLog = 8;    // with one origin
inline constexpr std::size_t kMaxOriginBytes = 1'024;

inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
inline constexpr std::string_view kTreeSizeType = "text/x.tlog.size";

struct WitnessAnswer {
  int status;  // of HTTP
  std::string body;
  std::string_view type = kPlainText;  // a literal
};

// Thread-safe.
class Witness {
 public:
  struct Options {
    std::vector<log::NoteKey> logs;  // the name of each is the origin of its log
    const Clock* clock;              // outlives it
    // What whoever runs the witness should know, as a sentence: called from any thread that asks,
    // at most once a minute for each log and each way in which the disk fails.
    std::function<void(const std::string&)> tell{};
  };

  // Reads and verifies what was kept. Refuses with kUnusable, whole sentences, when any of it is
  // damaged or lost; kValidationFailed when these logs cannot be.
  static Result<std::unique_ptr<Witness>> Open(WitnessDirectory directory, Options options);

  const log::NoteKey& key() const { return directory_.key(); }

  // POST add-checkpoint with this body.
  WitnessAnswer AddCheckpoint(std::string_view body);
  // GET HASH/checkpoint: the latest one that it has cosigned, with the signatures of the log and of
  // the witness.
  WitnessAnswer Latest(const std::string& origin_hash) const;

  struct Known {
    std::string origin;
    std::optional<std::uint64_t> size;  // of the latest checkpoint; null: none yet
  };
  std::vector<Known> logs() const;

 private:
  struct Cosigned {
    log::Head head;
    std::uint64_t seconds;  // since 1970
    std::string text;
    std::string line;  // our signature
    std::string note;  // all of it, as it is kept and shown
  };
  struct KnownLog {
    std::string origin;
    std::vector<log::NoteKey> keys;
    std::optional<Cosigned> latest{};   // under mutex_
    std::optional<Micros> told_fork{};  // likewise
  };

  Witness(WitnessDirectory directory, Options options);
  Status Trust(const log::NoteKey& key);
  Status Load(const std::string& hash, KnownLog* known) const;
  static Result<Cosigned> ReadKept(const std::string& note, const KnownLog& known,
                                   const log::NoteKey& ours);

  // Under mutex_.
  WitnessAnswer Judge(const CheckpointRequest& asked, const std::string& log_lines,
                      const std::string& hash, KnownLog* known);
  WitnessAnswer CosignIt(const CheckpointRequest& asked, const std::string& log_lines,
                         const std::string& hash, KnownLog* known);
  void TellOfFork(const CheckpointRequest& asked, KnownLog* known);
  void TellOfDisk(const Error& error);

  WitnessDirectory directory_;
  Options options_;
  mutable std::mutex mutex_;  // guards the rest of what changes: check and write are one step
  std::map<std::string, KnownLog, std::less<>> logs_;  // by OriginHash; the keys never change
  std::optional<Micros> told_disk_;
};

}  // namespace latchkey::tools
