// Small pieces of an answer.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "api/call/json_writer.h"
#include "api/call/problem.h"
#include "api/call/response_writer.h"

namespace latchkey::api {
namespace {

TEST(JsonWriterTest, WritesWhatAParserReads) {
  std::string out;
  JsonWriter json(&out);
  json.BeginObject();
  json.Member("text", "quote \" back \\ line \n tab \t bell \x07 é");
  json.MemberOrNull("none", "");
  json.Number("most", 18446744073709551615u);
  json.Key("list");
  json.BeginArray();
  json.Integer(-1);
  json.Bool(true);
  json.BeginObject();
  json.EndObject();
  json.EndArray();
  json.EndObject();
  EXPECT_EQ(out, R"({"text":"quote \" back \\ line \n tab \t bell \u0007 é","none":null,)"
                 R"("most":18446744073709551615,"list":[-1,true,{}]})");
}

TEST(ProblemTest, EveryCodeHasItsStatus) {
  struct Row {
    ErrorCode code;
    int status;
  };
  for (const Row& row :
       {Row{ErrorCode::kRequestMalformed, 400}, Row{ErrorCode::kKeyMistyped, 400},
        Row{ErrorCode::kCertificateExpired, 401}, Row{ErrorCode::kRegistrationAbandoned, 403},
        Row{ErrorCode::kKeyUnknown, 404}, Row{ErrorCode::kNoActiveKey, 404},
        Row{ErrorCode::kMethodNotAllowed, 405}, Row{ErrorCode::kNameTaken, 409},
        Row{ErrorCode::kRegistrationEnded, 410}, Row{ErrorCode::kVersionConflict, 412},
        Row{ErrorCode::kTooLarge, 413}, Row{ErrorCode::kUnsupportedMediaType, 415},
        Row{ErrorCode::kIdempotencyKeyReused, 422}, Row{ErrorCode::kHeadersTooLarge, 431},
        Row{ErrorCode::kBehind, 503}, Row{ErrorCode::kProviderUnreachable, 503}}) {
    EXPECT_EQ(StatusOf(row.code), row.status) << CodeName(row.code);
  }
}

TEST(ProblemTest, AFaultOfTheMachineIsShownAsOverloaded) {
  for (const ErrorCode code : {ErrorCode::kInUse, ErrorCode::kUnusable, ErrorCode::kIo}) {
    EXPECT_TRUE(IsOfTheMachine(code));
    EXPECT_EQ(StatusOf(code), 503);
  }
}

TEST(DateTest, IsAsRfc9110Writes) {
  EXPECT_EQ(HttpDate(FromMicros(784'111'777'000'000)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace latchkey::api
