// Sessions that outlive the process: what of them is left after a restart, and that none comes back
// that has ended.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "api/http/limits.h"
#include "core/base/limits.h"
#include "tests/api/kept_sessions.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using api::Operator;
using api::OperatorSessions;
using api::SessionId;
using Look = OperatorSessions::Look;

constexpr auto kIdle = api::limits::kSessionIdleTime;
constexpr auto kLife = api::limits::kSessionLife;
constexpr auto kStep = ledger_limits::kMaxClockStep;

TEST_F(KeptSessionsTest, AreAfterARestartAsTheyWere) {
  const SessionId of_token = Begin(Token(7));
  clock_.Advance(5min);
  const SessionId of_person = Begin(Person('p'));
  const auto before = sessions_->After("", 10, "");
  Restart();
  const auto after = sessions_->After("", 10, "");
  ASSERT_EQ(after.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const Operator& was = before[i].details.who;
    const Operator& is = after[i].details.who;
    EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_EQ(after[i].session, before[i].session);
    EXPECT_EQ(is.kind, was.kind);
    EXPECT_EQ(is.id, was.id);
    EXPECT_EQ(is.role, was.role);
    EXPECT_EQ(is.accounts, was.accounts);
    EXPECT_EQ(is.expires, was.expires);
    EXPECT_EQ(is.token, was.token);
    EXPECT_EQ(is.rotated_sha256, was.rotated_sha256);
    EXPECT_EQ(is.person, was.person);
    EXPECT_EQ(is.name, "") << "the ledger has it, sealed";
    EXPECT_EQ(after[i].details.signed_in, before[i].details.signed_in);
    EXPECT_EQ(after[i].details.ends, before[i].details.ends);
    EXPECT_EQ(after[i].from.address, "192.0.2.1");
    EXPECT_EQ(after[i].from.agent, "Browser/1");
  }
  EXPECT_EQ(sessions_->After("", 10, Token(7).id).size(), 1u);
  EXPECT_TRUE(Holds(of_token));
  EXPECT_TRUE(Holds(of_person));
  EXPECT_EQ(said_, "");
}

// What is lived before and after the restart, and what passes and is shown meanwhile.
struct LifeRow {
  const char* what;
  Micros before;        // used at its end
  Micros idle;          // then not used
  Micros down;          // passes while the process is down, on all clocks
  Micros stepped;       // of the wall clock, meanwhile
  bool lives;           // right after the restart
  Micros left = kIdle;  // then, without use
};

constexpr LifeRow kLives[] = {
    {"a moment", 0s, 0s, 1s, 0s, true, kIdle - 1s},
    {"it was idle before, and its idle time goes on", 10min, 20min, 5min, 0s, true, 5min},
    {"idle to the last moment", 0s, 20min, 10min - 1us, 0s, true, 1us},
    {"idle too long while the process was down", 0s, 0s, kIdle, 0s, false},
    {"idle too long, half of it before", 0s, 20min, 10min, 0s, false},
    {"its age goes on", kLife - 10min, 0s, 4min, 0s, true, 6min},
    {"too old while the process was down", kLife - 10min, 0s, 10min, 0s, false},
    {"a small step back counts as no time", 10min, 0s, 10s, -kStep, true, kIdle},
    {"a small step forward is time", 10min, 0s, 0s, kStep, true, kIdle - kStep},
    {"a step forward within the idle time is time", 0s, 0s, 0s, 29min, true, 1min},
    {"a long step forward ends it", 0s, 0s, 0s, kIdle, false},
    {"a step back behind the last write ends it", 10min, 0s, 0s, -kStep - 1us, false},
    {"also when it was idle since", 10min, 20min, 0s, -22min, false},
    {"and when it hides the time that passed", 10min, 0s, 20min, -21min - 1us, false},
};

TEST_F(KeptSessionsTest, LiveOnByTheWallClockAsTheTableSays) {
  for (const LifeRow& row : kLives) {
    SCOPED_TRACE(row.what);
    const SessionId id = Begin(Token(1));
    for (Micros lived{0}; lived < row.before; lived += 1min) {
      clock_.Advance(std::min<Micros>(1min, row.before - lived));
      ASSERT_TRUE(Holds(id, Look::kUse));
      sessions_->Tick();
    }
    for (Micros idle{0}; idle < row.idle; idle += 1min) {
      clock_.Advance(std::min<Micros>(1min, row.idle - idle));
      sessions_->Tick();
    }
    sessions_.reset();
    clock_.Advance(row.down);
    clock_.Step(row.stepped);
    Start();
    EXPECT_EQ(Holds(id), row.lives);
    if (row.lives) {
      clock_.Advance(row.left - 1us);
      EXPECT_TRUE(Holds(id));
      clock_.Advance(1us);
      EXPECT_FALSE(Holds(id));
    }
    EXPECT_TRUE(End(id));
  }
}

TEST_F(KeptSessionsTest, AreNotKeptAliveByRestartsAndAClockThatStandsStill) {
  const SessionId id = Begin(Token(1));
  // Each restart sets the clock back to what it was.
  Micros lived{0};
  while (Holds(id, Look::kUse)) {
    ASSERT_LE(lived, kLife);
    clock_.Advance(20min);
    lived += 20min;
    if (!Holds(id, Look::kUse)) break;
    Settle();
    sessions_.reset();
    clock_.Step(-59s);
    Start();
  }
  EXPECT_GE(lived, kLife);
}

TEST_F(KeptSessionsTest, AStepOfTheWallClockWhileTheyAreServedEndsNone) {
  const SessionId id = Begin(Token(1));
  for (const Micros step : {Micros(24h), Micros(-48h), Micros(24h)}) {
    clock_.Step(step);
    EXPECT_TRUE(Holds(id, Look::kUse));
  }
  clock_.Advance(kIdle);
  EXPECT_FALSE(Holds(id));
}

TEST_F(KeptSessionsTest, AreRecordedAsUsedOnceAMinute) {
  const SessionId id = Begin(Token(1));
  const auto last_used = [&] {
    Settle();
    Restart();
    return sessions_->After("", 1, "").at(0).details.last_used;
  };
  const Time begun = clock_.Now();
  clock_.Advance(59s);
  EXPECT_TRUE(Holds(id, Look::kUse));
  EXPECT_EQ(last_used(), begun);
  clock_.Advance(1s);
  EXPECT_TRUE(Holds(id, Look::kUse));
  EXPECT_EQ(last_used(), begun + 60s);
}

TEST_F(KeptSessionsTest, ThatHaveEndedDoNotComeBack) {
  const SessionId out = Begin(Token(1));
  const SessionId replaced = Begin(Token(2));
  const SessionId all[] = {Begin(Token(3)), Begin(Token(3))};
  const SessionId stays = Begin(Token(4));
  EXPECT_TRUE(End(out));
  Begin(Token(4), replaced);
  EXPECT_TRUE(AwaitTold([&](const auto& done) {
    sessions_->EndAllOf(
        Token(3).id, [](const Operator&) { return true; }, done);
  }));
  // Each was told once it was synced: not even a loss of power brings one back.
  const std::filesystem::path image = directory_ / "image";
  disk_.fs->CopyAsSynced(path(), image);
  for (const std::filesystem::path& left : {path(), image}) {
    sessions_.reset();
    sessions_ = Open(left);
    EXPECT_FALSE(Holds(out));
    EXPECT_FALSE(Holds(replaced));
    EXPECT_FALSE(Holds(all[0]));
    EXPECT_FALSE(Holds(all[1]));
    EXPECT_TRUE(Holds(stays));
    EXPECT_EQ(sessions_->size(), 2u);
  }
}

TEST_F(KeptSessionsTest, ThatMadeRoomDoNotComeBack) {
  const SessionId first = Begin(Token(1));
  SessionId last;
  for (std::size_t i = 0; i < api::limits::kMaxSessionsOfOne; ++i) {
    clock_.Advance(1ms);
    last = Begin(Token(1));
  }
  Restart();
  EXPECT_EQ(sessions_->size(), api::limits::kMaxSessionsOfOne);
  EXPECT_FALSE(Holds(first));
  EXPECT_TRUE(Holds(last));
  // The longest idle goes first, also after a restart.
  clock_.Advance(1us);
  const auto oldest = sessions_->After("", 1, "").at(0);
  Begin(Token(1));
  EXPECT_FALSE(Holds(oldest.session));
}

TEST_F(KeptSessionsTest, AreGoneWithWhatTheyBelongTo) {
  const SessionId id = Begin(Token(1));
  sessions_.reset();
  belongs_to_ = std::string(32, 'c');
  Start();
  EXPECT_FALSE(Holds(id));
  EXPECT_EQ(said_, "");
  sessions_.reset();
  belongs_to_ = std::string(32, 'b');
  Start();
  EXPECT_FALSE(Holds(id)) << "for good";
}

TEST_F(KeptSessionsTest, AreGoneWithTheirDirectory) {
  const SessionId id = Begin(Token(1));
  sessions_.reset();
  EXPECT_TRUE(api::SessionStore::Remove(path()));
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_TRUE(api::SessionStore::Remove(path()));
  Start();
  EXPECT_FALSE(Holds(id));
  EXPECT_EQ(said_, "");
}

TEST_F(KeptSessionsTest, HoldNothingThatNamesSomebodyOrActsAsOne) {
  const auto begun = sessions_->Begin(Token(1), {"192.0.2.1", "Browser/1", subject_}, "", {});
  Begin(Person('p'));
  sessions_.reset();
  for (const auto& file : std::filesystem::directory_iterator(path())) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (const std::string_view text : {begun.cookie.view(), std::string_view("192.0.2.1"),
                                        std::string_view("Browser/1"), std::string_view("Ada")}) {
      EXPECT_EQ(bytes.find(text), std::string::npos) << text << " in " << file.path().filename();
    }
  }
}

TEST_F(KeptSessionsTest, FromAnywhereAreKeptWhereNoKeySealsIt) {
  subject_.clear();
  const SessionId id = Begin(Token(1));
  EXPECT_EQ(sessions_->After("", 1, "").at(0).from.agent, "Browser/1");
  subject_ = std::string(16, 'x');  // erased, or never there
  Begin(Token(2));
  Restart();
  EXPECT_TRUE(Holds(id));
  for (const auto& session : sessions_->After("", 2, "")) EXPECT_EQ(session.from.agent, "");
  EXPECT_FALSE(*subjects_->Has(subject_)) << "and no key is made";
}

TEST_F(KeptSessionsTest, OfStrangersCostNoWrite) {
  Begin(Token(1));
  const std::uint64_t before = disk_.fs->CallsIn(DiskCall::kWrite, "/sessions/");
  for (const char* id : {"", "unknown", "another"}) {
    EXPECT_FALSE(Holds(id, Look::kUse));
    EXPECT_TRUE(End(id));
  }
  EXPECT_EQ(disk_.fs->CallsIn(DiskCall::kWrite, "/sessions/"), before);
}

// For ThreadSanitizer.
TEST_F(KeptSessionsTest, AreUsedByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    threads.emplace_back([&, number] {
      SessionId last;
      for (int i = 0; i < 50; ++i) {
        const auto begun = sessions_->Begin(Token(number), {"::1", "x", subject_}, last, {});
        last = begun.id;
        (void)sessions_->Find(last, Look::kUse);
        (void)sessions_->After("", 10, i % 2 == 0 ? "" : Token(number).id);
        sessions_->Tick();
        if (i % 10 == 0) sessions_->End(last, {});
        clock_.Advance(1s);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Settle();
  const std::size_t size = sessions_->size();
  EXPECT_EQ(size, 4u);
  Restart();
  EXPECT_EQ(sessions_->size(), size);
}

}  // namespace
}  // namespace latchkey::testing
