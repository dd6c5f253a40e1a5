// The data directory of a witness: its name and key, and of each log the latest checkpoint that it
// has cosigned (docs/witness.md says what is in it, byte by byte). It is closed to other users, and
// one process at a time has it.
//
// Errors are whole sentences: kUnusable for what is damaged or cannot be trusted and kInUse, with
// what to do; kIo for what the disk refuses.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <rocksdb/env.h>

#include "core/base/error.h"
#include "core/crypto/ed25519.h"
#include "core/log/note_format.h"
#include "tools/process/file_lock.h"

namespace latchkey::tools {

// What may name a witness: 1 to 128 letters, digits and signs of ASCII without '+'.
bool IsWitnessName(std::string_view name);

// Of one log, by its origin: the SHA-256 in lower-case hex, as in requests of monitors.
std::string OriginHash(std::string_view origin);

// Reads and writes of one log are for one thread at a time; all else is thread-safe.
class WitnessDirectory {
 public:
  // Makes the directory if it is missing, and the key in an empty one. A new witness has this name,
  // or one made from its key when that is empty. `env` is used for what is written later, and
  // outlives it.
  static Result<WitnessDirectory> Open(const std::filesystem::path& given, const std::string& name,
                                       rocksdb::Env* env);

  const log::NoteKey& key() const { return key_; }  // of its cosignatures, with its name
  const crypto::Ed25519Signer& signer() const { return signer_; }

  // The file of a log as it was last kept. Null when none was ever kept; kUnusable when it is lost.
  Result<std::optional<std::string>> Read(const std::string& origin_hash) const;
  // Durable when it succeeds. When it fails, the file may be the new one or the one before.
  Status Keep(const std::string& origin_hash, std::string_view note) const;

 private:
  WitnessDirectory(std::filesystem::path path, rocksdb::Env* env, FileLock lock, log::NoteKey key,
                   crypto::Ed25519Signer signer);
  Status Mark(const std::string& origin_hash) const;

  std::filesystem::path path_;
  rocksdb::Env* env_;
  FileLock lock_;
  log::NoteKey key_;
  crypto::Ed25519Signer signer_;
};

}  // namespace latchkey::tools
