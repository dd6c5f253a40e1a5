// Where webhooks keep how far they have got, on disk.
#include <filesystem>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "api/http/limits.h"
#include "api/webhooks/progress.h"
#include "tests/support/temp_dir.h"

namespace latchkey::api {
namespace {

class ProgressStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<ProgressStore> Open() {
    auto store = ProgressStore::Open(directory_.path(), resources_);
    EXPECT_TRUE(store) << store.error().detail;
    return store ? *std::move(store) : nullptr;
  }
  static WebhookProgress Reached(std::uint64_t sequence) {
    WebhookProgress progress;
    progress.set_reached(sequence);
    return progress;
  }
  static WebhookAttempt RefusedAt(std::uint64_t sequence) {
    WebhookAttempt attempt;
    attempt.set_sequence(sequence);
    return attempt;
  }

  testing::TempDir directory_;
  rocks::Resources resources_ = rocks::Resources::Create();
};

TEST_F(ProgressStoreTest, KeepsEachWebhookApartAndOverARestart) {
  auto store = Open();
  const WebhookAttempt refused = RefusedAt(7);
  ASSERT_TRUE(store->Put(1, Reached(7), true, &refused));
  ASSERT_TRUE(store->Put(2, Reached(9), false));
  store.reset();
  store = Open();
  EXPECT_FALSE(store->discarded());
  ASSERT_TRUE(store->Get(1) && store->Get(2));
  EXPECT_EQ(store->Get(1)->reached(), 7u);
  EXPECT_EQ(store->Get(2)->reached(), 9u);
  ASSERT_EQ(store->Refused(1).size(), 1u);
  EXPECT_TRUE(store->Refused(2).empty());
  // Forgotten, nothing is left of one, and the other is whole.
  ASSERT_TRUE(store->Forget(1));
  EXPECT_FALSE(store->Get(1));
  EXPECT_TRUE(store->Refused(1).empty());
  EXPECT_EQ(store->Get(2)->reached(), 9u);
}

TEST_F(ProgressStoreTest, ListsTheLastRefusedAndForgetsThoseToBeSentAgain) {
  const auto store = Open();
  const std::uint64_t last = limits::kRefusedKept + 5;
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
    const WebhookAttempt refused = RefusedAt(sequence);
    ASSERT_TRUE(store->Put(1, Reached(sequence), false, &refused));
  }
  ASSERT_EQ(store->Refused(1).size(), limits::kRefusedKept);
  EXPECT_EQ(store->Refused(1).front().sequence(), last) << "newest first";
  EXPECT_EQ(store->Refused(1).back().sequence(), 6u);
  ASSERT_TRUE(store->ForgetRefused(1, 50));
  EXPECT_EQ(store->Refused(1).front().sequence(), 50u);
}

TEST_F(ProgressStoreTest, BeginsAnotherWhenItIsDamagedAndSaysSo) {
  ASSERT_TRUE(Open()->Put(1, Reached(7), true));
  std::ofstream(directory_ / "CURRENT") << "MANIFEST-999999\n";
  auto store = Open();
  EXPECT_TRUE(store->discarded());
  EXPECT_FALSE(store->Get(1));
  ASSERT_TRUE(store->Put(1, Reached(3), true));
  store.reset();
  store = Open();
  EXPECT_FALSE(store->discarded());
  EXPECT_EQ(store->Get(1)->reached(), 3u);
}

TEST_F(ProgressStoreTest, IsOpenedByOneAtATime) {
  const auto store = Open();
  ASSERT_TRUE(store->Put(1, Reached(7), true));
  const auto second = ProgressStore::Open(directory_.path(), resources_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
  EXPECT_EQ(store->Get(1)->reached(), 7u) << "and it is not discarded";
}

}  // namespace
}  // namespace latchkey::api
