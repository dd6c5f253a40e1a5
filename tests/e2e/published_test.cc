// The server is killed at each step between an append and the publication of a checkpoint that
// covers it, and at random moments. A checkpoint is published when anyone can fetch it, when it
// lies in the data directory or in the second file, or when a witness has cosigned it. No two of
// them ever disagree, none is taken back, and the ledger extends them all.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/bound_port.h"
#include "core/log/checkpointer.h"
#include "core/log/cosignature.h"
#include "core/log/proof.h"
#include "core/log/rocks_log.h"
#include "events/codec.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/support/fakes.h"
#include "tests/support/step_fs.h"
#include "tests/tools/witnessed.h"
#include "tools/ledger/evidence.h"
#include "tools/witness/witness_server.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// In the order in which the server takes them.
constexpr const char* kStepsOfAppend[] = {"write */ledger/*.log", "sync */ledger/*.log",
                                          "write */data/head"};
constexpr const char* kStepsOfCheckpoint[] = {
    "sync */data/head",         "create */data/.checkpoint.new", "write */data/.checkpoint.new",
    "sync */data/*.new",        "rename */data/checkpoint",      "sync-directory */data",
    "create */other/.copy.new", "write */other/.copy.new",       "sync */other/.copy.new",
    "rename */other/copy",      "sync-directory */other"};
constexpr const char* kStepsOfWitness[] = {"create *", "write *", "sync *", "rename *",
                                           "sync-directory *"};
constexpr unsigned kRandomMoments = 6;             // for one kill at each step
constexpr std::uint64_t kMaxMillisServed = 1'200;  // until a random moment
constexpr std::uint64_t kMaxAppends = 20;          // until one that is killed
constexpr std::uint64_t kFetchesWhileHeld = 3;
constexpr std::uint64_t kFetchesForAdd = 7;  // of the writer: a long ledger starts slowly
constexpr unsigned kLivesOfLedger = 100;     // then another one

// How a life of the server ends.
enum class KillHow {
  kMoment,   // at a random moment
  kBefore,   // before a step, by itself
  kHeld,     // held at a step, while all else goes on and strangers fetch
  kWitness,  // the same with a step of the witness
};
struct LifePlan {
  KillHow how;
  std::string step{};
  std::uint64_t nth = 0;
  std::chrono::milliseconds moment{};
};

std::string Words(const LifePlan& plan) {
  constexpr const char* kHow[] = {"at a moment", "before", "held at", "held by the witness at"};
  return std::string(kHow[static_cast<int>(plan.how)]) + " " + plan.step + " nth " +
         std::to_string(plan.nth) + " " + std::to_string(plan.moment.count()) + " ms";
}

// Sends one request after another over one connection, until the server is gone.
class Persistent {
 public:
  using Answered = std::function<void(const tools::LoadAnswer& answer)>;

  Persistent(tools::LoadOptions options, std::function<std::string()> compose, Answered answered)
      : thread_([this, options = std::move(options), compose = std::move(compose),
                 answered = std::move(answered)] {
          while (auto client = Connect(options)) {
            std::string request;
            client->Run([&](unsigned) { return std::string_view(request = compose()); },
                        [&](unsigned, const tools::LoadAnswer& answer) {
                          if (answer.status == 0) return;  // the server is gone
                          answered(answer);
                          ++answers_;
                        },
                        std::chrono::minutes(10));
          }
        }) {}
  ~Persistent() { Join(); }

  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  // Waits for further answers.
  void WaitFor(std::uint64_t more) const {
    const auto patience = std::chrono::steady_clock::now() + kPatience;
    for (const std::uint64_t until = answers_ + more; answers_ < until;) {
      ASSERT_LT(std::chrono::steady_clock::now(), patience) << "nothing is answered any more";
      std::this_thread::yield();
    }
  }

 private:
  static std::unique_ptr<tools::LoadClient> Connect(const tools::LoadOptions& options) {
    auto client = tools::LoadClient::Connect(options);
    return client ? *std::move(client) : nullptr;
  }

  std::atomic<std::uint64_t> answers_{0};
  std::thread thread_;
};

// A witness in this process, which can be held at a step by which it keeps a checkpoint.
class HeldWitness {
 public:
  explicit HeldWitness(const log::NoteKey& log)
      : log_(log),
        files_(std::make_shared<StepFs>(rocksdb::FileSystem::Default(),
                                        [this](const std::string& step) { Take(step); })),
        env_(rocksdb::NewCompositeEnv(files_)),
        witnessed_({log}, env_.get()) {
    auto port = api::BoundPort::Bind("127.0.0.1:0");
    auto server = port ? tools::WitnessServer::Listen(witnessed_.witness(), *std::move(port), {})
                       : Result<std::unique_ptr<tools::WitnessServer>>(port.error());
    EXPECT_TRUE(server);
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  ~HeldWitness() { (void)End(); }

  // Ends it, and returns what it has told: of a log that has signed two histories.
  std::vector<std::string> End() {
    Release();
    server_->Stop();
    if (thread_.joinable()) thread_.join();
    return witnessed_.told();
  }

  void HoldAt(const std::string& step, std::uint64_t nth) {
    const std::lock_guard lock(mutex_);
    awaited_.emplace(step, nth);
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    awaited_.reset();
    held_ = false;
    released_.notify_all();
  }
  bool held() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }

  log::NoteKey key() { return witnessed_.witness().key(); }
  std::string Address() { return log::CosignerKeyText(key()) + "@http://" + server_->address(); }
  std::string Latest() { return witnessed_.Latest(log_); }

 private:
  void Take(const std::string& step) {
    std::unique_lock lock(mutex_);
    if (!awaited_ || !awaited_->Meets(step)) return;
    held_ = true;
    released_.wait(lock, [this] { return !held_; });
  }

  const log::NoteKey log_;
  mutable std::mutex mutex_;  // guards the following
  std::condition_variable released_;
  std::optional<AwaitedStep> awaited_;
  bool held_ = false;
  const std::shared_ptr<StepFs> files_;
  const std::unique_ptr<rocksdb::Env> env_;
  tools::testing::Witnessed witnessed_;
  std::unique_ptr<tools::WitnessServer> server_;
  std::thread thread_;
};

class PublishedTest : public E2eTest {
 protected:
  using Notes = std::vector<std::string>;

  void SetUp() override {
    fs::create_directory(directory() / "other");
    MakeLedger();
  }

  fs::path Copy() const { return directory() / "other" / "copy"; }
  std::vector<std::string> Guards() {
    return {"--checkpoint-file", Copy(), "--witness", witness_->Address()};
  }

  void MakeLedger();
  void EndLedger();
  std::vector<LifePlan> MakePlans();
  void Live(const LifePlan& plan);
  void Fetched(const tools::LoadAnswer& answer, Notes* notes);
  void EndLife(const LifePlan& plan, tools::ServedLedger& server, const Persistent& stranger);
  // Waits, with the server that must not end before.
  template <typename Condition>
  void WaitUntil(tools::ServedLedger& server, const Condition& condition);
  void See(const std::string& note, const std::string& by, std::uint64_t at_least);
  void SeeAll();
  void ExpectExtended();
  void ExpectAnsweredIn(const log::Log& log);

  struct AnsweredAdd {
    std::uint64_t position;
    std::string name;
  };

  SeededRandom random_;
  const rocks::Resources resources_ = rocks::Resources::Create(16u << 20, 8u << 20);
  log::NoteKey key_;  // of the ledger's checkpoints
  std::unique_ptr<HeldWitness> witness_;
  Notes fetched_by_stranger_, fetched_by_writer_;  // in this life, in order
  std::vector<AnsweredAdd> answered_;              // in this life
  log::Head left_;                                 // what the lives before have left; none at first
  struct SeenCheckpoint {
    std::string root;
    std::string by;
  };
  std::map<std::uint64_t, SeenCheckpoint> seen_;  // by size, of all lives
  std::map<std::string, std::uint64_t> sizes_;    // by place: the last one that was there
  std::uint64_t adds_ = 0;
  std::uint64_t kills_ = 0, starts_killed_ = 0;
  std::atomic<std::uint64_t> fetches_{0};
};

void PublishedTest::MakeLedger() {
  fs::remove_all(data());
  fs::remove(Copy());
  StartServer();
  ASSERT_TRUE(served());
  OpenAccount("acme");
  const auto key = log::ParseVerifierKey(std::string(Get("/v1/ledger").at("vkey").as_string()));
  ASSERT_TRUE(key);
  key_ = *key;
  StopServer();
  seen_.clear();
  sizes_.clear();
  left_ = log::Head();
  answered_.clear();
  witness_ = std::make_unique<HeldWitness>(key_);
}

// With a last life that ends well.
void PublishedTest::EndLedger() {
  StartServer(Guards());
  StopServer();
  fetched_by_stranger_.clear();
  fetched_by_writer_.clear();
  SeeAll();
  ExpectExtended();
  EXPECT_EQ(witness_->End(), Notes());
}

// Each step once, and some moments, in any order.
std::vector<LifePlan> PublishedTest::MakePlans() {
  std::vector<LifePlan> plans;
  const auto held = [&] { return random_.Below(2) == 0 ? KillHow::kHeld : KillHow::kBefore; };
  for (const char* step : kStepsOfAppend)
    plans.push_back({held(), step, random_.Below(kMaxAppends)});
  for (const char* step : kStepsOfCheckpoint) {
    const KillHow how = held();
    // A start writes a checkpoint too, before it serves.
    plans.push_back({how, step, how == KillHow::kHeld ? 0 : random_.Below(2)});
  }
  for (const char* step : kStepsOfWitness) {
    plans.push_back({KillHow::kWitness, step, random_.Below(2)});
  }
  for (unsigned i = 0; i < kRandomMoments; ++i) {
    plans.push_back(
        {KillHow::kMoment, "", 0, std::chrono::milliseconds(random_.Below(kMaxMillisServed + 1))});
  }
  for (std::size_t i = plans.size(); i > 1; --i) {
    std::swap(plans[i - 1], plans[random_.Below(i)]);
  }
  return plans;
}

template <typename Condition>
void PublishedTest::WaitUntil(tools::ServedLedger& server, const Condition& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    ASSERT_FALSE(server.process().Wait(2ms)) << "it has ended by itself";
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "it never comes to this step";
  }
}

void PublishedTest::EndLife(const LifePlan& plan, tools::ServedLedger& server,
                            const Persistent& stranger) {
  const fs::path marker = directory() / "held";
  switch (plan.how) {
    case KillHow::kMoment:
      EXPECT_FALSE(server.process().Wait(plan.moment)) << "it has ended by itself";
      break;
    case KillHow::kBefore:
      EXPECT_EQ(server.process().Wait(kPatience), 128 + SIGKILL) << "it never comes to this step";
      break;
    case KillHow::kHeld:
      WaitUntil(server, [&] { return fs::exists(marker); });
      stranger.WaitFor(kFetchesWhileHeld);
      break;
    case KillHow::kWitness:
      WaitUntil(server, [&] { return witness_->held(); });
      stranger.WaitFor(kFetchesWhileHeld);
      break;
  }
  server.process().Kill();
  fs::remove(marker);
  witness_->Release();  // it keeps what nobody waits for any more
}

void PublishedTest::Fetched(const tools::LoadAnswer& answer, Notes* notes) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  ++fetches_;
  if (notes->empty() || notes->back() != answer.body) notes->emplace_back(answer.body);
}

void PublishedTest::Live(const LifePlan& plan) {
  fetched_by_stranger_.clear();
  fetched_by_writer_.clear();
  answered_.clear();
  std::vector<std::string> arguments = Guards();
  const bool by_step = plan.how == KillHow::kBefore || plan.how == KillHow::kHeld;
  if (by_step) {
    arguments.insert(arguments.end(),
                     {"--die-before", plan.step, "--nth", std::to_string(plan.nth)});
  }
  if (plan.how == KillHow::kHeld) {
    arguments.insert(arguments.end(), {"--hold", directory() / "held"});
  }
  if (plan.how == KillHow::kWitness) witness_->HoldAt(plan.step, plan.nth);
  auto server = tools::ServedLedger::Start({.program = by_step ? LATCHKEY_DIE_AFTER : Program(),
                                            .data = data(),
                                            .log = log(),
                                            .arguments = arguments});
  ++kills_;
  if (!server) {
    ASSERT_EQ(plan.how, KillHow::kBefore) << server.error().detail;
    ASSERT_EQ(server.error().detail, "serve ended with " + std::to_string(128 + SIGKILL));
    ++starts_killed_;
    return;
  }
  const std::string fetch = tools::ComposeRequest("GET", "/tlog/checkpoint", "", "");
  Persistent stranger(
      server->Management(1), [&] { return fetch; },
      [&](const tools::LoadAnswer& answer) { Fetched(answer, &fetched_by_stranger_); });
  std::uint64_t requests = 0;
  std::string name;  // of the gateway that is being added; empty: none is
  Persistent writer(
      server->Management(1),
      [&] {
        name = requests++ % (kFetchesForAdd + 1) == 0 ? "g" + std::to_string(adds_++) : "";
        return name.empty()
                   ? fetch
                   : tools::ComposeRequest("POST", "/v1/accounts/acme/gateways",
                                           server->authorization(), "{\"name\":\"" + name + "\"}");
      },
      [&](const tools::LoadAnswer& answer) {
        if (name.empty()) return Fetched(answer, &fetched_by_writer_);
        const auto position = tools::HeaderValue(answer.head, "Latchkey-Position");
        ASSERT_EQ(answer.status, 201) << answer.body;
        answered_.push_back(
            {std::stoull(std::string(position.substr(position.rfind('-') + 1))), name});
      });
  EndLife(plan, *server, stranger);
  writer.Join();
  stranger.Join();
}

// `note` is there now: signed by the log, no shorter than what was there before or `at_least`, and
// with the root that all others of its size have.
void PublishedTest::See(const std::string& note, const std::string& by, std::uint64_t at_least) {
  std::uint64_t& last = sizes_[by];
  if (note.empty()) {
    EXPECT_EQ(last, 0u) << by << " is gone";
    EXPECT_EQ(at_least, 0u) << by << " is not there yet";
    return;
  }
  const auto head = log::OpenCheckpoint(note, key_);
  ASSERT_TRUE(head) << by << ": " << head.error().detail << "\n" << note;
  EXPECT_TRUE(log::FindCosignature(note, witness_->key())) << by << ":\n" << note;
  EXPECT_GE(head->size, last) << by << " has shrunk";
  EXPECT_GE(head->size, at_least) << by << " is behind what others have seen";
  last = head->size;
  const auto [same, fresh] = seen_.try_emplace(head->size, SeenCheckpoint{head->root, by});
  EXPECT_EQ(same->second.root, head->root)
      << by << " and " << same->second.by << " disagree at " << head->size;
}

// From those who got it last to where it had to be first.
void PublishedTest::SeeAll() {
  std::uint64_t published = 0;
  for (const auto& [by, notes] :
       {std::pair("the stranger", &fetched_by_stranger_), {"the writer", &fetched_by_writer_}}) {
    // Nor is a life's first one behind what anyone has got in the life before.
    sizes_[by] = sizes_["all who fetch"];
    for (const std::string& note : *notes) See(note, by, 0);
    published = std::max(published, sizes_[by]);
  }
  sizes_["all who fetch"] = published;
  See(witness_->Latest(), "the witness", 0);
  See(ReadFile(Copy()), "the copy", std::max(published, sizes_["the witness"]));
  See(ReadFile(tools::CheckpointPath(data())), "the checkpoint", sizes_["the copy"]);
}

// By the ledger as the server has left it, read by nobody but this.
void PublishedTest::ExpectExtended() {
  const auto log = log::RocksLog::Open(data() / "ledger", resources_,
                                       {log::RocksLog::Mode::kReadOnly, log::Tail::kMayBeTorn, {}});
  ASSERT_TRUE(log) << log.error().detail;
  for (const auto& [size, checkpoint] : seen_) {
    const auto root = log::RootAt(**log, size);
    ASSERT_TRUE(root) << checkpoint.by << " covers " << size << ": " << root.error().detail;
    EXPECT_EQ(*root, checkpoint.root) << checkpoint.by << " covers another " << size;
  }
  if (left_.size != 0) {
    EXPECT_EQ(log::RootAt(**log, left_.size).value_or("lost"), left_.root);
  }
  left_ = (*log)->head();
  ExpectAnsweredIn(**log);
}

void PublishedTest::ExpectAnsweredIn(const log::Log& log) {
  for (const AnsweredAdd& add : answered_) {
    ASSERT_LT(add.position, log.size()) << add.name << " is lost";
    // The key that the gateway has comes last.
    const auto added = log.Read(add.position - 1).and_then(events::Decode);
    ASSERT_TRUE(added) << added.error().detail;
    ASSERT_EQ(added->gateway_added().name(), add.name);
  }
}

TEST_F(PublishedTest, NoTwoCheckpointsDisagreeAndTheLedgerExtendsThemAll) {
  const std::uint64_t kills = FromEnvironment("LATCHKEY_PUBLISH_KILLS", 16);
  std::vector<LifePlan> plans;
  std::size_t checkpoints = 0;
  for (unsigned i = 0; i < kills && !HasFailure(); ++i) {
    if (i != 0 && i % kLivesOfLedger == 0) {
      EndLedger();
      CheckLedger();
      MakeLedger();
    }
    if (plans.empty()) plans = MakePlans();
    SCOPED_TRACE("kill " + std::to_string(i) + " " + Words(plans.back()));
    const std::size_t before = seen_.size();
    Live(plans.back());
    plans.pop_back();
    SeeAll();
    ExpectExtended();
    checkpoints += seen_.size() - before;
  }
  EndLedger();
  std::printf("%llu kills, %llu of them at a start; %zu checkpoints, fetched %llu times\n",
              static_cast<unsigned long long>(kills_),
              static_cast<unsigned long long>(starts_killed_), checkpoints,
              static_cast<unsigned long long>(fetches_.load()));
}

}  // namespace
}  // namespace latchkey::testing
