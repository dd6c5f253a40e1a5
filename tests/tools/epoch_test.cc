// The worked example in docs/epochs.md: every value on the page is what the code makes of the same
// ledger, clock and randomness.
#include "tools/ledger/epoch.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/base/base32.h"
#include "core/base/hex.h"
#include "core/base/limits.h"
#include "core/base/position.h"
#include "core/domain/apply.h"
#include "core/domain/invariants.h"
#include "core/domain/key_codec.h"
#include "core/domain/key_mint.h"
#include "core/domain/state.h"
#include "core/log/note.h"
#include "events/codec.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_log.h"
#include "tests/support/memory_state.h"

namespace latchkey::tools {
namespace {

using events::Event;
using latchkey::testing::FakeClock;
using latchkey::testing::MemoryLog;
using latchkey::testing::MemoryState;

constexpr std::uint64_t kGateway = 1;
constexpr std::uint64_t kRestoredAt = 4;  // sequence of LedgerRestored

// `n` times the next of these letters at each call.
class Letters final : public Random {
 public:
  explicit Letters(std::string letters) : letters_(std::move(letters)) {}
  std::string Bytes(std::size_t n) override { return std::string(n, letters_.at(next_++)); }

 private:
  std::string letters_;
  std::size_t next_ = 0;
};

const std::string kLedgerId(16, 'l');
const std::string kOldEpoch(10, 'e');
const std::string kNewEpoch(10, 'f');
const std::string kOldKey(32, 'o');
const std::string kNewKey(32, 'c');
const std::string kNonce(16, 'n');

domain::KeyMint MintOf(const std::string& epoch) {
  return {crypto::Secret(std::string(32, 'm')), kLedgerId, epoch};
}

// The event number `sequence` of the example before its fact is set.
Event NumberedEvent(std::uint64_t sequence) {
  Event event;
  event.set_sequence(sequence);
  event.set_time_us(ToMicros(FakeClock().Now()));
  event.set_salt(std::string(16, 's'));
  return event;
}

// A ledger with one gateway, whose key is active.
std::vector<Event> Backup() {
  std::vector<Event> all(4);
  all[0] = NumberedEvent(0);
  events::LedgerCreated& created = *all[0].mutable_ledger_created();
  created.set_format(events::kFormat);
  created.set_ledger_id(kLedgerId);
  created.set_epoch(kOldEpoch);
  created.set_origin(OriginOf(kLedgerId, kOldEpoch));
  created.set_ca_certificate("a CA");
  created.set_checkpoint_public_key(kOldKey);
  all[1] = NumberedEvent(1);
  all[1].set_account("acme");
  all[1].mutable_account_opened()->set_subject(std::string(16, 'a'));
  for (std::uint64_t sequence = 2; sequence < 4; ++sequence) {
    all[sequence] = NumberedEvent(sequence);
    all[sequence].set_account("acme");
    all[sequence].set_gateway(kGateway);
    all[sequence].set_gateway_event(sequence - 1);
  }
  all[2].mutable_gateway_added()->set_name("hq-berlin");
  events::IssuedKey& key = *all[3].mutable_key_issued()->mutable_key();
  key.set_generation(1);
  key.set_nonce(kNonce);
  key.set_master_key_id(MintOf(kOldEpoch).master_key_id());
  key.set_secret_sha256(std::string(32, 'h'));
  key.set_expires_us(all[3].time_us() + 1);
  return all;
}

// LedgerRestored, behind a backup of all of these; a checkpoint of six events was known.
Event Restored() {
  MemoryLog log;
  for (const Event& event : Backup()) {
    const std::string entry = events::Encode(event);
    EXPECT_EQ(log.Append(log.size(), {&entry, 1}), log::AppendOutcome::kDurable);
  }
  Letters random("sf");
  const auto event = BeginningOf(log, {6, std::string(32, 'k')}, kNewKey, FakeClock(), random);
  EXPECT_TRUE(event) << event.error().detail;
  return *event;
}

std::string Page() {
  std::ostringstream text;
  text
      << std::ifstream(std::filesystem::path(LATCHKEY_GOLDEN_DIR) / "../../docs/epochs.md").rdbuf();
  return text.str();
}

// The bytes that the lines of the page's example begin with, up to two spaces.
std::string BytesOnThePage() {
  const std::string page = Page();
  const std::string begin = "```hex\n";
  const auto from = page.find(begin);
  EXPECT_NE(from, std::string::npos);
  if (from == std::string::npos) return {};
  std::istringstream lines(page.substr(
      from + begin.size(), page.find("```", from + begin.size()) - from - begin.size()));
  std::string hex;
  for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find("  "));
  std::erase(hex, ' ');
  return hex;
}

void ExpectOnThePage(const std::string& what, const std::string& value) {
  EXPECT_NE(Page().find("`" + value + "`"), std::string::npos) << what << " is `" << value << "`";
}

TEST(EpochsPage, HasTheBytesOfTheEntry) {
  EXPECT_EQ(BytesOnThePage(), text::ToHex(events::Encode(Restored())));
}

TEST(EpochsPage, HasWhatBelongsToEachEpoch) {
  const Event restored = Restored();
  const std::string new_epoch = text::ToBase32(kNewEpoch, text::kBase32Lower);
  const std::string old_epoch = text::ToBase32(kOldEpoch, text::kBase32Lower);
  EXPECT_EQ(restored.ledger_restored().epoch(), kNewEpoch);
  ExpectOnThePage("the epoch before", old_epoch);
  ExpectOnThePage("the epoch", new_epoch);
  ExpectOnThePage("the origin before", OriginOf(kLedgerId, kOldEpoch));
  ExpectOnThePage("the origin", restored.ledger_restored().origin());
  ExpectOnThePage("the verifier key before",
                  log::VerifierKey({OriginOf(kLedgerId, kOldEpoch), kOldKey}));
  ExpectOnThePage("the verifier key",
                  log::VerifierKey({restored.ledger_restored().origin(), kNewKey}));
  ExpectOnThePage("the last position before", Format({old_epoch, kRestoredAt - 1}));
  ExpectOnThePage("the first position", Format({new_epoch, kRestoredAt}));
  for (const std::string& epoch : {kOldEpoch, kNewEpoch}) {
    const crypto::Secret secret = MintOf(epoch).Derive(kGateway, 1, kNonce);
    ExpectOnThePage("a secret", text::ToHex(secret.view()));
    ExpectOnThePage(
        "its key",
        std::string(
            domain::FormatKey({kGateway, 1, crypto::Secret(std::string(secret.view()))}).view()));
  }
}

TEST(EpochsPage, ShowsWhatVoidByPlaceMeans) {
  MemoryState state;
  const Event* last = nullptr;
  std::vector<Event> all = Backup();
  for (const Event& event : all) {
    state.Write(domain::Apply(state, event));
    last = &event;
  }
  EXPECT_EQ(domain::ReadGateway(state, kGateway)->key().state(), domain::KEY_ACTIVE);
  const std::string stored = state.rows().at(domain::GatewayKey(kGateway));
  const Event restored = Restored();
  EXPECT_TRUE(domain::FindViolations(state, last, restored).empty());
  state.Write(domain::Apply(state, restored));
  EXPECT_EQ(state.rows().at(domain::GatewayKey(kGateway)), stored) << "no row is rewritten";
  EXPECT_EQ(domain::ReadGateway(state, kGateway)->key().state(), domain::KEY_REVOKED);
  EXPECT_EQ(domain::ReadEpoch(state)->since(), kRestoredAt);
  const std::uint64_t next = domain::ReadCounters(state).gateways() + 1;
  EXPECT_EQ(next, kGateway + ledger_limits::kNumbersPerRestore + 1);
  ExpectOnThePage("the number of the next gateway", std::to_string(next));
}

}  // namespace
}  // namespace latchkey::tools
