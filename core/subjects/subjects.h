// The keys that seal personal fields, one per subject (an account or an operator), in a small store
// apart from the ledger (DIR/subjects/). Erasing a key removes the personal data for good.
// Sealed.box = AES-256-GCM(key, nonce, "latchkey/personal/v1" ‖ subject, serialised Personal).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/crypto/secret.h"
#include "core/rocks/rocks.h"
#include "events/event.pb.h"

namespace latchkey {

class Subjects {
 public:
  enum class Access {
    kMake,   // to read and write; created when there is none: for a ledger without events
    kWrite,  // the same, and kUnusable when there is none
    kRead,   // changes nothing; kUnusable when there is none. Works beside a writer, see RocksLog
  };
  struct Row {
    std::string name;
    crypto::Secret value;
  };
  // Thread-safe after opening. Refuses with kInUse, kUnusable, kIo.
  static Result<std::unique_ptr<Subjects>> Open(const std::filesystem::path& directory,
                                                const rocks::Resources& resources, Access access);
  ~Subjects();

  // Records, synced, which ledger these keys are for, replacing an earlier record. kIo.
  Status Bind(std::string_view ledger_id);
  // The recorded ledger id; null in a store from before it was recorded.
  Result<std::optional<std::string>> BoundTo() const;

  // Seals under the key of `subject` (16 bytes), which is made and synced to disk first when it
  // does not exist yet. kIo when that fails: the caller must not append the event. After such a
  // failure no key is made until Reopen; existing keys still work.
  Result<events::Sealed> Seal(std::string_view subject, const events::Personal& personal,
                              Random& random);

  // 16 bytes that stand for `text` in this ledger and reveal nothing of it: the first bytes of
  // HMAC-SHA-256 under a random pepper. The pepper is stored here, and first made and synced to
  // disk when it does not exist yet. kIo when that fails.
  Result<std::string> Pseudonym(std::string_view text, Random& random);

  // Null when the key was erased (or the box is not ours).
  std::optional<events::Personal> Open(const events::Sealed& sealed) const;
  // Whether there is a key of `subject`. kUnusable, kIo.
  Result<bool> Has(std::string_view subject) const;

  // Every row of the store, as Put takes it: keys, the pepper, their count, the ledger id. Secret.
  // kIo, kUnusable.
  Status Visit(
      const std::function<void(std::string_view name, std::string_view value)>& visit) const;
  // Adds rows of another store to a store that was just made, synced. kIo.
  Status Put(std::span<const Row> rows);

  // How many keys were ever made, including erased ones: a store with fewer than the ledger counted
  // has lost some. Thread-safe.
  std::uint64_t made() const;

  // Whether the disk has refused a key, so that no key is made any more. Thread-safe.
  bool failed() const;
  // Opens the store again after that, so that keys can be made again; synced keys are kept. Refuses
  // as Open does, and can be retried. Thread-safe.
  Status Reopen();

 private:
  struct Impl;
  explicit Subjects(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey
