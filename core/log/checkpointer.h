// Keeps the checkpoint of a log on disk: a signed note, at most a second old while the log grows.
// It covers only durable entries, and is durable itself before anyone sees it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <rocksdb/env.h>

#include "core/base/error.h"
#include "core/crypto/ed25519.h"
#include "core/log/checkpoint.h"
#include "core/log/head_file.h"
#include "core/log/log.h"
#include "core/log/note.h"

namespace latchkey::log {

inline constexpr std::chrono::milliseconds kCheckpointEvery{1'000};

// The head in a checkpoint. Returns kUnusable when `note` is not one that `key` has
// signed for its own log.
Result<Head> OpenCheckpoint(std::string_view note, const NoteKey& key);

class Checkpointer {
 public:
  struct Options {
    std::filesystem::path path;
    rocksdb::Env* env;
    std::string origin;
    crypto::Ed25519Signer signer;
  };

  // References outlive it. Writes nothing before Start or Write.
  Checkpointer(const Log& log, HeadFile& head, Options options);
  ~Checkpointer();  // ends the thread

  // A thread of its own writes one every kCheckpointEvery while the log grows.
  void Start();
  void Stop();  // and waits for that thread, if there is one

  // Writes a checkpoint of the log as it is now, unless the last one is up to date, and syncs the
  // head file before. Returns kIo. Thread-safe.
  Status Write();

  // The last one written by this process; null before. Thread-safe.
  std::optional<Head> last() const;
  // Why the last attempt failed; null when it succeeded. Thread-safe.
  std::optional<Error> problem() const;

 private:
  void Run();
  Status WriteNow(const Head& head);

  const Log& log_;
  HeadFile& head_;
  const Options options_;
  std::mutex writing_;        // one writer of the file at a time
  mutable std::mutex mutex_;  // guards the following
  std::condition_variable wake_;
  std::optional<Head> last_;
  std::optional<Error> problem_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace latchkey::log
