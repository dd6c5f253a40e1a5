// The oracle itself: valid answers pass, and each kind of violation is named.
#include "tests/support/openapi.h"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "tests/support/json_schema.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kRequestId = "00112233445566778899aabbccddeeff";

// ---- schemas

struct SchemaRow {
  std::string name;
  std::string schema;
  std::string instance;
  std::string problem;  // "": it fits
};

class SchemaTest : public ::testing::TestWithParam<SchemaRow> {};

TEST_P(SchemaTest, FitsOrSaysWhy) {
  const json::value document = json::parse(R"({"schemas": {
    "Name": {"type": "string", "maxLength": 3},
    "Base": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}}})");
  const json::value schema = json::parse(GetParam().schema);
  CheckKeywords(document, schema);
  const auto problems = CheckSchema(document, schema, json::parse(GetParam().instance));
  if (GetParam().problem.empty()) {
    EXPECT_THAT(problems, IsEmpty());
  } else {
    EXPECT_THAT(problems, Contains(HasSubstr(GetParam().problem)));
  }
}

const SchemaRow kSchemas[] = {
    {"type", R"({"type": "integer"})", "1", ""},
    {"type_wrong", R"({"type": "integer"})", "1.5", "is no"},
    {"type_one_of_several", R"({"type": ["string", "null"]})", "null", ""},
    {"type_none_of_several", R"({"type": ["string", "null"]})", "1", "is no"},
    {"enum", R"({"enum": ["a", "b"]})", R"("b")", ""},
    {"enum_wrong", R"({"enum": ["a", "b"]})", R"("c")", "none of"},
    {"const", R"({"const": "a"})", R"("a")", ""},
    {"const_wrong", R"({"const": "a"})", R"("b")", "is not"},
    {"length_in_characters", R"({"maxLength": 2, "minLength": 2})", R"("äö")", ""},
    {"too_long", R"({"maxLength": 2})", R"("abc")", "too long"},
    {"few_and_many_enough", R"({"minItems": 1, "maxItems": 1})", R"([1])", ""},
    {"too_few", R"({"minItems": 1})", R"([])", "too few"},
    {"too_many", R"({"maxItems": 1})", R"([1, 2])", "too many"},
    {"too_short", R"({"minLength": 2})", R"("a")", "too short"},
    {"pattern", R"({"pattern": "^a+$"})", R"("aa")", ""},
    {"pattern_wrong", R"({"pattern": "^a+$"})", R"("ab")", "does not match"},
    {"minimum", R"({"minimum": 1})", "1", ""},
    {"too_small", R"({"minimum": 1})", "0", "too small"},
    {"too_large", R"({"maximum": 1})", "2", "too large"},
    {"items", R"({"items": {"type": "string"}})", R"(["a"])", ""},
    {"items_wrong", R"({"items": {"type": "string"}})", R"(["a", 1])", "/1"},
    {"reference", R"({"$ref": "#/schemas/Name"})", R"("abc")", ""},
    {"reference_wrong", R"({"$ref": "#/schemas/Name"})", R"("abcd")", "too long"},
    {"required", R"({"required": ["a"]})", R"({})", "lacks a"},
    {"member_wrong", R"({"properties": {"a": {"type": "string"}}})", R"({"a": 1})", "/a"},
    {"open", R"({"properties": {"a": {}}})", R"({"b": 1})", ""},
    {"closed", R"({"properties": {"a": {}}, "unevaluatedProperties": false})", R"({"b": 1})",
     "member b"},
    {"closed_over_parts",
     R"({"allOf": [{"$ref": "#/schemas/Base"}, {"properties": {"b": {}}}],
         "unevaluatedProperties": false})",
     R"({"a": 1, "b": 2})", ""},
    {"closed_over_parts_wrong",
     R"({"allOf": [{"$ref": "#/schemas/Base"}], "unevaluatedProperties": false})",
     R"({"a": 1, "b": 2})", "member b"},
    {"part_wrong", R"({"allOf": [{"$ref": "#/schemas/Base"}]})", R"({})", "lacks a"},
    {"other_members", R"({"properties": {"a": {}}, "additionalProperties": {"type": "string"}})",
     R"({"a": 1, "b": "x"})", ""},
    {"wrong_other_member", R"({"additionalProperties": {"type": "string"}})", R"({"b": 1})", "/b"},
    {"too_few_members", R"({"minProperties": 1})", "{}", "too few"},
    {"too_many_members", R"({"maxProperties": 1})", R"({"a": 1, "b": 2})", "too many"},
    {"one_of", R"({"oneOf": [{"type": "string"}, {"type": "null"}]})", "null", ""},
    {"none_of", R"({"oneOf": [{"type": "string"}, {"type": "null"}]})", "1", "fits 0"},
    {"both_of", R"({"oneOf": [{"type": "string"}, {"minLength": 1}]})", R"("a")", "fits 2"},
};

INSTANTIATE_TEST_SUITE_P(Rows, SchemaTest, ::testing::ValuesIn(kSchemas),
                         [](const auto& row) { return row.param.name; });

TEST(SchemaDeathTest, UnknownKeywordsStop) {
  EXPECT_DEATH(CheckKeywords({}, json::parse(R"({"uniqueItems": true})")), "uniqueItems");
  EXPECT_DEATH(CheckKeywords({}, json::parse(R"({"items": {"not": {}}})")), "not");
}

// ---- answers

Exchange Account() {
  return {Listener::kManagement,
          "GET",
          "/v1/accounts/acme",
          200,
          {{"x-request-id", std::string(kRequestId)},
           {"Content-Type", "application/json"},
           {"Cache-Control", "no-store"}},
          R"({"account":"acme","opened_at":"2026-01-02T03:04:05.678901Z","sequence":2})"};
}

Exchange Problem(int status, const std::string& code) {
  Exchange exchange = Account();
  exchange.status = status;
  exchange.headers[1].second = "application/problem+json";
  exchange.body = R"({"type":"urn:x","title":"T","status":)" + std::to_string(status) +
                  R"(,"detail":"D","code":")" + code + R"(","request_id":")" +
                  std::string(kRequestId) + R"("})";
  return exchange;
}

struct AnswerRow {
  std::string name;
  std::function<void(Exchange*)> change;
  std::string problem;  // "": it fits
};

class AnswerTest : public ::testing::TestWithParam<AnswerRow> {};

TEST_P(AnswerTest, FitsOrSaysWhy) {
  Exchange exchange = Account();
  GetParam().change(&exchange);
  const auto problems = OpenApi::Instance().Check(exchange);
  if (GetParam().problem.empty()) {
    EXPECT_THAT(problems, IsEmpty());
  } else {
    EXPECT_THAT(problems, Contains(HasSubstr(GetParam().problem)));
  }
}

const AnswerRow kAnswers[] = {
    {"as_described", [](Exchange*) {}, ""},
    {"query", [](Exchange* x) { x->target += "?after_position=x"; }, ""},
    {"head", [](Exchange* x) { x->method = "HEAD", x->body.clear(); }, ""},
    {"head_with_body", [](Exchange* x) { x->method = "HEAD"; }, "body after HEAD"},
    {"no_request_id", [](Exchange* x) { x->headers.erase(x->headers.begin()); }, "X-Request-Id"},
    {"stored_by_caches", [](Exchange* x) { x->headers.pop_back(); }, "Cache-Control"},
    {"odd_request_id", [](Exchange* x) { x->headers[0].second = "7"; }, "X-Request-Id"},
    {"header_not_described", [](Exchange* x) { x->headers.emplace_back("ETag", "\"1\""); },
     "the header ETag"},
    {"other_content_type", [](Exchange* x) { x->headers[1].second = "text/html"; }, "text/html"},
    {"no_json", [](Exchange* x) { x->body = "{"; }, "no JSON"},
    {"other_schema", [](Exchange* x) { x->body = "{}"; }, "lacks account"},
    {"status_not_listed", [](Exchange* x) { x->status = 202; }, "no such answer"},
    {"problem", [](Exchange* x) { *x = Problem(404, "not_found"); }, ""},
    {"problem_of_another_route", [](Exchange* x) { *x = Problem(404, "key_unknown"); },
     "key_unknown"},
    {"problem_that_lies_about_itself",
     [](Exchange* x) {
       *x = Problem(404, "not_found"), x->body.replace(x->body.find("404"), 3, "400");
     },
     "another status"},
    {"problem_of_another_request",
     [](Exchange* x) {
       *x = Problem(404, "not_found"), x->headers[0].second = std::string(32, '0');
     },
     "another request"},
    {"validation_without_errors", [](Exchange* x) { *x = Problem(422, "validation_failed"); },
     "errors"},
    {"unauthenticated_without_how", [](Exchange* x) { *x = Problem(401, "unauthenticated"); },
     "WWW-Authenticate"},
    {"method_not_allowed",
     [](Exchange* x) {
       *x = Problem(405, "method_not_allowed"), x->method = "POST";
       x->headers.emplace_back("Allow", "GET, HEAD, PUT");
     },
     ""},
    {"method_not_allowed_without_allow",
     [](Exchange* x) { *x = Problem(405, "method_not_allowed"), x->method = "POST"; }, "Allow"},
    {"path_unknown", [](Exchange* x) { *x = Problem(404, "not_found"), x->target = "/v1/nothing"; },
     ""},
    {"path_unknown_and_answered", [](Exchange* x) { x->target = "/v1/nothing"; }, "no such answer"},
    {"path_of_the_other_listener", [](Exchange* x) { x->listener = Listener::kGateways; },
     "no such answer"},
    {"literal_before_parameter", [](Exchange* x) { x->target = "/v1/events/stream"; },
     "content type"},
    {"unreadable_request",
     [](Exchange* x) { *x = Problem(400, "request_malformed"), x->method = x->target = ""; }, ""},
};

INSTANTIATE_TEST_SUITE_P(Rows, AnswerTest, ::testing::ValuesIn(kAnswers),
                         [](const auto& row) { return row.param.name; });

TEST(OpenApiTest, RemembersWhatItHasSeen) {
  OpenApi contract(std::filesystem::path(LATCHKEY_SOURCE_DIR) / "api" / "openapi.yaml");
  EXPECT_THAT(contract.Seen(), IsEmpty());
  contract.Check(Account());
  contract.Check(Problem(404, "not_found"));
  const Operation operation{Listener::kManagement, "GET", "/v1/accounts/{account}"};
  EXPECT_EQ(contract.Seen(),
            (std::set<Listed>{{operation, 200, ""}, {operation, 404, "not_found"}}));
  const std::vector<Listed> listed = contract.AllListed();
  for (const Listed& seen : contract.Seen()) EXPECT_THAT(listed, Contains(seen));
}

TEST(OpenApiTest, OperationsHaveOneListenerUnlessBothServeThem) {
  const std::vector<Operation> operations = OpenApi::Instance().Operations();
  const auto serving = [&](const std::string& path) {
    return std::count_if(operations.begin(), operations.end(),
                         [&](const Operation& operation) { return operation.path == path; });
  };
  EXPECT_EQ(serving("/healthz"), 2);
  EXPECT_EQ(serving("/openapi.yaml"), 2);
  EXPECT_EQ(serving("/metrics"), 1);
  EXPECT_EQ(serving("/v1/check-in"), 1);
  EXPECT_EQ(serving("/v1/gateways/{gateway}"), 3);  // GET, PATCH, DELETE
}

}  // namespace
}  // namespace latchkey::testing
