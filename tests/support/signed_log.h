// A log in memory with a key: its checkpoints, and what it sends to a witness.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "core/crypto/ed25519.h"
#include "core/log/checkpoint.h"
#include "core/log/note.h"
#include "core/log/proof.h"
#include "tests/support/memory_log.h"

namespace latchkey::testing {

inline std::string NewSigningKey() {
  return std::string(crypto::CreateSigningKey().key_pem.view());
}

class SignedLog {
 public:
  explicit SignedLog(std::string origin, std::uint64_t size = 0,
                     std::string key_pem = NewSigningKey(), std::string history = "entry ")
      : origin_(std::move(origin)),
        history_(std::move(history)),
        key_pem_(std::move(key_pem)),
        signer_(*crypto::Ed25519Signer::Load(key_pem_)) {
    Grow(size);
  }

  // Another history of this log, under the same key.
  SignedLog Forked() const { return SignedLog(origin_, log_.size(), key_pem_, "other "); }

  void Grow(std::uint64_t entries) {
    for (std::uint64_t i = 0; i < entries; ++i) {
      const std::string entry = history_ + std::to_string(log_.size());
      EXPECT_EQ(log_.Append(log_.size(), {&entry, 1}), log::AppendOutcome::kDurable);
    }
  }
  const std::string& origin() const { return origin_; }
  const crypto::Ed25519Signer& signer() const { return signer_; }
  const log::Log& log() const { return log_; }
  log::NoteKey key() const { return {origin_, signer_.public_key()}; }

  log::Head HeadAt(std::uint64_t size) const { return {size, *log::RootAt(log_, size)}; }
  std::string TextAt(std::uint64_t size) const {
    return log::CheckpointText({origin_, HeadAt(size)});
  }
  std::string NoteAt(std::uint64_t size) const { return Signed(TextAt(size)); }
  std::string Signed(std::string_view text) const { return log::SignNote(text, origin_, signer_); }

  std::string ProofLines(std::uint64_t from, std::uint64_t to) const {
    std::string lines;
    if (from == 0) return lines;
    const auto proof = log::ProveConsistency(log_, from, to);
    for (const std::string& hash : *proof) {
      lines += text::ToBase64(hash) + "\n";
    }
    return lines;
  }
  // The body of add-checkpoint.
  std::string Body(std::uint64_t old_size, std::uint64_t size) const {
    return "old " + std::to_string(old_size) + "\n" + ProofLines(old_size, size) + "\n" +
           NoteAt(size);
  }

 private:
  std::string origin_;
  std::string history_;
  std::string key_pem_;
  crypto::Ed25519Signer signer_;
  MemoryLog log_;
};

}  // namespace latchkey::testing
