// A witness that shows nothing of what it has seen: it has no monitor endpoint. Then its word
// counts.
#include <functional>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "core/witness/witnesses.h"
#include "tests/support/signed_log.h"

namespace latchkey::witness {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SignedLog;
using ::testing::StartsWith;

struct Answer {
  unsigned status;
  std::string body;
};

// It answers add-checkpoint as it is told to, one request after the other.
class MuteWitness {
 public:
  // The answer to the body of a request.
  using Judge = std::function<Answer(const MuteWitness&, const std::string& body)>;

  explicit MuteWitness(Judge judge)
      : judge_(std::move(judge)),
        acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        signer_(*crypto::Ed25519Signer::Load(testing::NewSigningKey())),
        thread_([this] { Run(); }) {}
  ~MuteWitness() {
    stopping_ = true;
    asio::ip::tcp::socket(io_).connect(acceptor_.local_endpoint());
    thread_.join();
  }

  WitnessAddress address() const {
    return {{"witness.example/mute", signer_.public_key()},
            "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port())};
  }
  Answer Cosigned(const std::string& body, std::uint64_t seconds = 1'000) const {
    const std::string note = body.substr(body.find("\n\n") + 2);
    const auto parts = log::SplitNote(note);
    return {200, log::Cosign(parts->text, address().key.name, signer_, seconds)};
  }

 private:
  void Run() {
    while (true) {
      asio::ip::tcp::socket socket = acceptor_.accept();
      if (stopping_) return;
      boost::beast::flat_buffer buffer;
      http::request<http::string_body> request;
      boost::system::error_code failed;
      http::read(socket, buffer, request, failed);
      if (failed) continue;
      const Answer answer =
          request.method() == http::verb::post && request.target() == "/add-checkpoint"
              ? judge_(*this, request.body())
              : Answer{404, ""};
      http::response<http::string_body> response(http::status(answer.status), 11, answer.body);
      if (answer.status == 409) response.set(http::field::content_type, "text/x.tlog.size");
      response.keep_alive(false);
      response.prepare_payload();
      http::write(socket, response, failed);
    }
  }

  Judge judge_;
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  crypto::Ed25519Signer signer_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // uses all of the above
};

class MuteWitnessTest : public ::testing::Test {
 protected:
  // As a start asks, with the checkpoint of this size.
  Result<std::vector<log::Sighting>> Ask(MuteWitness::Judge judge, std::uint64_t size) {
    MuteWitness mute(std::move(judge));
    return SeenByWitnesses({{mute.address()}}, signed_.key(), signed_.log(), signed_.NoteAt(size),
                           &unreached_);
  }

  SignedLog signed_{"log.example/1", 9};
  std::vector<std::string> unreached_;
};

// It could be shown to nobody, and is more microseconds than fit 64 bits.
TEST_F(MuteWitnessTest, ThatCosignsAtTheEndOfTimeDoesNotCount) {
  const auto seen =
      Ask([](const MuteWitness& mute,
             const std::string& body) { return mute.Cosigned(body, (std::uint64_t{1} << 63) - 1); },
          9);
  ASSERT_TRUE(seen);
  ASSERT_EQ(unreached_.size(), 1u);
  EXPECT_THAT(unreached_[0], HasSubstr("beyond the year 9999"));
}

TEST_F(MuteWitnessTest, ThatHasSeenMoreShowsThatTheEndIsLost) {
  const auto seen = Ask([](const auto&, const std::string&) { return Answer{409, "12\n"}; }, 9);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(seen.error().detail,
              HasSubstr("has lost its end: event 9 is missing, and the witness "
                        "witness.example/mute (by its word) has seen 12"));
}

TEST_F(MuteWitnessTest, ThatTakesNoRightProofShowsAnotherHistory) {
  std::vector<std::string> asked;
  const auto seen = Ask(
      [&](const auto&, const std::string& body) {
        asked.push_back(body);
        return body.starts_with("old 5\n") ? Answer{422, "bad proof"} : Answer{409, "5\n"};
      },
      8);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(seen.error().detail, HasSubstr("This is not the ledger that the witness"));
  EXPECT_THAT(seen.error().detail, HasSubstr("its first 5 events are others"));
  EXPECT_EQ(asked, (std::vector{signed_.Body(0, 8), signed_.Body(5, 8)}));
}

TEST_F(MuteWitnessTest, ThatCosignsHasSeenNothingElse) {
  const auto seen = Ask(
      [](const MuteWitness& mute, const std::string& body) {
        return body.starts_with("old 5\n") ? mute.Cosigned(body) : Answer{409, "5\n"};
      },
      9);
  ASSERT_TRUE(seen) << seen.error().detail;
  EXPECT_THAT(*seen, IsEmpty());
  EXPECT_THAT(unreached_, IsEmpty());
}

// What it has cosigned is larger than the last checkpoint on disk, not than the log.
TEST_F(MuteWitnessTest, ThatHasSeenWhatTheLogHasDoesNotStopIt) {
  const auto seen = Ask([](const auto&, const std::string&) { return Answer{409, "9\n"}; }, 8);
  ASSERT_TRUE(seen) << seen.error().detail;
  EXPECT_THAT(*seen, IsEmpty());
  ASSERT_EQ(unreached_.size(), 1u);
  EXPECT_THAT(unreached_[0], StartsWith("witness.example/mute: "));
}

TEST_F(MuteWitnessTest, ThatDoesNotKnowTheLogIsTold) {
  for (const Answer& answer : {Answer{403, ""}, Answer{404, ""}, Answer{409, "many\n"},
                               Answer{422, ""}, Answer{500, ""}}) {
    unreached_.clear();
    const auto seen = Ask([&](const auto&, const std::string&) { return answer; }, 9);
    ASSERT_TRUE(seen) << seen.error().detail;
    ASSERT_EQ(unreached_.size(), 1u);
    EXPECT_THAT(unreached_[0], HasSubstr(std::to_string(answer.status)));
  }
}

TEST_F(MuteWitnessTest, IsNotAskedWithACheckpointOfAnotherLog) {
  MuteWitness mute([](const auto&, const std::string&) { return Answer{409, "12\n"}; });
  for (const std::string& note :
       {std::string(), signed_.Forked().NoteAt(9), SignedLog("log.example/1", 9).NoteAt(9)}) {
    const auto seen =
        SeenByWitnesses({{mute.address()}}, signed_.key(), signed_.log(), note, &unreached_);
    ASSERT_TRUE(seen) << seen.error().detail;
    EXPECT_THAT(*seen, IsEmpty());
    EXPECT_THAT(unreached_, IsEmpty());
  }
}

// The same while the log is served.
TEST_F(MuteWitnessTest, IsBelievedByAServedLogToo) {
  MuteWitness mute([](const auto&, const std::string&) { return Answer{409, "12\n"}; });
  WitnessClient client(mute.address(), signed_.key(), signed_.log(), "");
  const auto refused = client.Cosign(signed_.HeadAt(9), signed_.NoteAt(9));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnusable);
  signed_.Grow(4);
  const auto behind = client.Cosign(signed_.HeadAt(9), signed_.NoteAt(9));
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().code, ErrorCode::kIo) << "the log has what the witness has seen";
}

}  // namespace
}  // namespace latchkey::witness
