// `verify` from outside: a served ledger, a proof that was handed over, two checkpoints.
#include "tools/verify/outside.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/note.h"
#include "core/log/proof.h"
#include "core/log/proof_text.h"
#include "tests/support/memory_log.h"
#include "tests/tools/served.h"
#include "tests/tools/strange_server.h"
#include "tools/verify/tile_log.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using ::testing::HasSubstr;
using testing::Ran;
using testing::Served;

void Write(const fs::path& path, std::string_view contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

// A served ledger, and what its owner hands to an auditor.
class OutsideTest : public ::testing::Test {
 protected:
  OutsideTest() {
    for (int i = 0; i < 5; ++i) served_.AddGateway("gw-" + std::to_string(i));
    served_.AddRegistered("hq");
    Publish();
    const log::NoteKey key{ledger().row().origin(), ledger().row().checkpoint_public_key()};
    vkey_ = log::VerifierKey(key);
    Write(served_.Scratch("earlier"), ledger().published()->note);
    served_.AddGateway("later");
    Publish();
    Write(served_.Scratch("later.note"), ledger().published()->note);
    const auto published = ledger().published();
    const auto proof = log::ProveInclusion(ledger().log(), kSequence, published->head.size);
    Write(served_.Scratch("proof"), log::FormatProof({kSequence, *proof, published->note}));
    Write(served_.Scratch("event"), *ledger().log().Read(kSequence));
  }

  Ledger& ledger() { return served_.service().ledger(); }
  void Publish() { EXPECT_TRUE(const_cast<log::Checkpointer*>(ledger().checkpointer())->Write()); }
  std::string Path(const std::string& name) const { return served_.Scratch(name).string(); }

  std::vector<std::string> ByUrl(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"verify", "--url", served_.service().management_url(),
                                          "--ca-fingerprint", served_.service().ca_sha256()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string TokenFile() const { return (served_.data() / "secrets" / "owner-token").string(); }

  static constexpr std::uint64_t kSequence = 6;
  Served served_;
  std::string vkey_;
};

TEST_F(OutsideTest, AProofNeedsNoServer) {
  served_.Stop();
  const Ran good =
      Cli({"verify", "--proof", Path("proof"), "--event", Path("event"), "--vkey", vkey_});
  EXPECT_EQ(good.exit, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("It is event 6 (GatewayAdded)"));
  Write(served_.Scratch("vkey"), vkey_ + "\n");
  EXPECT_EQ(Cli({"verify", "--proof", Path("proof"), "--event", Path("event"), "--vkey",
                 "@" + Path("vkey")})
                .exit,
            0);
}

TEST_F(OutsideTest, AChangedEventOrProofIsFive) {
  std::ostringstream event;
  event << std::ifstream(Path("event"), std::ios::binary).rdbuf();
  const std::string bytes = event.str();
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    std::string changed = bytes;
    changed[at] ^= 1;
    Write(served_.Scratch("changed"), changed);
    const Ran ran =
        Cli({"verify", "--proof", Path("proof"), "--event", Path("changed"), "--vkey", vkey_});
    EXPECT_EQ(ran.exit, 5) << at;
    EXPECT_THAT(ran.err, HasSubstr("is not event 6"));
  }
  Served other;
  const auto& row = other.service().ledger().row();
  const Ran ran = Cli({"verify", "--proof", Path("proof"), "--event", Path("event"), "--vkey",
                       log::VerifierKey({row.origin(), row.checkpoint_public_key()})});
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.err, HasSubstr("not signed with the key"));
}

TEST_F(OutsideTest, AStrangerVerifiesTheTree) {
  const Ran tree = Cli(ByUrl());
  EXPECT_EQ(tree.exit, 0) << tree.err;
  EXPECT_THAT(tree.out, HasSubstr("The tree of"));
  EXPECT_THAT(tree.out, HasSubstr("Its signature was not checked"));
  const Ran signed_tree = Cli(ByUrl({"--vkey", vkey_}));
  EXPECT_EQ(signed_tree.exit, 0) << signed_tree.err;
  EXPECT_EQ(signed_tree.out.find("signature"), std::string::npos) << signed_tree.out;
}

TEST_F(OutsideTest, AnAuditorVerifiesTheEvents) {
  const Ran events = Cli(ByUrl({"--token-file", TokenFile(), "--vkey", vkey_}));
  EXPECT_EQ(events.exit, 0) << events.err;
  EXPECT_THAT(events.out, HasSubstr("The ledger of"));
  EXPECT_THAT(Cli(ByUrl({"--token-file", TokenFile()})).out,
              HasSubstr("signed by the key that it names itself"));
  Served other;
  const auto& row = other.service().ledger().row();
  const Ran foreign =
      Cli(ByUrl({"--vkey", log::VerifierKey({row.origin(), row.checkpoint_public_key()})}));
  EXPECT_EQ(foreign.exit, 5);
}

TEST_F(OutsideTest, AServerThatIsAwaySaysNothingAboutTheLedger) {
  const auto arguments = ByUrl({"--vkey", vkey_});
  served_.Stop();
  EXPECT_EQ(Cli(arguments).exit, 4);
}

TEST_F(OutsideTest, OneCheckpointIsTheBeginningOfAnother) {
  const std::vector<std::string> both = {
      "verify", "--from", Path("earlier"), "--to", Path("later.note"), "--vkey", vkey_};
  for (const std::vector<std::string>& source :
       {std::vector<std::string>{"--data", served_.data().string()},
        std::vector<std::string>{"--url", served_.service().management_url(), "--ca-fingerprint",
                                 served_.service().ca_sha256()}}) {
    std::vector<std::string> arguments = both;
    arguments.insert(arguments.end(), source.begin(), source.end());
    const Ran ran = Cli(arguments);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("is the beginning of"));
    std::swap(arguments[2], arguments[4]);
    EXPECT_EQ(Cli(arguments).exit, 5);
  }
  EXPECT_EQ(Cli(both).exit, 2) << "without tiles";
}

TEST_F(OutsideTest, AWitnessThatHasNotCosignedIsMissed) {
  const crypto::SigningKey pair = crypto::CreateSigningKey();
  const auto signer = crypto::Ed25519Signer::Load(pair.key_pem.view());
  const std::string witness = log::CosignerKeyText({"witness.example/w", signer->public_key()});
  const std::vector<std::string> arguments = {"verify",  "--proof",     Path("proof"),
                                              "--event", Path("event"), "--vkey",
                                              vkey_,     "--witness",   witness};
  EXPECT_THAT(Cli(arguments).err, HasSubstr("The witness witness.example/w has not cosigned"));
  // Once it has, the proof holds for those who ask for its word.
  const std::string text =
      log::CheckpointText({ledger().row().origin(), ledger().published()->head});
  std::ofstream(Path("proof"), std::ios::app)
      << log::Cosign(text, "witness.example/w", *signer, 1'700'000'000);
  EXPECT_EQ(Cli(arguments).exit, 0);
}

// It is waited for, and what it answers says nothing about the ledger.
TEST(VerifyServed, AServerThatLimitsStrangersIsAskedAgain) {
  const testing::StrangeServer server(
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
  HttpClient::Options options;
  options.url = server.url("127.0.0.1");
  options.trust.ca_sha256 = server.ca_sha256();
  constexpr int kAttempts = 2;
  TileLog log(HttpClient(std::move(options)), "", kAttempts);
  const auto begin = std::chrono::steady_clock::now();
  const auto checkpoint = log.FetchCheckpoint();
  ASSERT_FALSE(checkpoint);
  EXPECT_EQ(checkpoint.error().code, ErrorCode::kIo);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  std::size_t requests = 0;
  const std::string received = server.received();
  for (auto at = received.find("GET "); at != std::string::npos;
       at = received.find("GET ", at + 1)) {
    ++requests;
  }
  EXPECT_EQ(requests, 2u);
}

TEST(VerifyForms, AreNotMixed) {
  for (const std::vector<std::string>& row : std::vector<std::vector<std::string>>{
           {"verify"},
           {"verify", "--proof", "p"},
           {"verify", "--proof", "p", "--event", "e"},
           {"verify", "--from", "a"},
           {"verify", "--data", "d", "--url", "https://127.0.0.1:1"},
           {"verify", "--ca-fingerprint", "sha256:" + std::string(64, 'a')},
           {"verify", "--url", "http://127.0.0.1:1"},
           {"verify", "--data", "d", "--vkey", "v"},
           {"verify", "--proof", "p", "--event", "e", "--vkey", "x"}}) {
    EXPECT_EQ(Cli(row).exit, 2) << row.back();
  }
}

// Hashes that do not fit, whoever serves them.
class LyingLog final : public log::Log {
 public:
  LyingLog(const log::Log& log, std::uint32_t level, std::uint64_t index)
      : log_(log), level_(level), index_(index) {}
  log::AppendOutcome Append(std::uint64_t, std::span<const std::string>) override {
    return log::AppendOutcome::kRefused;
  }
  log::Head head() const override { return log_.head(); }
  std::uint64_t size() const override { return log_.size(); }
  Result<std::string> Read(std::uint64_t sequence) const override { return log_.Read(sequence); }
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override {
    return log_.Scan(from, until, visit);
  }
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override {
    Result<std::string> tile = log_.Tile(level, index);
    if (tile && level == level_ && index == index_) tile->back() ^= 1;
    return tile;
  }

 private:
  const log::Log& log_;
  const std::uint32_t level_;
  const std::uint64_t index_;
};

TEST(VerifyTiles, FindsAHashThatIsNotTheOne) {
  latchkey::testing::MemoryLog log;
  std::vector<std::string> entries;
  for (int i = 0; i < 66'000; ++i) entries.push_back(std::to_string(i));
  ASSERT_EQ(log.Append(0, entries), log::AppendOutcome::kDurable);
  const auto good = VerifyTiles(log, {});
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->good());
  EXPECT_EQ(good->root, log.head().root);
  // Full and partial tiles of leaves, and a full tile above them.
  for (const auto& [level, index] : {std::pair(0, 3), std::pair(0, 257), std::pair(1, 0)}) {
    const auto bad = VerifyTiles(LyingLog(log, level, index), {});
    ASSERT_TRUE(bad);
    EXPECT_FALSE(bad->good()) << level << "/" << index;
  }
}

}  // namespace
}  // namespace latchkey::tools
