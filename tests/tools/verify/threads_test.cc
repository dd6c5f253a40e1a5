// The threads of `verify`: hashes and signatures are verified beside the pass that reads the log,
// which may grow meanwhile.
#include <algorithm>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/crypto/certificates.h"
#include "core/crypto/hash.h"
#include "core/crypto/pem.h"
#include "core/log/rocks_log.h"
#include "events/codec.h"
#include "tests/core/domain/ledger_fixture.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"
#include "tools/verify/findings.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {
namespace {

using latchkey::testing::MemoryLog;
using latchkey::testing::TempDir;
using latchkey::testing::TestLedger;

constexpr std::uint64_t kGateways = 700;
constexpr std::uint64_t kRegisteredGateways = 150;  // some batches of signatures

std::string DerOf(const std::string& pem) { return crypto::ReadPem(pem)->at(0).der; }

std::string EncodedWithCa(events::Event created, const std::string& ca_pem) {
  created.mutable_ledger_created()->set_ca_certificate(DerOf(ca_pem));
  return events::Encode(created);
}

// A ledger of several tiles, with certificates of its CA, made once; and the same of another CA.
struct Filled {
  Filled() {
    TestLedger ledger(7);
    const Time now = ledger.clock().Now();
    const auto material = crypto::CertificateAuthority::Create("one", now, ledger.random());
    const auto ca = crypto::CertificateAuthority::Load(material);
    (void)ledger.Open("acme");
    for (std::uint64_t i = 1; i <= kGateways; ++i) {
      (void)ledger.Add({"acme", "gw-" + std::to_string(i), 0, ledger_limits::kDefaultKeyLifetime});
    }
    for (std::uint64_t gateway = 1; gateway <= kRegisteredGateways; ++gateway) {
      domain::RedeemKey redemption = ledger.Redemption(gateway, 1, "machine");
      const auto issued =
          (*ca)->SignServer({"localhost"}, now, std::chrono::hours(1), ledger.random());
      redemption.offer->der = DerOf(issued.certificate_pem);
      redemption.offer->sha256 = crypto::Sha256(redemption.offer->der);
      const std::string certificate = redemption.offer->sha256;
      EXPECT_EQ(ledger.Redeem(std::move(redemption)).Word(), "created");
      EXPECT_EQ(ledger.CheckIn(certificate).Word(), "ok");
    }
    for (const events::Event& event : ledger.events()) entries.push_back(events::Encode(event));
    of_another_ca = entries;
    entries[0] = EncodedWithCa(ledger.events()[0], material.certificate_pem);
    const auto other = crypto::CertificateAuthority::Create("two", now, ledger.random());
    of_another_ca[0] = EncodedWithCa(ledger.events()[0], other.certificate_pem);
  }

  std::vector<std::string> entries;
  std::vector<std::string> of_another_ca;
};

const Filled& Entries() {
  static const Filled filled;
  return filled;
}

// Appends all entries, a few at a time.
void AppendSlowly(MemoryLog& log, std::span<const std::string> entries) {
  constexpr std::size_t kAtOnce = 7;
  for (std::size_t from = 0; from < entries.size(); from += kAtOnce) {
    const auto part = entries.subspan(from, std::min(kAtOnce, entries.size() - from));
    EXPECT_EQ(log.Append(from, part), log::AppendOutcome::kDurable);
  }
}

TEST(VerifyThreads, ReadALogOnDisk) {
  const TempDir directory;
  const auto log =
      log::RocksLog::Open(directory / "ledger", rocks::Resources::Create(), {.build = true});
  ASSERT_TRUE(log);
  ASSERT_EQ((*log)->Append(0, Entries().entries), log::AppendOutcome::kDurable);
  // The state is written to disk several times.
  const auto report = Verify(**log, {.scratch = directory.path(), .max_bytes = 50'000});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->good());
  EXPECT_EQ(report->root, (*log)->head().root);
  EXPECT_EQ(report->effort.signatures, kRegisteredGateways);
}

TEST(VerifyThreads, FollowALogThatGrows) {
  MemoryLog log;
  const std::size_t size = Entries().entries.size();
  std::thread writer([&] { AppendSlowly(log, Entries().entries); });
  const TempDir scratch;
  Verifier verifier({.scratch = scratch.path()});
  while (log.size() < size) EXPECT_TRUE(verifier.Extend(log, nullptr));
  writer.join();
  EXPECT_TRUE(verifier.Extend(log, nullptr));
  const VerifyReport report = verifier.Finish();
  EXPECT_TRUE(report.good());
  EXPECT_EQ(report.size, size);
  EXPECT_EQ(report.root, log.head().root);
}

TEST(VerifyThreads, FindTheSameWhateverTheirTurns) {
  for (const bool forged : {false, true}) {
    MemoryLog log;
    EXPECT_EQ(log.Append(0, forged ? Entries().of_another_ca : Entries().entries),
              log::AppendOutcome::kDurable);
    const TempDir scratch;
    std::vector<VerifyReport> reports(2);
    std::vector<std::thread> passes;
    for (VerifyReport& report : reports) {
      passes.emplace_back([&] { report = *Verify(log, {.scratch = scratch.path()}); });
    }
    for (std::thread& pass : passes) pass.join();
    for (const VerifyReport& report : reports) {
      ASSERT_EQ(report.violations.size(), forged ? kMaxViolations : 0);
      for (const domain::Violation& violation : report.violations) {
        EXPECT_EQ(violation.invariant, "certificate-is-of-the-ca");
      }
      EXPECT_TRUE(
          std::is_sorted(report.violations.begin(), report.violations.end(),
                         [](const auto& a, const auto& b) { return a.sequence < b.sequence; }));
    }
  }
}

// The pass ends while much is waiting to be hashed and verified.
TEST(VerifyThreads, EndWithAPassThatCannotGoOn) {
  std::vector<std::string> entries = Entries().entries;
  entries[entries.size() - 2] = "no event";
  MemoryLog log;
  EXPECT_EQ(log.Append(0, entries), log::AppendOutcome::kDurable);
  const TempDir scratch;
  const auto report = Verify(log, {.scratch = scratch.path()});
  ASSERT_TRUE(report);
  ASSERT_FALSE(report->violations.empty());
  EXPECT_EQ(report->violations[0].invariant, "entry-decodes");
  EXPECT_EQ(report->violations[0].sequence, entries.size() - 2);
}

}  // namespace
}  // namespace latchkey::tools
