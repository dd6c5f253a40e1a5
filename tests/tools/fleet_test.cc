// A fleet of gateways whose agents live through three lifetimes of their certificates in fast
// motion, while some are killed and started again and answers are lost: none is ever lost, and none
// renews with two key pairs. LATCHKEY_FLEET sets how many gateways.
#include <cstdlib>
#include <map>
#include <queue>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/fakes.h"
#include "tests/tools/relay.h"
#include "tests/tools/served.h"
#include "tools/installer/agent.h"

namespace latchkey::tools {
namespace {

using events::Event;
using std::chrono::hours;
using testing::Killed;
using testing::Served;

constexpr hours kFleetLifetime{6 * 24};
constexpr int kLifetimes = 3;
// Due after 4.0 to 4.2 days, and made at the next of the daily check-ins.
constexpr std::size_t kLeastRenewals = 3, kMostRenewals = 4;
constexpr std::uint64_t kFaultEvery = 12;
constexpr std::uint64_t kSteps = 7;  // of an agent that renews
constexpr std::size_t kFewGateways = 20;

struct FleetMember {
  std::string name;
  AgentOptions options;
  std::unique_ptr<Agent> agent;
  std::uint64_t steps_left = 0;  // until it is killed; 0: it is not
};

class FleetTest : public ::testing::Test {
 protected:
  void Add(std::size_t number) {
    members_.push_back(std::make_unique<FleetMember>());
    FleetMember& member = *members_.back();
    member.name = "gw-" + std::to_string(number);
    served_.AddRegistered(member.name);
    member.options = {.directory = served_.Scratch(member.name), .server = {.url = relay_.url()}};
    member.options.step = [&member](std::string_view) {
      if (member.steps_left != 0 && --member.steps_left == 0) throw Killed();
    };
    Start(&member);
  }

  void Start(FleetMember* member) {
    member->agent = std::make_unique<Agent>(member->options, clock_, random_, notes_);
  }

  // Returns the pause, or null when the agent has ended.
  std::optional<Micros> Try(FleetMember* member) {
    member->steps_left = random_.Below(kFaultEvery) == 0 ? 1 + random_.Below(kSteps) : 0;
    if (random_.Below(kFaultEvery) == 0) relay_.LoseNextAnswer();
    try {
      const auto pause = member->agent->Try();
      EXPECT_TRUE(pause) << member->name << ": " << pause.error().message;
      if (!pause) return std::nullopt;
      return *pause;
    } catch (const Killed&) {
      ++kills_;
      Start(member);
      return Micros(0);
    }
  }

  void Live() {
    using Due = std::pair<Time, std::size_t>;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
    for (std::size_t i = 0; i < members_.size(); ++i) due.emplace(clock_.Now(), i);
    const Time end = clock_.Now() + kLifetimes * kFleetLifetime;
    while (!due.empty() && due.top().first < end) {
      const auto [at, number] = due.top();
      due.pop();
      if (at > clock_.Now()) clock_.Advance(at - clock_.Now());
      if (const auto pause = Try(members_[number].get()))
        due.emplace(clock_.Now() + *pause, number);
    }
  }

  latchkey::testing::FakeClock clock_{SystemClock().Now()};
  latchkey::testing::SeededRandom random_;
  std::ostringstream notes_;
  Served served_{[this](ServiceOptions& options) {
    options.ledger.clock = &clock_;
    options.check_in = 24h;
    options.certificate_lifetime = kFleetLifetime;
  }};
  testing::Relay relay_{served_.service().gateways_url()};
  std::vector<std::unique_ptr<FleetMember>> members_;
  std::size_t kills_ = 0;
};

TEST_F(FleetTest, LivesThroughThreeLifetimes) {
  const char* given = std::getenv("LATCHKEY_FLEET");
  const std::size_t size = given != nullptr ? std::strtoul(given, nullptr, 10) : kFewGateways;
  ASSERT_GT(size, 0u);
  for (std::size_t i = 0; i < size; ++i) Add(i + 1);
  Live();

  std::map<std::uint64_t, std::size_t> issued, used;
  for (const Event& event : testing::AllEvents(served_.service())) {
    if (event.has_certificate_renewed()) ++used[event.gateway()];
    if (!event.has_renewal_issued()) continue;
    ++issued[event.gateway()];
    EXPECT_EQ(event.renewal_issued().superseded_certificate_sha256(), "")
        << "gateway " << event.gateway() << " renewed with two key pairs";
  }
  for (std::uint64_t number = 1; number <= size; ++number) {
    EXPECT_GE(used[number], kLeastRenewals) << number;
    EXPECT_LE(issued[number], kMostRenewals) << number;
    EXPECT_LE(issued[number] - used[number], 1u) << number << ": at most one is open at the end";
    EXPECT_EQ(served_.Status(members_[number - 1]->name), "green");
  }
  EXPECT_GT(kills_, 0u);
  EXPECT_GT(relay_.lost(), 0u);
}

}  // namespace
}  // namespace latchkey::tools
