#include "api/handlers/page.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace latchkey::api {
namespace {

constexpr std::size_t kRowBytes = 1'000;

class PageTest : public ::testing::Test {
 protected:
  PageTest() { connection_.address = {"192.0.2.1", false, 1}; }

  // Adds rows until one does not fit, at most `most`; how many were added.
  static std::size_t Fill(Page& page, std::size_t most) {
    const std::string row = "\"" + std::string(kRowBytes, 'r') + "\"";
    std::size_t added = 0;
    while (added < most && page.Add(true, [&](std::string* out) {
      if (added > 0) out->push_back(',');
      out->append(row);
    })) {
      ++added;
    }
    return added;
  }

  Connection connection_;
  Call call_{connection_};
};

TEST_F(PageTest, EndsAtItsLimit) {
  BufferBudget buffers(limits::kMaxBufferBytes, limits::kMaxBufferBytes);
  Page page("rows", 3, buffers, call_);
  EXPECT_EQ(Fill(page, 9), 3u);
  EXPECT_TRUE(page.more());
  page.End("3");
  const auto body = boost::json::parse(call_.response.body).as_object();
  EXPECT_EQ(body.at("rows").as_array().size(), 3u);
  EXPECT_EQ(body.at("next"), "3");
}

TEST_F(PageTest, EndsWhenItIsLong) {
  BufferBudget buffers(limits::kMaxBufferBytes, limits::kMaxBufferBytes);
  Page page("rows", 100'000, buffers, call_);
  EXPECT_NEAR(static_cast<double>(Fill(page, 100'000)), limits::kMaxPageBytes / kRowBytes, 20);
}

TEST_F(PageTest, EndsAfterManyRowsThatItDoesNotShow) {
  BufferBudget buffers(limits::kMaxBufferBytes, limits::kMaxBufferBytes);
  Page page("rows", 3, buffers, call_);
  std::size_t looked_at = 0;
  while (page.Add(false, [](std::string*) {})) ++looked_at;
  EXPECT_EQ(looked_at, limits::kMaxScannedRows);
}

TEST_F(PageTest, EndsEarlyWhereTheBuffersHaveNoRoomAndStillComesOn) {
  BufferBudget buffers(1'000'000, 100'000);
  {
    Page page("rows", 100'000, buffers, call_);
    const std::size_t added = Fill(page, 100'000);
    EXPECT_GE(added * kRowBytes, limits::kFreeBufferBytes - kRowBytes);
    EXPECT_LE(call_.response.body.size(), 2 * (100'000 + limits::kFreeBufferBytes));
    EXPECT_GT(buffers.held(), 0u);
    page.End("next");
  }
  EXPECT_EQ(buffers.held(), 0u);
  ASSERT_TRUE(buffers.Change(connection_.address, 0, 100'000));
  call_.response.body.clear();  // and keeps its memory
  Page short_page("rows", 100'000, buffers, call_);
  EXPECT_EQ(Fill(short_page, 100'000), 1u) << "each page comes on by a row";
}

}  // namespace
}  // namespace latchkey::api
