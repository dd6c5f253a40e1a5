// Requests that are not HTTP, or not quite: each costs one connection and nothing else.
#include <gtest/gtest.h>

#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

struct Malformed {
  std::string name;
  std::string bytes;
  int status;
  std::string code;
};

void PrintTo(const Malformed& row, std::ostream* out) { *out << row.name; }

std::string Fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i)
    fields += "X-" + std::to_string(i) + ": " + std::string(90, 'v') + "\r\n";
  return fields;
}

const Malformed kRows[] = {
    {"garbage", "\x16\x03\x01 hello\r\n\r\n", 400, "request_malformed"},
    {"no_version", "GET /healthz\r\n\r\n", 400, "request_malformed"},
    {"version_9", "GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n", 400, "request_malformed"},
    {"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "request_malformed"},
    {"no_host", "GET /healthz HTTP/1.1\r\n\r\n", 400, "request_malformed"},
    {"two_hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "request_malformed"},
    {"method_with_a_space", "G ET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 400, "request_malformed"},
    {"field_without_a_colon", "GET /healthz HTTP/1.1\r\nHost: a\r\nBroken\r\n\r\n", 400,
     "request_malformed"},
    {"space_before_the_colon", "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", 400,
     "request_malformed"},
    {"zero_byte", std::string("GET /healthz HTTP/1.1\r\nHost: a\r\nX: ") + '\0' + "\r\n\r\n", 400,
     "request_malformed"},
    {"length_negative", "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400,
     "request_malformed"},
    {"length_no_number", "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400,
     "request_malformed"},
    {"two_lengths",
     "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
     400, "request_malformed"},
    {"length_and_chunked",
     "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
     "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
     400, "request_malformed"},
    {"other_coding", "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
     400, "request_malformed"},
    {"two_equal_lengths",
     "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
     400, "request_malformed"},
    {"folded_host", "GET /healthz HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, "request_malformed"},
    {"folded_last_field", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n", 400,
     "request_malformed"},
    {"folded_length", "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 2\r\n\r\n{}",
     400, "request_malformed"},
    {"folded_trailer",
     "POST /v1/registrations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
     "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: b\r\n c\r\n\r\n",
     400, "request_malformed"},
    {"chunked_by_http_1_0",
     "POST /v1/registrations HTTP/1.0\r\nHost: a\r\nContent-Type: application/json\r\n"
     "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
     400, "request_malformed"},
    {"bare_carriage_return", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n", 400,
     "request_malformed"},
    {"bare_line_feed", "GET /healthz HTTP/1.1\nHost: a\n\n\r\n\r\n", 400, "request_malformed"},
    {"chunk_size_no_number",
     "POST /v1/registrations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
     "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
     400, "request_malformed"},
    {"length_beyond_all_numbers",
     "POST /v1/registrations HTTP/1.1\r\nHost: a\r\n"
     "Content-Length: 99999999999999999999999\r\n\r\n",
     400, "request_malformed"},
    {"length_too_large",
     "POST /v1/registrations HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n", 413,
     "too_large"},
    {"chunks_too_large",
     "POST /v1/registrations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
     "Transfer-Encoding: chunked\r\n\r\n10001\r\n" +
         std::string(65'537, ' ') + "\r\n0\r\n\r\n",
     413, "too_large"},
    {"many_fields", "GET /healthz HTTP/1.1\r\nHost: a\r\n" + Fields(200) + "\r\n", 431,
     "headers_too_large"},
    {"long_target", "GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431,
     "headers_too_large"},
};

class MalformedTest : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedTest, IsAnsweredOnceAndTheConnectionEnds) {
  HttpClient client = ContractLedger::Instance().Gateways();
  client.SendRaw(GetParam().bytes);
  const HttpAnswer answer = client.ReceiveAnswer("", "");
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
  EXPECT_TRUE(answer.close);
  EXPECT_EQ(ContractLedger::Instance().Gateways().Get("/healthz").status, 200);
}

INSTANTIATE_TEST_SUITE_P(Rows, MalformedTest, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

// Here the start of the next request is known.
TEST(HttpTest, AnInvalidTargetKeepsTheConnection) {
  for (const char* target : {"/%4", "healthz"}) {
    HttpClient client = ContractLedger::Instance().Gateways();
    client.SendRaw(std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const HttpAnswer answer = client.ReceiveAnswer("", "");
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.Code(), "request_malformed") << answer.body;
    EXPECT_FALSE(answer.close);
  }
}

TEST(HttpTest, RequestsCanFollowEachOtherUnanswered) {
  HttpClient client = ContractLedger::Instance().Gateways();
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  client.SendRaw(request + request + request);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.ReceiveAnswer("GET", "/healthz").status, 200);
  EXPECT_TRUE(client.connected());
}

TEST(HttpTest, ChunkedBodiesAreRead) {
  ContractLedger& ledger = ContractLedger::Instance();
  const std::string body = "{\"key\":\"" + ledger.Add().key + "\"}";
  HttpClient client = ledger.Gateways();
  char size[16];
  std::snprintf(size, sizeof size, "%zx", body.size() - 3);
  client.SendRaw(
      "POST /v1/registrations/preflight HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\n" +
      body.substr(0, 3) + "\r\n" + size + "\r\n" + body.substr(3) + "\r\n0\r\n\r\n");
  EXPECT_EQ(client.ReceiveAnswer("POST", "/v1/registrations/preflight").status, 200);
}

TEST(HttpTest, ConnectionsEndWhenAsked) {
  HttpClient client = ContractLedger::Instance().Gateways();
  const HttpAnswer answer = client.Get("/healthz", {{"Connection", "close"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.close);
}

TEST(HttpTest, ARefusalForItsContentKeepsTheConnection) {
  ContractLedger& ledger = ContractLedger::Instance();
  HttpClient client = ledger.Gateways();
  EXPECT_EQ(client.Post("/v1/registrations", {}).status, 422);
  EXPECT_TRUE(client.connected());
  EXPECT_EQ(client.Get("/healthz").status, 200);
}

}  // namespace
}  // namespace latchkey::testing
