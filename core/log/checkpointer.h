// Keeps the checkpoint of a log on disk: a signed note, at most a second old while the log grows.
// It covers only durable entries, and is durable itself before anyone sees it. What is published
// never shrinks: a start has checked that the log extends the checkpoint on disk.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <rocksdb/env.h>

#include "core/base/error.h"
#include "core/base/time.h"
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

// A checkpoint as others see it.
struct PublishedCheckpoint {
  Head head;
  std::string note;  // signed by the log, and by those who have cosigned it
  Time at;           // wall clock, when it was signed
};

// Those who cosign a log's checkpoints (core/witness). Thread-safe.
class Cosigners {
 public:
  virtual ~Cosigners() = default;
  // Hands on a checkpoint that is durable, and waits a moment for whoever answers at once.
  virtual void Submit(const Head& head, const std::string& note) = 0;
  // The signature lines that there are of this checkpoint, to be appended to its note.
  virtual std::string LinesFor(const Head& head) const = 0;
};

class Checkpointer {
 public:
  struct Options {
    std::filesystem::path path;
    rocksdb::Env* env;
    std::string origin;
    crypto::Ed25519Signer signer;
    const Clock& clock;
    std::filesystem::path copy{};    // a second one, on another disk; empty: none
    Cosigners* cosigners = nullptr;  // outlive it
    std::chrono::milliseconds every = kCheckpointEvery;
  };

  // References outlive it. Writes nothing before Start or Write.
  Checkpointer(const Log& log, HeadFile& head, Options options);
  ~Checkpointer();  // ends the thread

  // A thread of its own writes one at that interval while the log grows.
  void Start();
  void Stop();  // and waits for that thread, if there is one

  // Writes and publishes a checkpoint of the log as it is now, unless the last one is up to date,
  // and syncs the head file before. Returns kIo; without its copy it counts as written.
  // Thread-safe.
  Status Write();

  // The last one of this process; null before. Thread-safe.
  std::shared_ptr<const PublishedCheckpoint> published() const;
  // Why the last attempt, or its copy, failed; null when it succeeded. Thread-safe.
  std::optional<Error> problem() const;

 private:
  void Run();
  Status WriteNow(const PublishedCheckpoint& checkpoint);
  Status WriteCopy(const PublishedCheckpoint& checkpoint);
  void Publish(PublishedCheckpoint checkpoint);  // with the cosignatures that there are
  void AddCosignatures();                        // that have come since

  const Log& log_;
  HeadFile& head_;
  const Options options_;
  std::mutex writing_;        // one writer of the file at a time
  mutable std::mutex mutex_;  // guards the following
  std::condition_variable wake_;
  std::shared_ptr<const PublishedCheckpoint> published_;
  std::optional<Error> problem_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace latchkey::log
