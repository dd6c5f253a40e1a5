// The keys that seal personal fields, one per subject (an account or an operator), in a small store
// apart from the ledger (DIR/subjects/). Erasing a key removes the personal data for good.
// Sealed.box = AES-256-GCM(key, nonce, "latchkey/personal/v1" ‖ subject, serialised Personal).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "core/rocks/rocks.h"
#include "events/event.pb.h"

namespace latchkey {

class Subjects {
 public:
  // Thread-safe after opening. Refuses with kInUse, kUnusable, kIo. kReadOnly: see log::RocksLog.
  static Result<std::unique_ptr<Subjects>> Open(const std::filesystem::path& directory,
                                                const rocks::Resources& resources, bool read_only);
  ~Subjects();

  // Seals under the key of `subject` (16 bytes), which is made and synced to disk first when it
  // does not exist yet. kIo when that fails: the caller must not append the event.
  Result<events::Sealed> Seal(std::string_view subject, const events::Personal& personal,
                              Random& random);

  // 16 bytes that stand for `text` in this ledger and say nothing of it: the front of HMAC-SHA-256
  // under a random pepper, which is made and synced to disk first when it does not exist yet, and
  // lies here under a name that no subject has. kIo when that fails.
  Result<std::string> Pseudonym(std::string_view text, Random& random);

  // Nothing when the key was erased (or the box is not ours).
  std::optional<events::Personal> Open(const events::Sealed& sealed) const;

 private:
  struct Impl;
  explicit Subjects(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey
