// Proofs as text: the exact form, refused forms, and every byte changed.
#include "core/log/proof_text.h"

#include <gtest/gtest.h>

#include "core/log/checkpointer.h"
#include "core/log/tree.h"
#include "tests/support/memory_log.h"

namespace latchkey::log {
namespace {

// A log of nine entries with its checkpoint, and whoever verifies.
struct Proved {
  Proved() {
    std::vector<std::string> entries;
    for (int i = 0; i < 9; ++i) entries.push_back("entry " + std::to_string(i));
    (void)log.Append(0, entries);
    const std::string checkpoint = CheckpointText({key.name, log.head()});
    text = FormatProof({5, *ProveInclusion(log, 5, 9), SignNote(checkpoint, key.name, *signer)});
  }

  // As whoever has the entry, the proof and the key.
  bool Holds(std::string_view proof_text, std::string_view entry) const {
    const auto proof = ParseProof(proof_text);
    if (!proof || proof->sequence != 5) return false;
    const auto head = OpenCheckpoint(proof->note, key);
    return head && VerifyInclusion(LeafHash(entry), proof->sequence, *head, proof->proof);
  }

  const crypto::SigningKey pair = crypto::CreateSigningKey();
  const Result<crypto::Ed25519Signer> signer = crypto::Ed25519Signer::Load(pair.key_pem.view());
  const NoteKey key{"latchkey/test/log", signer->public_key()};
  testing::MemoryLog log;
  std::string text;
};

TEST(ProofText, IsWhatTheSpecificationSays) {
  const Proof hashes = {std::string(32, 'a'), std::string(32, 'b')};
  EXPECT_EQ(FormatProof({7, hashes, "note\n"}),
            "c2sp.org/tlog-proof@v1\n"
            "index 7\n"
            "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n"
            "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=\n"
            "\n"
            "note\n");
  const auto parsed = ParseProof(FormatProof({7, hashes, "note\n"}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->sequence, 7u);
  EXPECT_EQ(parsed->proof, hashes);
  EXPECT_EQ(parsed->note, "note\n");
}

TEST(ProofText, ExtraDataIsIgnored) {
  const auto parsed = ParseProof("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\nnote\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->sequence, 0u);
}

TEST(ProofText, OtherTextsAreNone) {
  std::string many = "c2sp.org/tlog-proof@v1\nindex 0\n";
  for (int i = 0; i < 64; ++i) many += "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n";
  for (const std::string& text :
       {std::string(), std::string("c2sp.org/tlog-proof@v1"),
        std::string("c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n"),
        std::string("c2sp.org/tlog-proof@v1\n\nnote\n"),
        std::string("c2sp.org/tlog-proof@v1\nindex\n\nnote\n"),
        std::string("c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n"),
        std::string("c2sp.org/tlog-proof@v1\nindex -1\n\nnote\n"),
        std::string("c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nnote\n"),
        std::string("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote\n"),
        std::string("c2sp.org/tlog-proof@v1\nindex 0\nnote\n"), many + "\nnote\n"}) {
    EXPECT_FALSE(ParseProof(text)) << text;
  }
}

TEST(ProofText, EveryByteOfProofAndEntryCounts) {
  const Proved proved;
  ASSERT_TRUE(proved.Holds(proved.text, "entry 5"));
  EXPECT_FALSE(proved.Holds(proved.text, "entry 6"));
  for (std::size_t at = 0; at < proved.text.size(); ++at) {
    for (const int bit : {0, 1, 5, 7}) {
      std::string changed = proved.text;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_FALSE(proved.Holds(changed, "entry 5")) << at << " " << bit;
    }
    EXPECT_FALSE(proved.Holds(proved.text.substr(0, at), "entry 5")) << at;
  }
}

}  // namespace
}  // namespace latchkey::log
