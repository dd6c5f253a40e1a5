// Labels and notes of gateways.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/limits.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;

HttpAnswer AddGateway(const std::string& account, json::object body) {
  body["name"] = Ledger().NewName();
  return Ledger().Management().Post("/v1/accounts/" + account + "/gateways", body);
}

std::string PathOf(const HttpAnswer& added) {
  return "/v1/gateways/" + std::string(added.Json().at("id").as_string());
}

HttpAnswer Patch(const std::string& path, const json::object& body) {
  return Ledger().Management().Send("PATCH", path, json::serialize(body));
}

json::object Labels(std::size_t count) {
  json::object labels;
  for (std::size_t i = 0; i < count; ++i) labels["k" + std::to_string(i)] = "v";
  return labels;
}

TEST(LabelsTest, AreGivenReplacedAndTakenAway) {
  const HttpAnswer added =
      AddGateway(Ledger().account(), {{"labels", {{"site", " Gene\xCC\x80ve "}, {"a.b_c-1", ""}}},
                                      {"note", "Under the stairs.\nAsk Room 7."}});
  ASSERT_EQ(added.status, 201) << added.body;
  const std::string path = PathOf(added);
  const auto shown = [&] { return Ledger().Management().Get(path).Json(); };
  EXPECT_EQ(json::serialize(shown().at("labels")), "{\"a.b_c-1\":\"\",\"site\":\"Gen\xC3\xA8ve\"}");
  EXPECT_EQ(shown().at("note"), "Under the stairs.\nAsk Room 7.");

  EXPECT_EQ(Patch(path, {{"labels", {{"floor", "2"}}}}).status, 200);
  EXPECT_EQ(json::serialize(shown().at("labels")), R"({"floor":"2"})");
  EXPECT_EQ(shown().at("note"), "Under the stairs.\nAsk Room 7.") << "what is absent stays";
  EXPECT_EQ(Patch(path, {{"labels", nullptr}, {"note", nullptr}}).status, 200);
  EXPECT_EQ(json::serialize(shown().at("labels")), "{}");
  EXPECT_TRUE(shown().at("note").is_null());
}

TEST(LabelsTest, ChangeTogetherWithTheNameOrNotAtAll) {
  const std::string path = PathOf(AddGateway(Ledger().account(), {}));
  const HttpAnswer other = AddGateway(Ledger().account(), {});
  const std::string name = Ledger().NewName();
  const HttpAnswer changed = Patch(path, {{"name", name}, {"labels", {{"a", "b"}}}, {"note", "c"}});
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.Json().at("name").as_string(), name);
  EXPECT_EQ(json::serialize(changed.Json().at("labels")), R"({"a":"b"})");
  EXPECT_EQ(changed.Json().at("note"), "c");
  EXPECT_EQ(Patch(path, {{"name", other.Json().at("name")}, {"labels", nullptr}}).Code(),
            "name_taken");
  EXPECT_EQ(json::serialize(Ledger().Management().Get(path).Json().at("labels")), R"({"a":"b"})");
}

TEST(LabelsTest, AreFacts) {
  const HttpAnswer added = AddGateway(Ledger().account(), {{"note", "first"}});
  const std::string path = PathOf(added);
  const std::string before = Ledger().position();
  EXPECT_EQ(Patch(path, {{"labels", {{"a", "b"}}}, {"note", "second"}}).status, 200);
  const json::object page =
      Ledger().Management().Get("/v1/events?after=" + before + "&limit=10").Json();
  const json::array& events = page.at("events").as_array();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("type"), "GatewayLabelled");
  EXPECT_EQ(json::serialize(events[0].at("data")), R"({"labels":{"a":"b"}})");
  EXPECT_EQ(events[0].at("actor_name"), "owner");
  EXPECT_EQ(events[1].at("type"), "GatewayNoted");
  EXPECT_EQ(json::serialize(events[1].at("data")), R"({"note":"second"})");
  const std::string entry =
      Ledger()
          .Management()
          .Get("/v1/events/" + json::serialize(events[1].at("sequence")) + "/entry")
          .body;
  EXPECT_EQ(entry.find("second"), std::string::npos) << "a note is sealed";
}

TEST(LabelsTest, FindGateways) {
  const std::string account = Ledger().NewAccount();
  EXPECT_EQ(AddGateway(account, {{"labels", {{"site", "Lyon"}, {"floor", "1"}}}}).status, 201);
  EXPECT_EQ(AddGateway(account, {{"labels", {{"site", "Lyon"}, {"floor", "2:b"}}}}).status, 201);
  EXPECT_EQ(AddGateway(account, {}).status, 201);
  HttpClient client = Ledger().Management();
  const auto found = [&](const std::string& query) {
    const HttpAnswer answer = client.Get("/v1/accounts/" + account + "/gateways?" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.Json().at("gateways").as_array().size();
  };
  EXPECT_EQ(found("label=site:Lyon"), 2u);
  EXPECT_EQ(found("label=site:Lyon&label=floor:1"), 1u);
  EXPECT_EQ(found("label=floor:2%3Ab"), 1u) << "the value may have colons";
  EXPECT_EQ(found("label=site:lyon"), 0u) << "labels are exact";
  EXPECT_EQ(found("label=site:"), 0u);
  EXPECT_EQ(found("label=site:Lyon&status=green"), 0u);
  for (const std::string bad :
       {"label=site", "label=Site:x", "label=:x", "label=", "label=site:a&label=site:b"}) {
    EXPECT_EQ(client.Get("/v1/accounts/" + account + "/gateways?" + bad).status, 422) << bad;
  }
}

struct BadLabels {
  const char* name;
  json::object body;
  const char* pointer;
};

TEST(LabelsTest, AreBounded) {
  const std::string path = PathOf(AddGateway(Ledger().account(), {}));
  const std::string before = Ledger().position();
  for (const BadLabels& row : {
           BadLabels{"no object", {{"labels", "a"}}, "/labels"},
           {"33 labels", {{"labels", Labels(ledger_limits::kMaxLabels + 1)}}, "/labels"},
           {"an empty key", {{"labels", {{"", "x"}}}}, "/labels"},
           {"upper case", {{"labels", {{"A", "x"}}}}, "/labels"},
           {"a key of 64", {{"labels", {{std::string(64, 'a'), "x"}}}}, "/labels"},
           {"a number", {{"labels", {{"a", 1}}}}, "/labels/a"},
           {"a null", {{"labels", {{"a", nullptr}}}}, "/labels/a"},
           {"a value of 101", {{"labels", {{"a", std::string(101, 'x')}}}}, "/labels/a"},
           {"an invisible value", {{"labels", {{"a", "x\xE2\x80\x8B"}}}}, "/labels/a"},
           {"a note of 1001", {{"note", std::string(1'001, 'x')}}, "/note"},
           {"a note with a control", {{"note", "\x1b[2J"}}, "/note"},
           {"a note that is no string", {{"note", 1}}, "/note"},
           {"no name", {{"name", nullptr}}, "/name"},
           {"nothing", json::object(), ""},
       }) {
    const HttpAnswer answer = Patch(path, row.body);
    EXPECT_EQ(answer.status, 422) << row.name << answer.body;
    EXPECT_EQ(answer.Json().at("errors").at(0).at("pointer"), row.pointer) << row.name;
  }
  EXPECT_EQ(Ledger().position(), before);
  EXPECT_EQ(Patch(path, {{"labels", Labels(ledger_limits::kMaxLabels)},
                         {"note", std::string(1'000, 'x')}})
                .status,
            200);
  EXPECT_EQ(Patch(path, {{"labels", {{std::string(63, 'a'), std::string(100, 'x')}}}}).status, 200);
}

}  // namespace
}  // namespace latchkey::testing
