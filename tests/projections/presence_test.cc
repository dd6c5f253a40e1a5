// When gateways were last seen, and which have been silent for too long.
#include <fstream>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "projections/presence.h"
#include "tests/support/fakes.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using projections::Presence;
using projections::Seen;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Micros kGrace = 150s;

class PresenceTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }

  void Start() {
    presence_.reset();
    presence_ = Presence::Open(dir_ / "presence", resources_, kGrace, clock_.Now()).value();
  }

  // A check-in; the gateway is connected from then on.
  void CheckIn(std::uint64_t gateway) {
    connected_.insert(gateway);
    presence_->Record(gateway, {clock_.Now(), {}, ""});
  }

  // The gateways that a sweep now finds silent and disconnects.
  std::vector<std::uint64_t> Sweep(std::size_t limit = 1'000) {
    std::vector<std::uint64_t> silent;
    presence_->Sweep(clock_.Now(), limit, [&](std::uint64_t gateway, Time last_seen) {
      if (!connected_.contains(gateway)) return false;
      silent.push_back(gateway);
      last_seen_[gateway] = last_seen;
      if (writable_) connected_.erase(gateway);
      return true;
    });
    return silent;
  }
  std::vector<std::uint64_t> SweepAfter(Micros time) {
    clock_.Advance(time);
    return Sweep();
  }

  TempDir dir_;
  FakeClock clock_;
  rocks::Resources resources_ = rocks::Resources::Create(8u << 20, 8u << 20);
  std::unique_ptr<Presence> presence_;
  std::set<std::uint64_t> connected_;
  std::map<std::uint64_t, Time> last_seen_;
  bool writable_ = true;  // what is found silent is disconnected
};

TEST_F(PresenceTest, TellsWhatWasRecordedLast) {
  EXPECT_EQ(presence_->Get(1), std::nullopt);
  events::Sealed address;
  address.set_box("sealed");
  presence_->Record(1, {clock_.Now(), std::nullopt, "1.0"});
  presence_->Record(2, {clock_.Now(), std::nullopt, ""});
  clock_.Advance(60s);
  presence_->Record(1, {clock_.Now(), address, "1.1"});
  for (int round = 0; round < 2; ++round) {
    const auto seen = presence_->Get(1);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->at, clock_.Now());
    EXPECT_EQ(seen->version, "1.1");
    ASSERT_TRUE(seen->address);
    EXPECT_EQ(seen->address->box(), "sealed");
    EXPECT_EQ(presence_->Get(2)->address, std::nullopt);
    Start();
  }
}

TEST_F(PresenceTest, KnowsWhichMessagesAGatewayWasGiven) {
  const std::string certificate(32, 'c');
  EXPECT_THAT(presence_->Deliveries(1), IsEmpty());
  presence_->RecordDeliveries(
      1, {{7, clock_.Now(), certificate}, {9, clock_.Now() + 1s, certificate}});
  CheckIn(1);
  for (int i = 0; i < 2; ++i) {  // also after a restart
    const auto given = presence_->Deliveries(1);
    ASSERT_EQ(given.size(), 2u);
    EXPECT_EQ(given[0].message, 7u);
    EXPECT_EQ(given[1].message, 9u);
    EXPECT_EQ(given[1].at - given[0].at, 1s);
    EXPECT_EQ(given[1].certificate_sha256, certificate);
    EXPECT_THAT(presence_->Deliveries(2), IsEmpty());
    Start();
  }
  presence_->RecordDeliveries(1, {});
  EXPECT_THAT(presence_->Deliveries(1), IsEmpty());
}

TEST_F(PresenceTest, ReportsOnlyGatewaysSilentForAGrace) {
  CheckIn(1);
  CheckIn(2);
  EXPECT_THAT(SweepAfter(100s), IsEmpty());
  CheckIn(2);
  const Time two_seen = clock_.Now();
  EXPECT_THAT(SweepAfter(50s - 1us), IsEmpty());
  EXPECT_THAT(SweepAfter(1us), ElementsAre(1));
  EXPECT_THAT(SweepAfter(99s), IsEmpty());
  EXPECT_THAT(SweepAfter(1s), ElementsAre(2));
  EXPECT_EQ(last_seen_[2], two_seen);
  EXPECT_THAT(SweepAfter(1h), IsEmpty());
  CheckIn(1);
  EXPECT_THAT(SweepAfter(149s), IsEmpty());
  EXPECT_THAT(SweepAfter(1s), ElementsAre(1));
}

TEST_F(PresenceTest, AsksAgainAboutGatewaysThatStayConnected) {
  CheckIn(1);
  writable_ = false;
  EXPECT_THAT(SweepAfter(150s), ElementsAre(1));
  EXPECT_THAT(SweepAfter(1s), IsEmpty());
  EXPECT_THAT(SweepAfter(10s), ElementsAre(1));
  writable_ = true;
  EXPECT_THAT(SweepAfter(10s), ElementsAre(1));
  EXPECT_THAT(SweepAfter(10s), IsEmpty());
  EXPECT_THAT(SweepAfter(1h), IsEmpty());
}

TEST_F(PresenceTest, KeepsToItsLimit) {
  for (std::uint64_t gateway = 1; gateway <= 10; ++gateway) {
    CheckIn(gateway);
    clock_.Advance(1s);
  }
  clock_.Advance(1h);
  EXPECT_THAT(Sweep(4), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Sweep(4), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(Sweep(4), ElementsAre(9, 10));
  EXPECT_THAT(Sweep(4), IsEmpty());
}

TEST_F(PresenceTest, GivesEveryoneAFullGraceAfterAStart) {
  CheckIn(1);
  CheckIn(2);
  clock_.Advance(1h);
  Start();
  EXPECT_THAT(Sweep(), IsEmpty());
  EXPECT_THAT(SweepAfter(149s), IsEmpty());
  CheckIn(2);
  EXPECT_THAT(SweepAfter(1s), ElementsAre(1));
  EXPECT_THAT(SweepAfter(149s), ElementsAre(2));
}

TEST_F(PresenceTest, WatchesConnectedGatewaysAlsoAfterItsFilesWereLost) {
  CheckIn(1);
  CheckIn(2);
  presence_.reset();
  std::filesystem::remove_all(dir_ / "presence");
  clock_.Advance(5s);
  const Time started = clock_.Now();
  Start();
  for (const std::uint64_t gateway : connected_) presence_->Watch(gateway);
  EXPECT_EQ(presence_->Get(1), std::nullopt);
  CheckIn(2);
  EXPECT_THAT(SweepAfter(149s), IsEmpty());
  CheckIn(2);
  EXPECT_THAT(SweepAfter(1s), ElementsAre(1));
  EXPECT_EQ(last_seen_[1], started);
}

TEST_F(PresenceTest, ForgetsWhatIsDamaged) {
  CheckIn(1);
  presence_.reset();
  std::ofstream(dir_ / "presence" / "CURRENT") << "MANIFEST-999999\n";
  Start();
  EXPECT_EQ(presence_->Get(1), std::nullopt);
  CheckIn(1);
  EXPECT_TRUE(presence_->Get(1));
}

TEST_F(PresenceTest, IsInUseOnce) {
  const auto second = Presence::Open(dir_ / "presence", resources_, kGrace, clock_.Now());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
}

// The clock was a year ahead for a while: who checked in meanwhile, and whom a sweep could not
// disconnect, are watched as before once it is back.
TEST_F(PresenceTest, IsNotHeldUpByAClockThatWasAhead) {
  clock_.Advance(kGrace);
  CheckIn(1);
  CheckIn(2);
  CheckIn(3);
  clock_.Advance(kGrace - 10s);
  CheckIn(3);
  constexpr auto kAhead = std::chrono::hours(24 * 365);
  clock_.Step(kAhead);
  writable_ = false;
  CheckIn(2);
  EXPECT_THAT(Sweep(), ElementsAre(1, 3));
  writable_ = true;
  clock_.Step(-kAhead);
  EXPECT_THAT(Sweep(), IsEmpty());
  EXPECT_THAT(SweepAfter(10s), ElementsAre(1));
  EXPECT_THAT(SweepAfter(kGrace - 10s - 1us), IsEmpty());
  EXPECT_THAT(SweepAfter(1us), ::testing::UnorderedElementsAre(2, 3));
}

TEST_F(PresenceTest, GoesOnOnceItsDiskIsWell) {
  presence_.reset();
  testing::FaultyResources faulty;
  presence_ = Presence::Open(dir_ / "faulty", faulty.resources, kGrace, clock_.Now()).value();
  CheckIn(1);
  EXPECT_FALSE(presence_->failed());
  faulty.fs->FailAppend("");  // all files
  CheckIn(2);
  EXPECT_TRUE(presence_->failed());
  EXPECT_THAT(SweepAfter(1h), IsEmpty()) << "its check-ins may have been lost";
  EXPECT_FALSE(presence_->Reopen(clock_.Now()));
  EXPECT_TRUE(presence_->failed());
  CheckIn(2);  // while nothing is open
  EXPECT_EQ(presence_->Get(2), std::nullopt);
  EXPECT_THAT(Sweep(), IsEmpty());
  faulty.fs->Heal();
  ASSERT_TRUE(presence_->Reopen(clock_.Now()));
  EXPECT_FALSE(presence_->failed());
  for (const std::uint64_t gateway : connected_) presence_->Watch(gateway);
  EXPECT_TRUE(presence_->Get(1));
  EXPECT_THAT(SweepAfter(kGrace - 1us), IsEmpty()) << "everyone has a full grace";
  EXPECT_THAT(SweepAfter(1us), ElementsAre(1, 2));
  presence_.reset();  // before the disk it is on
}

// Random check-ins and sweeps against the rule itself: nobody is reported early, and everybody
// within a second of time.
TEST_F(PresenceTest, FollowsTheRule) {
  SeededRandom random;
  std::map<std::uint64_t, Time> heard;
  Time started = clock_.Now();
  for (int i = 0; i < 3'000; ++i) {
    const std::uint64_t gateway = 1 + random.Below(30);
    if (random.Below(4) == 0) {
      CheckIn(gateway);
      heard[gateway] = clock_.Now();
    }
    if (random.Below(500) == 0) {
      Start();
      started = clock_.Now();
    }
    clock_.Advance(Micros(random.Below(8'000'000)));
    const std::set<std::uint64_t> before = connected_;
    const auto found = Sweep();
    const std::set<std::uint64_t> silent(found.begin(), found.end());
    for (const std::uint64_t one : before) {
      const bool passed = std::max(heard[one], started) + kGrace <= clock_.Now();
      ASSERT_EQ(silent.contains(one), passed) << "gateway " << one << " at step " << i;
    }
  }
}

TEST_F(PresenceTest, RemembersToTheMinuteWhenATokenWasUsed) {
  EXPECT_EQ(presence_->LastUse(7), std::nullopt);
  const Time first = clock_.Now();
  presence_->RecordUse(7, first);
  EXPECT_EQ(presence_->LastUse(7), first);
  EXPECT_EQ(presence_->LastUse(8), std::nullopt);
  presence_->RecordUse(7, first + 59s);
  presence_->RecordUse(7, first - 59s);  // another thread's, or a clock that was set right
  EXPECT_EQ(presence_->LastUse(7), first);
  presence_->RecordUse(7, first + 60s);
  EXPECT_EQ(presence_->LastUse(7), first + 60s);
  presence_->RecordUse(7, first - 1h);
  EXPECT_EQ(presence_->LastUse(7), first - 1h) << "a clock that was set back is believed";
  Start();
  EXPECT_EQ(presence_->LastUse(7), first - 1h) << "not only in memory";
}

// Gateways and tokens have numbers of their own.
TEST_F(PresenceTest, DoesNotTakeATokenForAGateway) {
  presence_->RecordUse(7, clock_.Now());
  EXPECT_FALSE(presence_->Get(7));
  EXPECT_THAT(SweepAfter(2 * kGrace), IsEmpty());
  CheckIn(8);
  EXPECT_EQ(presence_->LastUse(8), std::nullopt);
}

// More tokens than are remembered in memory: what is forgotten there is written again.
TEST_F(PresenceTest, IsBoundedInMemory) {
  const Time first = clock_.Now();
  for (std::uint64_t token = 1; token <= 100'000; ++token) presence_->RecordUse(token, first);
  presence_->RecordUse(64, first + 30s);
  EXPECT_GE(presence_->LastUse(64), first);
  EXPECT_EQ(presence_->LastUse(99'999), first);
}

}  // namespace
}  // namespace latchkey::testing
