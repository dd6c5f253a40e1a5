// The connection breaks somewhere between the first byte of a redemption and the last of its
// answer. A repeat with the same key pair always gets the one certificate.
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"

namespace latchkey::testing {
namespace {

enum class Cut { kReset, kClose };

struct CutRow {
  const char* name;
  // How many bytes of the request are sent, seen from its size, the size of its head and of the
  // answer.
  std::size_t (*sent)(std::size_t whole, std::size_t head);
  std::size_t read;  // bytes of the answer that are still read
  Cut cut;
};

constexpr std::size_t All(std::size_t whole, std::size_t) { return whole; }

const CutRow kCutRows[] = {
    {"AfterTheHandshake", [](std::size_t, std::size_t) -> std::size_t { return 0; }, 0,
     Cut::kReset},
    {"FirstByte", [](std::size_t, std::size_t) -> std::size_t { return 1; }, 0, Cut::kReset},
    {"InTheRequestLine", [](std::size_t, std::size_t) -> std::size_t { return 12; }, 0,
     Cut::kReset},
    {"InTheHead", [](std::size_t, std::size_t head) { return head / 2; }, 0, Cut::kReset},
    {"BeforeTheEmptyLine", [](std::size_t, std::size_t head) { return head - 2; }, 0, Cut::kReset},
    {"AfterTheHead", [](std::size_t, std::size_t head) { return head; }, 0, Cut::kReset},
    {"FirstByteOfTheBody", [](std::size_t, std::size_t head) { return head + 1; }, 0, Cut::kReset},
    {"InTheBody", [](std::size_t whole, std::size_t head) { return (whole + head) / 2; }, 0,
     Cut::kReset},
    {"BeforeTheLastByte", [](std::size_t whole, std::size_t) { return whole - 1; }, 0, Cut::kReset},
    {"BeforeTheLastByteClosed", [](std::size_t whole, std::size_t) { return whole - 1; }, 0,
     Cut::kClose},
    {"AllSent", All, 0, Cut::kReset},
    {"AllSentClosed", All, 0, Cut::kClose},
    {"FirstByteOfTheAnswer", All, 1, Cut::kReset},
    {"InTheStatusLine", All, 11, Cut::kReset},
    {"InTheAnswersHead", All, 60, Cut::kReset},
    {"InTheAnswersBody", All, 900, Cut::kReset},
    {"InTheAnswersBodyClosed", All, 900, Cut::kClose},
};

class LostAnswerTest : public E2eTest {
 protected:
  void SendAndCut(const std::string& request, const CutRow& row) {
    RawConnection connection(server().Gateways(1).address);
    ASSERT_TRUE(connection.StartTls({.ca_pem = server().ca_pem()}));
    const std::size_t head = request.find("\r\n\r\n") + 4;
    ASSERT_TRUE(
        connection.Send(std::string_view(request).substr(0, row.sent(request.size(), head))));
    EXPECT_EQ(connection.ReadSome(row.read).size(), row.read);
    if (row.cut == Cut::kReset) connection.Cut();
  }

  tools::Fetched Redeem(const std::string& request) {
    const auto answer = tools::Fetch(server().Gateways(1), request);
    EXPECT_TRUE(answer) << answer.error().detail;
    return answer.value_or(tools::Fetched{});
  }
};

TEST_F(LostAnswerTest, RepeatingGivesTheSameCertificateWhereverTheConnectionBroke) {
  OpenAccount("lost");
  for (const CutRow& row : kCutRows) {
    SCOPED_TRACE(row.name);
    const AddedGateway gateway = AddGateway("lost", row.name);
    const std::string request = RedemptionRequest(gateway.key, tools::MakeKeyPair().csr_pem);
    SendAndCut(request, row);

    const tools::Fetched first = Redeem(request);
    const tools::Fetched second = Redeem(request);
    const bool whole = row.sent(request.size(), request.find("\r\n\r\n") + 4) == request.size();
    // An incomplete request was not executed, and an answered one was.
    if (!whole) {
      EXPECT_EQ(first.status, 201) << first.body;
    } else if (row.read > 0) {
      EXPECT_EQ(first.status, 200) << first.body;
    }
    EXPECT_EQ(first.status / 100, 2) << first.body;
    EXPECT_EQ(second.status, 200) << second.body;
    EXPECT_FALSE(Member(first.body, "certificate").empty());
    EXPECT_EQ(Member(first.body, "certificate"), Member(second.body, "certificate"));
    EXPECT_EQ(CountEvents("type=KeyRedeemed&gateway=" + gateway.id), 1u);

    const tools::Fetched other =
        Redeem(RedemptionRequest(gateway.key, tools::MakeKeyPair().csr_pem));
    EXPECT_EQ(other.status, 409) << other.body;
    EXPECT_EQ(Code(other.body), "key_already_redeemed");
  }
}

TEST_F(LostAnswerTest, AManagementWriteRepeatedUnderItsIdempotencyKeyHappensOnce) {
  OpenAccount("lost");
  for (const CutRow& row : kCutRows) {
    SCOPED_TRACE(row.name);
    const std::string request =
        tools::ComposeRequest("POST", "/v1/accounts/lost/gateways",
                              server().authorization() + "Idempotency-Key: " + row.name + "\r\n",
                              std::string("{\"name\":\"") + row.name + "\"}");
    RawConnection connection(server().Management(1).address);
    ASSERT_TRUE(connection.StartTls({.ca_pem = server().ca_pem()}));
    const std::size_t head = request.find("\r\n\r\n") + 4;
    ASSERT_TRUE(
        connection.Send(std::string_view(request).substr(0, row.sent(request.size(), head))));
    EXPECT_EQ(connection.ReadSome(std::min<std::size_t>(row.read, 200)).size(),
              std::min<std::size_t>(row.read, 200));
    if (row.cut == Cut::kReset) connection.Cut();

    tools::Fetched answer;
    do {  // the first may still be running
      const auto fetched = tools::Fetch(server().Management(1), request);
      ASSERT_TRUE(fetched) << fetched.error().detail;
      answer = *fetched;
    } while (Code(answer.body) == "request_in_progress");
    EXPECT_EQ(answer.status, 201) << answer.body;
    const std::string id = Member(answer.body, "id");
    EXPECT_EQ(CountEvents("type=GatewayAdded&gateway=" + id), 1u);
    const auto list = Get("/v1/accounts/lost/gateways?name=" + std::string(row.name) + "&limit=10");
    std::size_t of_this_name = 0;
    for (const auto& gateway : list.at("gateways").as_array()) {
      of_this_name += gateway.at("name").as_string() == row.name;
    }
    EXPECT_EQ(of_this_name, 1u);
  }
}

}  // namespace
}  // namespace latchkey::testing
