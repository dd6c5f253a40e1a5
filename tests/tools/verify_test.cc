// `verify` and `replay`, as functions and as commands.
#include "tools/verify/verify.h"

#include <sys/stat.h>

#include <fstream>

#include <gtest/gtest.h>

#include "core/crypto/hash.h"
#include "events/codec.h"
#include "tests/support/memory_log.h"
#include "tests/tools/served.h"
#include "tools/ledger/rotation.h"
#include "tools/verify/spilling_state.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::Ran;
using testing::Served;

// The entries of a ledger in which much has happened, taken once.
const std::vector<std::string>& Entries() {
  static const std::vector<std::string> entries = [] {
    Served served;
    for (int i = 0; i < 140; ++i) {  // more than one full tile of 256
      domain::Submission request{domain::AddGateway{"acme", "gw-" + std::to_string(i), 0,
                                                    ledger_limits::kDefaultKeyLifetime},
                                 {},
                                 "",
                                 std::nullopt,
                                 std::nullopt};
      EXPECT_TRUE(served.service().ledger().sequencer().Submit(std::move(request),
                                                               [](const latchkey::Outcome&) {}));
    }
    served.AddRegistered("hq");
    EXPECT_TRUE(RotateCa(served.service().ledger(), {}));
    std::vector<std::string> all;
    EXPECT_TRUE(served.service().ledger().log().Scan(0, served.service().ledger().log().size(),
                                                     [&](std::uint64_t, std::string_view entry) {
                                                       all.emplace_back(entry);
                                                       return true;
                                                     }));
    return all;
  }();
  return entries;
}

VerifyReport VerifyEntries(const std::vector<std::string>& entries,
                           std::size_t max_bytes = kMaxVerifyBytes) {
  latchkey::testing::MemoryLog log;
  EXPECT_EQ(log.Append(0, entries), log::AppendOutcome::kDurable);
  latchkey::testing::TempDir directory;
  const auto report = Verify(log, {.scratch = directory.path(), .max_bytes = max_bytes});
  EXPECT_TRUE(report);
  EXPECT_TRUE(fs::is_empty(directory.path()));
  return *report;
}

events::Event EventAt(std::size_t sequence) { return events::Decode(Entries()[sequence]).value(); }

std::size_t SequenceOf(events::Event::FactCase fact) {
  for (std::size_t i = 0; i < Entries().size(); ++i) {
    if (EventAt(i).fact_case() == fact) return i;
  }
  ADD_FAILURE() << "no such fact";
  return 0;
}

// Found alike wherever the parts end, and nothing before the end of a part is passed over.

TEST(Verify, FindsTheSameInParts) {
  for (const bool damaged : {false, true}) {
    std::vector<std::string> entries = Entries();
    if (damaged) {
      events::Event event = EventAt(entries.size() / 2);
      event.set_sequence(event.sequence() + 1);
      entries[entries.size() / 2] = events::Encode(event);
    }
    const VerifyReport whole = VerifyEntries(entries);
    EXPECT_EQ(whole.good(), !damaged);
    for (const std::size_t first : {std::size_t{1}, entries.size() / 2, entries.size() - 1}) {
      latchkey::testing::MemoryLog log;
      latchkey::testing::TempDir directory;
      Verifier verifier({.scratch = directory.path()});
      const std::span<const std::string> all(entries);
      ASSERT_EQ(log.Append(0, all.first(first)), log::AppendOutcome::kDurable);
      ASSERT_TRUE(verifier.Extend(log, nullptr));
      ASSERT_EQ(log.Append(first, all.subspan(first)), log::AppendOutcome::kDurable);
      ASSERT_TRUE(verifier.Extend(log, nullptr));
      const VerifyReport parts = verifier.Finish();
      EXPECT_EQ(parts.size, whole.size);
      EXPECT_EQ(parts.root, whole.root);
      ASSERT_EQ(parts.violations.size(), whole.violations.size()) << first;
      for (std::size_t i = 0; i < whole.violations.size(); ++i) {
        EXPECT_EQ(parts.violations[i].sequence, whole.violations[i].sequence);
        EXPECT_EQ(parts.violations[i].invariant, whole.violations[i].invariant);
      }
    }
  }
}

TEST(Verify, AGoodLedgerIsGood) {
  const VerifyReport report = VerifyEntries(Entries());
  EXPECT_TRUE(report.good()) << report.violations[0].invariant << report.violations[0].detail;
  EXPECT_EQ(report.size, Entries().size());
}

TEST(Verify, TheStateMaySpillToDisk) { EXPECT_TRUE(VerifyEntries(Entries(), 20'000).good()); }

// There are names in it.

TEST(Verify, WhatSpillsIsForItsOwnerAlone) {
  latchkey::testing::TempDir directory;
  const mode_t before = ::umask(0);
  SpillingState state(directory.path(), 1);
  EXPECT_TRUE(state.Write({{"a", "1"}, {"b", "2"}}));
  ::umask(before);
  const fs::path own = *fs::directory_iterator(directory.path());
  EXPECT_EQ(fs::status(own).permissions(), fs::perms::owner_all);
}

TEST(Verify, AScratchThatIsNotThereIsRefused) {
  latchkey::testing::TempDir directory;
  SpillingState state(directory / "none", 1);
  const Status written = state.Write({{"a", "1"}, {"b", "2"}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
}

TEST(Verify, NamesTheFirstBadSequence) {
  const std::size_t redeemed = SequenceOf(events::Event::kKeyRedeemed);
  const std::size_t rotated = SequenceOf(events::Event::kCaRotated);
  const std::size_t named = SequenceOf(events::Event::kTrustDomainNamed);
  const struct {
    const char* name;
    std::size_t at;
    std::function<void(std::vector<std::string>&)> damage;
  } rows[] = {
      {"no event", 5, [](auto& entries) { entries[5] = "\xff\xff"; }},
      {"an event twice", 6, [](auto& entries) { entries.insert(entries.begin() + 5, entries[5]); }},
      {"an event missing", 5, [](auto& entries) { entries.erase(entries.begin() + 5); }},
      {"time runs back", 9,
       [](auto& entries) {
         events::Event event = EventAt(9);
         event.set_time_us(event.time_us() - 10'000'000'000);
         entries[9] = events::Encode(event);
       }},
      {"a key redeemed twice", redeemed + 1,
       [&](auto& entries) {
         events::Event event = EventAt(redeemed);
         event.set_sequence(redeemed + 1);
         event.set_gateway_event(event.gateway_event() + 1);
         entries[redeemed + 1] = events::Encode(event);
       }},
      {"a certificate of another CA", redeemed,
       [&](auto& entries) {
         events::Event event = EventAt(redeemed);
         const events::Event creation = EventAt(0);
         events::KeyRedeemed& fact = *event.mutable_key_redeemed();
         fact.set_certificate(creation.ledger_created().ca_certificate());
         fact.mutable_certificate()->back() ^= 1;  // its signature
         fact.set_certificate_sha256(crypto::Sha256(fact.certificate()));
         entries[redeemed] = events::Encode(event);
       }},
      {"a certificate that names its gateway in another trust domain", redeemed,
       [&](auto& entries) {
         events::Event event = EventAt(named);
         event.mutable_trust_domain_named()->set_name("example.com");
         entries[named] = events::Encode(event);
       }},
      {"a CA that nobody signed", rotated,
       [&](auto& entries) {
         events::Event event = EventAt(rotated);
         event.mutable_ca_rotated()->mutable_cross_certificate()->back() ^= 1;
         entries[rotated] = events::Encode(event);
       }},
      {"a CA after another than the one in force", rotated,
       [&](auto& entries) {
         events::Event event = EventAt(rotated);
         event.mutable_ca_rotated()->mutable_previous_ca_sha256()->back() ^= 1;
         entries[rotated] = events::Encode(event);
       }},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    std::vector<std::string> entries = Entries();
    row.damage(entries);
    const VerifyReport report = VerifyEntries(entries);
    ASSERT_FALSE(report.good());
    EXPECT_EQ(report.violations[0].sequence, row.at) << report.violations[0].detail;
  }
}

// The ledger of these tests, restored from a backup of all of it.
std::vector<std::string> Restored(const std::string& root) {
  const events::LedgerCreated created = EventAt(0).ledger_created();
  events::Event event;
  event.set_sequence(Entries().size());
  event.set_time_us(EventAt(Entries().size() - 1).time_us());
  events::LedgerRestored& fact = *event.mutable_ledger_restored();
  fact.set_epoch(std::string(10, 'e'));
  fact.set_origin("another");
  fact.set_checkpoint_public_key(std::string(32, 'k'));
  fact.set_previous_origin(created.origin());
  fact.set_size(Entries().size());
  fact.set_root(root);
  fact.set_known_size(Entries().size());
  fact.set_known_root(root);
  std::vector<std::string> entries = Entries();
  entries.push_back(events::Encode(event));
  return entries;
}

std::string FirstInvariant(const std::vector<std::string>& entries, std::uint64_t epoch_start) {
  latchkey::testing::MemoryLog log;
  EXPECT_EQ(log.Append(0, entries), log::AppendOutcome::kDurable);
  log.BeginEpoch(epoch_start);
  latchkey::testing::TempDir directory;
  const auto report = Verify(log, {.scratch = directory.path()});
  return report->good() ? "" : report->violations[0].invariant;
}

TEST(Verify, ARestoreNamesItsBackupAndBeginsTheEpoch) {
  const std::size_t size = Entries().size();
  const std::string root = VerifyEntries(Entries()).root;
  EXPECT_EQ(FirstInvariant(Restored(root), size), "");
  EXPECT_EQ(FirstInvariant(Restored(std::string(32, 'r')), size), "restore-names-its-backup");
  EXPECT_EQ(FirstInvariant(Restored(root), 0), "epoch-begins-here");
  EXPECT_EQ(FirstInvariant(Entries(), 5), "epoch-begins-here");
}

// A log whose bytes are not those that its tree was made of.
class Tampered final : public log::Log {
 public:
  Tampered(std::size_t sequence, std::string bytes) : at_(sequence), bytes_(std::move(bytes)) {
    EXPECT_EQ(log_.Append(0, Entries()), log::AppendOutcome::kDurable);
  }
  log::AppendOutcome Append(std::uint64_t, std::span<const std::string>) override {
    return log::AppendOutcome::kRefused;
  }
  log::Head head() const override { return log_.head(); }
  std::uint64_t size() const override { return log_.size(); }
  Result<std::string> Read(std::uint64_t sequence) const override { return log_.Read(sequence); }
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override {
    return log_.Scan(from, until, [&](std::uint64_t sequence, std::string_view entry) {
      return visit(sequence, sequence == at_ ? std::string_view(bytes_) : entry);
    });
  }
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override {
    return log_.Tile(level, index);
  }

 private:
  latchkey::testing::MemoryLog log_;
  const std::size_t at_;
  const std::string bytes_;
};

TEST(Verify, ABitThatChangedIsFoundByItsHash) {
  for (const std::size_t at : {std::size_t{100}, Entries().size() - 2}) {
    events::Event event = EventAt(at);
    event.mutable_salt()->front() ^= 1;  // changes nothing but the hash
    const Tampered log(at, events::Encode(event));
    latchkey::testing::TempDir directory;
    const auto report = Verify(log, {.scratch = directory.path()});
    ASSERT_TRUE(report);
    ASSERT_FALSE(report->good());
    EXPECT_EQ(report->violations[0].sequence, at < 256 ? at : 256);
  }
}

// A pass over a log whose first entries were verified before.
struct Resumed {
  Result<VerifyReport> Pass(const log::Log& log) const {
    return Verify(log, {.scratch = directory.path(), .resume = directory / "kept"});
  }
  latchkey::testing::TempDir directory;
};

TEST(Verify, GoesOnWhereItWas) {
  const VerifyReport whole = VerifyEntries(Entries());
  const std::span<const std::string> all(Entries());
  for (const std::size_t first : {std::size_t{1}, std::size_t{256}, all.size() - 1, all.size()}) {
    const Resumed resumed;
    latchkey::testing::MemoryLog log;
    ASSERT_EQ(log.Append(0, all.first(first)), log::AppendOutcome::kDurable);
    const auto begun = resumed.Pass(log);
    ASSERT_TRUE(begun && begun->good());
    EXPECT_EQ(begun->resumed_at, 0u);
    if (first < all.size()) {
      ASSERT_EQ(log.Append(first, all.subspan(first)), log::AppendOutcome::kDurable);
    }
    const auto ended = resumed.Pass(log);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->good()) << ended->violations[0].detail;
    EXPECT_EQ(ended->resumed_at, first);
    EXPECT_EQ(ended->root, whole.root);
    EXPECT_EQ(ended->key.name, whole.key.name);
  }
}

// What an earlier pass has read may be sealed under keys that are lost now.
TEST(Verify, LooksForLostKeysFromTheBeginning) {
  const Resumed resumed;
  latchkey::testing::MemoryLog log;
  ASSERT_EQ(log.Append(0, Entries()), log::AppendOutcome::kDurable);
  ASSERT_TRUE(resumed.Pass(log)->good());
  const rocks::Resources resources = rocks::Resources::Create();
  const auto empty =
      Subjects::Open(resumed.directory / "subjects", resources, Subjects::Access::kMake);
  ASSERT_TRUE(empty) << empty.error().detail;
  const auto report = Verify(log, {.scratch = resumed.directory.path(),
                                   .subjects = empty->get(),
                                   .resume = resumed.directory / "kept"});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->resumed_at, 0u);
  EXPECT_FALSE(report->lost_keys.empty());
}

TEST(Verify, BeginsAgainWithAnotherLog) {
  const Resumed resumed;
  latchkey::testing::MemoryLog log, other;
  ASSERT_EQ(log.Append(0, Entries()), log::AppendOutcome::kDurable);
  ASSERT_TRUE(resumed.Pass(log)->good());
  std::vector<std::string> entries = Entries();
  events::Event last = EventAt(entries.size() - 1);
  last.mutable_salt()->front() ^= 1;
  entries.back() = events::Encode(last);
  ASSERT_EQ(other.Append(0, entries), log::AppendOutcome::kDurable);
  const auto report = resumed.Pass(other);
  ASSERT_TRUE(report && report->good());
  EXPECT_EQ(report->resumed_at, 0u);
  // A shorter one, too.
  latchkey::testing::MemoryLog shorter;
  ASSERT_EQ(shorter.Append(0, std::span(Entries()).first(9)), log::AppendOutcome::kDurable);
  EXPECT_EQ(resumed.Pass(shorter)->resumed_at, 0u);
}

TEST(Verify, WhatIsNotGoodIsNotGoneOnFrom) {
  const Resumed resumed;
  events::Event event = EventAt(100);
  event.mutable_salt()->front() ^= 1;
  const Tampered log(100, events::Encode(event));
  for (int i = 0; i < 2; ++i) {
    const auto report = resumed.Pass(log);
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->good());
    EXPECT_EQ(report->resumed_at, 0u);
  }
}

TEST(VerifyCommand, WorksBesideAServerAndAfterIt) {
  Served served;
  served.AddGateway("hq");
  const Ran beside = Cli({"verify", "--data", served.data().string()});
  EXPECT_EQ(beside.exit, 0) << beside.err;
  EXPECT_NE(beside.out.find("6 events"), std::string::npos) << beside.out;
  served.AddGateway("branch");
  served.Stop();
  EXPECT_NE(Cli({"verify", "--data", served.data().string()}).out.find("8 events"),
            std::string::npos);
}

TEST(VerifyCommand, ADamagedLedgerIsFive) {
  Served served;
  served.AddGateway("hq");
  served.Stop();
  for (const auto& entry : fs::directory_iterator(served.data() / "ledger")) {
    const std::string extension = entry.path().extension().string();
    if ((extension != ".log" && extension != ".sst") || entry.file_size() < 64) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(entry.file_size() / 2));
    file.write("\xde\xad\xbe\xef", 4);
  }
  const Ran verified = Cli({"verify", "--data", served.data().string()});
  EXPECT_EQ(verified.exit, 5) << verified.out << verified.err;
  const Ran replayed = Cli({"replay", "--data", served.data().string()});
  EXPECT_EQ(replayed.exit, 5) << replayed.err;
}

TEST(VerifyCommand, NoLedgerIsFive) {
  latchkey::testing::TempDir directory;
  for (const char* command : {"verify", "replay"}) {
    EXPECT_EQ(Cli({command, "--data", directory.path().string()}).exit, 5) << command;
    EXPECT_TRUE(fs::is_empty(directory.path())) << "and none is made";
  }
}

// Each row: the state of the directory, and the message about it. Checks change nothing, however

// often; then a rebuild repairs it.

TEST(VerifyCommand, SaysWhyTheProjectionsAreNotChecked) {
  Served served;
  const Ran beside = served.Run({"verify"});
  EXPECT_EQ(beside.exit, 0);
  EXPECT_NE(beside.out.find("Not checked"), std::string::npos) << beside.out;
  EXPECT_NE(beside.out.find("a server has them open"), std::string::npos) << beside.out;
  EXPECT_EQ(served.Run({"whoami"}).exit, 0);
  served.Stop();
  const Ran alone = served.Run({"verify"});
  EXPECT_EQ(alone.exit, 0);
  EXPECT_EQ(alone.out.find("Not checked"), std::string::npos) << alone.out;
  fs::rename(served.data() / "subjects", served.Scratch("aside"));
  const Ran without = served.Run({"verify"});
  EXPECT_EQ(without.exit, 5);
  EXPECT_NE(without.out.find("The ledger is good"), std::string::npos) << without.out;
  EXPECT_NE(without.err.find("the store of sealing keys is missing"), std::string::npos)
      << without.err;
  EXPECT_FALSE(fs::exists(served.data() / "subjects"));
}

}  // namespace
}  // namespace latchkey::tools
