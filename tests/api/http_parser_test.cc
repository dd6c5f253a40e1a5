#include "api/http/parser.h"

#include <gtest/gtest.h>

#include <string>

#include "api/http/limits.h"

namespace latchkey::api {
namespace {

using namespace std::string_literals;

// Feeds the bytes in pieces of `step`, as a connection would, until the request is complete or
// failed.
HttpParser::State Parse(const std::string& bytes, std::size_t step, HttpRequest* request,
                        Error* error, std::size_t* left = nullptr) {
  request->Clear();
  HttpParser parser;
  parser.Begin(request);
  std::string in;
  std::size_t at = 0;
  while (parser.state() == HttpParser::State::kHeader ||
         parser.state() == HttpParser::State::kBody) {
    const std::size_t taken = in.empty() ? 0 : parser.Feed(in);
    in.erase(0, taken);
    if (taken > 0 && !in.empty()) continue;
    if (parser.state() == HttpParser::State::kDone ||
        parser.state() == HttpParser::State::kFailed || at == bytes.size()) {
      break;
    }
    in += bytes.substr(at, step);
    at += std::min(step, bytes.size() - at);
  }
  *error = parser.error();
  if (left != nullptr) *left = in.size() + bytes.size() - at;
  return parser.state();
}

const std::size_t kSteps[] = {1, 7, 100'000};

TEST(HttpParserTest, KeepsTheFieldsThatMatter) {
  const std::string bytes =
      "POST /v1/x?a=1 HTTP/1.1\r\nHost: h\r\nauthorization: Bearer t\r\nContent-Type: a/b\r\n"
      "Idempotency-Key: \"k\"\r\nIf-Match: \"1\"\r\nIf-Match: \"2\"\r\nLast-Event-ID: e-1\r\n"
      "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello";
  for (const std::size_t step : kSteps) {
    HttpRequest request;
    Error error;
    ASSERT_EQ(Parse(bytes, step, &request, &error), HttpParser::State::kDone) << step;
    EXPECT_EQ(request.method, Method::kPost);
    EXPECT_EQ(request.target, "/v1/x?a=1");
    EXPECT_EQ(request.authorization, "Bearer t");
    EXPECT_EQ(request.content_type, "a/b");
    EXPECT_EQ(request.idempotency_key, "\"k\"");
    EXPECT_EQ(request.if_match, "\"1\",\"2\"");
    EXPECT_EQ(request.last_event_id, "e-1");
    EXPECT_TRUE(request.expects_continue);
    EXPECT_TRUE(request.keep_alive);
    EXPECT_EQ(request.body, "hello");
  }
}

TEST(HttpParserTest, StopsBehindOneRequest) {
  const std::string one = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  HttpRequest request;
  Error error;
  std::size_t left = 0;
  EXPECT_EQ(Parse(one + one, 100'000, &request, &error, &left), HttpParser::State::kDone);
  EXPECT_EQ(left, one.size());
}

TEST(HttpParserTest, ChunkedBodiesAreJoinedAndTrailersIgnored) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nAuthorization: Bearer late\r\n\r\n";
  for (const std::size_t step : kSteps) {
    HttpRequest request;
    Error error;
    ASSERT_EQ(Parse(bytes, step, &request, &error), HttpParser::State::kDone) << step;
    EXPECT_EQ(request.body, "abcde");
    EXPECT_FALSE(request.has_authorization);
  }
}

// Content that looks like a folded line, and spaces that are not folding.
TEST(HttpParserTest, LinesOfABodyMayBeginWithSpaces) {
  for (const std::string& bytes :
       {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "6\r\na\r\n b \r\n0\r\nA:  b\t\r\n\r\n"s,
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\t6 \r\n\r\na\r\n b "s}) {
    for (const std::size_t step : kSteps) {
      HttpRequest request;
      Error error;
      ASSERT_EQ(Parse(bytes, step, &request, &error), HttpParser::State::kDone) << error.detail;
      EXPECT_EQ(request.body, "a\r\n b ");
    }
  }
  HttpRequest request;
  Error error;
  EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n GET /", 100'000, &request, &error),
            HttpParser::State::kDone);
}

TEST(HttpParserTest, AChunkedBodyMayBeEmptyOrLookLikeItsEnd) {
  for (const std::string body : {"", "0\r\n"}) {
    const std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                              (body.empty() ? "" : "3\r\n" + body + "\r\n") + "0\r\n\r\n";
    for (const std::size_t step : kSteps) {
      HttpRequest request;
      Error error;
      ASSERT_EQ(Parse(bytes, step, &request, &error), HttpParser::State::kDone) << error.detail;
      EXPECT_EQ(request.body, body);
    }
  }
}

TEST(HttpParserTest, WhenTheConnectionStays) {
  struct Row {
    const char* head;
    bool keep_alive;
  };
  for (const Row& row : {Row{"GET / HTTP/1.1\r\nHost: h\r\n", true},
                         Row{"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n", false},
                         Row{"GET / HTTP/1.0\r\n", false},
                         Row{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n", true}}) {
    HttpRequest request;
    Error error;
    ASSERT_EQ(Parse(std::string(row.head) + "\r\n", 100'000, &request, &error),
              HttpParser::State::kDone);
    EXPECT_EQ(request.keep_alive, row.keep_alive) << row.head;
  }
}

struct BadRequest {
  const char* name;
  std::string bytes;
  ErrorCode code = ErrorCode::kRequestMalformed;
};

class BadRequests : public ::testing::TestWithParam<BadRequest> {};

TEST_P(BadRequests, FailByTheirCode) {
  for (const std::size_t step : kSteps) {
    HttpRequest request;
    Error error;
    ASSERT_EQ(Parse(GetParam().bytes, step, &request, &error), HttpParser::State::kFailed) << step;
    EXPECT_EQ(error.code, GetParam().code) << step;
    EXPECT_FALSE(error.detail.empty());
  }
}

std::string Head(const std::string& fields) { return "POST / HTTP/1.1\r\nHost: h\r\n" + fields; }

std::string ManyChunks(std::size_t count) {
  std::string bytes = Head("Transfer-Encoding: chunked\r\n\r\n");
  for (std::size_t i = 0; i < count; ++i) bytes += "400\r\n" + std::string(0x400, 'x') + "\r\n";
  return bytes + "0\r\n\r\n";
}

// A request of three bytes, with these trailers.
std::string Chunked(const std::string& trailers) {
  return Head("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n") + trailers + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadRequests,
    ::testing::Values(
        BadRequest{"Garbage", "\x16\x03\x01 garbage\r\n\r\n"},
        BadRequest{"NoVersion", "GET /\r\n\r\n"}, BadRequest{"Http2", "GET / HTTP/2.0\r\n\r\n"},
        BadRequest{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
        BadRequest{"NoColon", Head("nocolon\r\n\r\n")},
        BadRequest{"SpaceBeforeColon", Head("A : b\r\n\r\n")},
        BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n"},
        BadRequest{"TwoHosts", Head("Host: i\r\n\r\n")},
        BadRequest{"SpaceInHost", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
        BadRequest{"PathInHost", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        BadRequest{"TwoAuthorizations", Head("Authorization: a\r\nAuthorization: b\r\n\r\n")},
        BadRequest{"TwoContentTypes", Head("Content-Type: a\r\nContent-Type: b\r\n\r\n")},
        BadRequest{"TwoIdempotencyKeys", Head("Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n")},
        BadRequest{"BadLength", Head("Content-Length: x\r\n\r\n")},
        BadRequest{"NegativeLength", Head("Content-Length: -1\r\n\r\n")},
        BadRequest{"TwoLengths", Head("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab")},
        BadRequest{"LengthAndChunked",
                   Head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
        BadRequest{"ChunkedAndLength",
                   Head("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n")},
        BadRequest{"Gzip", Head("Transfer-Encoding: gzip\r\n\r\n")},
        BadRequest{"GzipChunked", Head("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
        BadRequest{"FoldedFirstField", "GET / HTTP/1.1\r\nHost: h\r\n i\r\nA: b\r\n\r\n"},
        BadRequest{"FoldedBeforeAnyField", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
        BadRequest{"FoldedWithATab", Head("A: b\r\n\tc\r\nD: e\r\n\r\n")},
        BadRequest{"FoldedLastField", Head("A: b\r\n c\r\n\r\n")},
        BadRequest{"FoldedAtOnce", Head("A:\r\n b\r\n\r\n")},
        BadRequest{"FoldedToNothing", Head("A: b\r\n \r\n\r\n")},
        BadRequest{"FoldedNothing", Head("A:\r\n \r\n\r\n")},
        BadRequest{"FoldedTwice", Head("A: b\r\n c\r\n d\r\n\r\n")},
        BadRequest{"FoldedLength", Head("Content-Length:\r\n 5\r\n\r\nhello")},
        BadRequest{"FoldedLengthOfTwoLines", Head("Content-Length: 1\r\n 0\r\n\r\nhello67890")},
        BadRequest{"FoldedCoding", Head("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n")},
        BadRequest{"FoldedTrailer", Chunked("A: b\r\n c\r\n")},
        BadRequest{"FoldedFirstTrailer", Chunked("A:\r\n b\r\nC: d\r\n")},
        BadRequest{"FoldBeforeAnyTrailer", Chunked(" A: b\r\n")},
        BadRequest{"ChunkedByHttp10",
                   "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        BadRequest{"ChunkedByHttp10AndLength",
                   "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "0\r\n\r\n"},
        BadRequest{"IdentityByHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n"},
        BadRequest{"SpaceBeforeColonOfLength", Head("Content-Length : 5\r\n\r\nhello")},
        BadRequest{"TabBeforeColon", Head("A\t: b\r\n\r\n")},
        BadRequest{"NoFieldName", Head(": b\r\n\r\n")},
        BadRequest{"ControlInFieldName", Head("A\x01: b\r\n\r\n")},
        BadRequest{"HighByteInFieldName", Head("A\xc3\xa9: b\r\n\r\n")},
        BadRequest{"NulInValue", Head(std::string("A: b\0c\r\n\r\n", 10))},
        BadRequest{"NulInFieldName", Head(std::string("A\0: b\r\n\r\n", 9))},
        BadRequest{"DeleteInValue", Head("A: b\x7f\r\n\r\n")},
        BadRequest{"EscapeInValue", Head("A: \x1b[2J\r\n\r\n")},
        BadRequest{"BareCrInValue", Head("A: b\rC: d\r\n\r\n")},
        BadRequest{"BareLfInHeader", Head("A: b\nC: d\r\n\r\n")},
        BadRequest{"BareLfAfterTarget", "GET / HTTP/1.1\nHost: h\r\n\r\n"},
        BadRequest{"NulInTarget", std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28)},
        BadRequest{"TwoEqualLengths", Head("Content-Length: 2\r\nContent-Length: 2\r\n\r\nab")},
        BadRequest{"ListOfEqualLengths", Head("Content-Length: 2, 2\r\n\r\nab")},
        BadRequest{"LengthWithASign", Head("Content-Length: +2\r\n\r\nab")},
        BadRequest{"LengthInHex", Head("Content-Length: 0x2\r\n\r\nab")},
        BadRequest{"LengthOfTwoNumbers", Head("Content-Length: 1 2\r\n\r\nab")},
        BadRequest{"LengthOfNothing", Head("Content-Length:\r\n\r\n")},
        BadRequest{"TwoCodings", Head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
                                      "\r\n\r\n0\r\n\r\n")},
        BadRequest{"CodingOfNothing", Head("Transfer-Encoding:\r\n\r\n")},
        BadRequest{"CodingTwiceInOne",
                   Head("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")},
        BadRequest{"CodingThatIsAlmostChunked", Head("Transfer-Encoding: xchunked\r\n\r\n")},
        BadRequest{"LengthInTrailer", Chunked("Content-Length: 5\r\n")},
        BadRequest{"CodingInTrailer", Chunked("Transfer-Encoding: chunked\r\n")},
        BadRequest{"NulInTrailer", Chunked(std::string("A: \0\r\n", 6))},
        BadRequest{"SignedChunkSize", Head("Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n")},
        BadRequest{"SpaceBeforeChunkSize", Head("Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n")},
        BadRequest{"ChunkSizeInHexWithPrefix",
                   Head("Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n\r\n")},
        BadRequest{"ChunkSizeBeyondAllNumbers",
                   Head("Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n")},
        BadRequest{"BareLfBehindChunkSize",
                   Head("Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n")},
        BadRequest{"ChunkLongerThanItsSize",
                   Head("Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n")},
        BadRequest{"BadChunk", Head("Transfer-Encoding: chunked\r\n\r\nzz\r\n")},
        BadRequest{"LengthTooLarge", Head("Content-Length: 65537\r\n\r\n"), ErrorCode::kTooLarge},
        BadRequest{"LengthMuchTooLarge", Head("Content-Length: 18446744073709551615\r\n\r\n"),
                   ErrorCode::kTooLarge},
        BadRequest{"ChunkTooLarge", Head("Transfer-Encoding: chunked\r\n\r\n10001\r\n"),
                   ErrorCode::kTooLarge},
        BadRequest{"ChunksTooLarge", ManyChunks(65), ErrorCode::kTooLarge},
        BadRequest{"LongField", Head("X: " + std::string(17'000, 'x') + "\r\n\r\n"),
                   ErrorCode::kHeadersTooLarge},
        BadRequest{"LongTarget", "GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\n\r\n",
                   ErrorCode::kHeadersTooLarge},
        BadRequest{"TargetAndFieldsTogether",
                   "GET /" + std::string(9'000, 'x') +
                       " HTTP/1.1\r\nHost: h\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n",
                   ErrorCode::kHeadersTooLarge}),
    [](const auto& row) { return row.param.name; });

TEST(HttpParserTest, LimitsAreInclusive) {
  HttpRequest request;
  Error error;
  EXPECT_EQ(Parse(Head("Content-Length: 65536\r\n\r\n") + std::string(65'536, 'x'), 10'000,
                  &request, &error),
            HttpParser::State::kDone);
  EXPECT_EQ(request.body.size(), limits::kMaxBodyBytes);
  EXPECT_EQ(Parse(ManyChunks(64), 10'000, &request, &error), HttpParser::State::kDone);
  std::string header = Head("X: ");
  header += std::string(limits::kMaxHeaderBytes - header.size() - 4, 'x') + "\r\n\r\n";
  EXPECT_EQ(Parse(header, 10'000, &request, &error), HttpParser::State::kDone);
}

}  // namespace
}  // namespace latchkey::api
