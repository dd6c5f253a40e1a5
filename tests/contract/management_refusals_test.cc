// Every refusal of a management request for its content or for the state of the ledger.
#include <boost/json/serialize.hpp>

#include "tests/contract/refusal_rows.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using L = ContractLedger;

std::string GatewaysOf(const std::string& account) {
  return "/v1/accounts/" + account + "/gateways";
}

HttpAnswer Post(L& l, const std::string& path, const json::object& body = {},
                const Headers& headers = {}) {
  return l.Management().Post(path, body, headers);
}

HttpAnswer AddNamed(L& l, const json::value& name) {
  return Post(l, GatewaysOf(l.account()), {{"name", name}});
}

Added AddSecondary(L& l, const Added& primary) {
  const HttpAnswer answer =
      Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"primary", primary.id}});
  EXPECT_EQ(answer.status, 201) << answer.body;
  return {std::string(answer.Json()["id"].as_string()),
          std::string(answer.Json()["key"].as_string())};
}

const std::string kMessage = R"({"kind":"config","body":1})";

Added Removed(L& l) {
  const Added gateway = l.Add();
  EXPECT_EQ(l.Management().Send("DELETE", PathOf(gateway)).status, 204);
  return gateway;
}

const Refusal kInvalid[] = {
    {"name_missing", [](L& l) { return Post(l, GatewaysOf(l.account())); }, 422,
     "validation_failed", "/name"},
    {"name_null", [](L& l) { return AddNamed(l, nullptr); }, 422, "validation_failed", "/name"},
    {"name_number", [](L& l) { return AddNamed(l, 7); }, 422, "validation_failed", "/name"},
    {"name_empty", [](L& l) { return AddNamed(l, ""); }, 422, "validation_failed", "/name"},
    {"name_too_long", [](L& l) { return AddNamed(l, json::string(Repeated("ä", 101))); }, 422,
     "validation_failed", "/name"},
    {"name_control_character", [](L& l) { return AddNamed(l, "a\tb"); }, 422, "validation_failed",
     "/name"},
    {"primary_number",
     [](L& l) {
       return Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"primary", 1}});
     },
     422, "validation_failed", "/primary"},
    {"primary_is_a_secondary",
     [](L& l) {
       const Added secondary = AddSecondary(l, l.Add());
       return Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"primary", secondary.id}});
     },
     422, "validation_failed", "/primary"},
    {"lifetime_zero",
     [](L& l) {
       return Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"expires_in_seconds", 0}});
     },
     422, "validation_failed", "/expires_in_seconds"},
    {"lifetime_beyond_a_year",
     [](L& l) {
       return Post(l, PathOf(l.Add()) + "/key", {{"expires_in_seconds", 31'536'001}});
     },
     422, "validation_failed", "/expires_in_seconds"},
    {"lifetime_no_integer",
     [](L& l) {
       return Post(l, PathOf(l.Add()) + "/key", {{"expires_in_seconds", 1.5}});
     },
     422, "validation_failed", "/expires_in_seconds"},
    {"lifetime_beyond_all_integers",
     [](L& l) {
       return l.Management().Send("POST", PathOf(l.Add()) + "/key",
                                  R"({"expires_in_seconds":18446744073709551616})");
     },
     422, "validation_failed", "/expires_in_seconds"},
    {"replace_text",
     [](L& l) {
       return Post(l, PathOf(l.Add()) + "/key", {{"replace", "yes"}});
     },
     422, "validation_failed", "/replace"},
    {"reason_too_long",
     [](L& l) {
       return Post(l, PathOf(l.Add()) + "/deregister", {{"reason", Repeated("a", 1'025)}});
     },
     422, "validation_failed", "/reason"},
    {"several_at_once",
     [](L& l) {
       return Post(l, GatewaysOf(l.account()), {{"name", ""}, {"expires_in_seconds", 0}});
     },
     422, "validation_failed", "/expires_in_seconds"},
    {"account_name_upper_case",
     [](L& l) { return l.Management().Send("PUT", "/v1/accounts/Acme"); }, 422, "validation_failed",
     ""},
    {"account_name_dash_first",
     [](L& l) { return l.Management().Send("PUT", "/v1/accounts/-acme"); }, 422,
     "validation_failed", ""},
    {"account_name_too_long",
     [](L& l) { return l.Management().Send("PUT", "/v1/accounts/" + std::string(41, 'a')); }, 422,
     "validation_failed", ""},
    {"filter_status",
     [](L& l) { return l.Management().Get(GatewaysOf(l.account()) + "?status=blue"); }, 422,
     "validation_failed", "?status"},
    {"filter_registration",
     [](L& l) { return l.Management().Get(GatewaysOf(l.account()) + "?registration=maybe"); }, 422,
     "validation_failed", "?registration"},
    {"remove_with_a_parameter",
     [](L& l) { return l.Management().Send("DELETE", PathOf(l.Add()) + "?dry_run=true"); }, 422,
     "validation_failed", "?dry_run"},
    {"rename_with_a_parameter",
     [](L& l) {
       return l.Management().Send("PATCH", PathOf(l.Add()) + "?name=x", R"({"name":"y"})");
     },
     422, "validation_failed", "?name"},
    {"filter_after", [](L& l) { return l.Management().Get(GatewaysOf(l.account()) + "?after=x"); },
     422, "validation_failed", "?after"},
    {"filter_twice",
     [](L& l) { return l.Management().Get(GatewaysOf(l.account()) + "?status=red&status=gray"); },
     422, "validation_failed", "?status"},
    {"events_type", [](L& l) { return l.Management().Get("/v1/events?type=KeyLost"); }, 422,
     "validation_failed", "?type"},
    {"events_actor", [](L& l) { return l.Management().Get("/v1/events?actor=token:1"); }, 422,
     "validation_failed", "?actor"},
    {"events_since", [](L& l) { return l.Management().Get("/v1/events?since=yesterday"); }, 422,
     "validation_failed", "?since"},
    {"events_until_without_zone",
     [](L& l) { return l.Management().Get("/v1/events?until=2026-01-02T03:04:05"); }, 422,
     "validation_failed", "?until"},
    {"events_order", [](L& l) { return l.Management().Get("/v1/events?order=up"); }, 422,
     "validation_failed", "?order"},
    {"events_after", [](L& l) { return l.Management().Get("/v1/events?after=7"); }, 422,
     "validation_failed", "after"},
    {"stream_type", [](L& l) { return l.Management().Get("/v1/events/stream?type=KeyLost"); }, 422,
     "validation_failed", "?type"},
    {"stream_after", [](L& l) { return l.Management().Get("/v1/events/stream?after=x"); }, 422,
     "validation_failed", "after"},
    {"stream_last_event_id",
     [](L& l) {
       return l.Management().Get("/v1/events/stream", {{"Last-Event-ID", "x"}});
     },
     422, "validation_failed", "Last-Event-ID"},
    {"idempotency_key_empty",
     [](L& l) {
       return Post(l, PathOf(l.Add()) + "/key", {}, {{"Idempotency-Key", "\"\""}});
     },
     422, "validation_failed", "Idempotency-Key"},
    {"idempotency_key_too_long",
     [](L& l) {
       return Post(l, PathOf(l.Add()) + "/key", {}, {{"Idempotency-Key", std::string(256, 'k')}});
     },
     422, "validation_failed", "Idempotency-Key"},
    {"if_match_unquoted",
     [](L& l) {
       return Post(l, PathOf(l.Add()) + "/key", {}, {{"If-Match", "3"}});
     },
     400, "request_malformed"},
};

const Refusal kNotThere[] = {
    {"remove_with_a_parameter",
     [](L& l) { return l.Management().Send("DELETE", "/v1/gateways/gw_zzzzzzzz?dry_run=true"); },
     404, "not_found"},
    {"add_to_no_account",
     [](L& l) {
       return Post(l, GatewaysOf("nobody"), {{"name", "Office"}});
     },
     404, "not_found"},
    {"primary_unknown",
     [](L& l) {
       return Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"primary", "gw_zzzzzzzz"}});
     },
     404, "not_found"},
    {"primary_of_another_account",
     [](L& l) {
       const Added other = l.Add(l.NewAccount());
       return Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"primary", other.id}});
     },
     404, "not_found"},
    {"primary_filter_unknown",
     [](L& l) { return l.Management().Get(GatewaysOf(l.account()) + "?primary=gw_zzzzzzzz"); }, 404,
     "not_found"},
    {"events_of_no_account", [](L& l) { return l.Management().Get("/v1/events?account=nobody"); },
     404, "not_found"},
    {"events_of_no_gateway",
     [](L& l) { return l.Management().Get("/v1/events?gateway=gw_zzzzzzzz"); }, 404, "not_found"},
    {"stream_of_no_account",
     [](L& l) { return l.Management().Get("/v1/events/stream?account=nobody"); }, 404, "not_found"},
    {"events_after_another_epoch",
     [](L& l) { return l.Management().Get("/v1/events?after=0123456789abcdef-0"); }, 409,
     "position_unknown"},
    {"stream_after_the_end",
     [](L& l) { return l.Management().Get("/v1/events/stream?after=" + l.epoch() + "-99999999"); },
     409, "position_unknown"},
    {"provider_with_a_parameter_that_is_not_known",
     [](L& l) { return l.Management().Get("/v1/session/provider?retrun=/"); }, 422,
     "validation_failed", "retrun"},
    {"unknown_path", [](L& l) { return l.Management().Get("/v1/nothing"); }, 404, "not_found"},
    {"path_of_the_gateway_listener", [](L& l) { return l.Management().Get("/v1/self"); }, 404,
     "not_found"},
    {"path_with_a_slash_behind", [](L& l) { return l.Management().Get("/v1/accounts/"); }, 404,
     "not_found"},
    {"reveal_after_redemption",
     [](L& l) {
       const Added gateway = l.Add();
       l.Install(gateway);
       return Post(l, PathOf(gateway) + "/key/reveal");
     },
     404, "no_active_key"},
    {"reveal_after_revoking",
     [](L& l) {
       const Added gateway = l.Add();
       EXPECT_EQ(l.Management().Send("DELETE", PathOf(gateway) + "/key").status, 204);
       return Post(l, PathOf(gateway) + "/key/reveal");
     },
     404, "no_active_key"},
    {"revoke_twice",
     [](L& l) {
       const Added gateway = l.Add();
       EXPECT_EQ(l.Management().Send("DELETE", PathOf(gateway) + "/key").status, 204);
       return l.Management().Send("DELETE", PathOf(gateway) + "/key");
     },
     404, "no_active_key"},
    {"token_unknown",
     [](L& l) {
       return l.Management().Get("/v1/tokens/self",
                                 {{"Authorization", "Bearer lkop_" + std::string(56, 'a')}});
     },
     401, "unauthenticated"},
    {"token_of_another_scheme",
     [](L& l) {
       return l.Management().Get("/v1/tokens/self", {{"Authorization", "Basic eDp5"}});
     },
     401, "unauthenticated"},
};

const Refusal kState[] = {
    {"name_taken",
     [](L& l) {
       const std::string name = l.NewName();
       EXPECT_EQ(AddNamed(l, json::string(name)).status, 201);
       return AddNamed(l, json::string(name));
     },
     409, "name_taken"},
    {"rename_to_a_name_taken",
     [](L& l) {
       const std::string name = l.NewName();
       EXPECT_EQ(AddNamed(l, json::string(name)).status, 201);
       return l.Management().Send("PATCH", PathOf(l.Add()),
                                  json::serialize(json::object{{"name", name}}));
     },
     409, "name_taken"},
    {"sixth_secondary",
     [](L& l) {
       const Added primary = l.Add();
       for (int i = 0; i < 5; ++i) AddSecondary(l, primary);
       return Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"primary", primary.id}});
     },
     409, "too_many_secondaries"},
    {"remove_with_secondaries",
     [](L& l) {
       const Added primary = l.Add();
       AddSecondary(l, primary);
       return l.Management().Send("DELETE", PathOf(primary));
     },
     409, "has_secondaries"},
    {"new_key_for_a_registered_gateway",
     [](L& l) {
       const Added gateway = l.Add();
       l.Install(gateway);
       return Post(l, PathOf(gateway) + "/key");
     },
     409, "already_registered"},
    {"primary_removed",
     [](L& l) {
       return Post(l, GatewaysOf(l.account()), {{"name", l.NewName()}, {"primary", Removed(l).id}});
     },
     410, "gateway_removed"},
    {"show_removed", [](L& l) { return l.Management().Get(PathOf(Removed(l))); }, 410,
     "gateway_removed"},
    {"rename_removed",
     [](L& l) { return l.Management().Send("PATCH", PathOf(Removed(l)), R"({"name":"New"})"); },
     410, "gateway_removed"},
    {"remove_removed", [](L& l) { return l.Management().Send("DELETE", PathOf(Removed(l))); }, 410,
     "gateway_removed"},
    {"new_key_for_removed", [](L& l) { return Post(l, PathOf(Removed(l)) + "/key"); }, 410,
     "gateway_removed"},
    {"reveal_removed", [](L& l) { return Post(l, PathOf(Removed(l)) + "/key/reveal"); }, 410,
     "gateway_removed"},
    {"revoke_removed",
     [](L& l) { return l.Management().Send("DELETE", PathOf(Removed(l)) + "/key"); }, 410,
     "gateway_removed"},
    {"send_to_removed",
     [](L& l) {
       return Post(l, PathOf(Removed(l)) + "/messages", {{"kind", "config"}, {"body", 1}});
     },
     410, "gateway_removed"},
    {"cancel_of_removed",
     [](L& l) {
       const Added gateway = l.Add();
       const std::string message = PathOf(gateway) + "/messages/" + l.SendMessage(gateway);
       EXPECT_EQ(l.Management().Send("DELETE", PathOf(gateway)).status, 204);
       return l.Management().Send("DELETE", message);
     },
     410, "gateway_removed"},
    {"deregister_removed", [](L& l) { return Post(l, PathOf(Removed(l)) + "/deregister"); }, 410,
     "gateway_removed"},
};

class ManagementRefusalTest : public RefusalTest {};
TEST_P(ManagementRefusalTest, IsAnsweredByItsCode) { Run(); }
INSTANTIATE_TEST_SUITE_P(Invalid, ManagementRefusalTest, ::testing::ValuesIn(kInvalid), RowName);
INSTANTIATE_TEST_SUITE_P(NotThere, ManagementRefusalTest, ::testing::ValuesIn(kNotThere), RowName);
INSTANTIATE_TEST_SUITE_P(State, ManagementRefusalTest, ::testing::ValuesIn(kState), RowName);

// If-Match on every request that takes it, by method and what follows the gateway's path.
struct Conditional {
  std::string name;
  std::string method;
  std::string suffix;
};

class IfMatchTest : public ::testing::TestWithParam<Conditional> {
 protected:
  HttpAnswer Send(const Added& gateway, const std::string& tag) {
    ContractLedger& ledger = ContractLedger::Instance();
    std::optional<std::string> body;
    if (GetParam().name == "send") body = kMessage;
    if (GetParam().method == "PATCH") body = R"({"name":")" + ledger.NewName() + "\"}";
    return ledger.Management().Send(GetParam().method, PathOf(gateway) + GetParam().suffix, body,
                                    {{"If-Match", tag}});
  }
};

// A message is named by its id, which is new each time.
TEST(IfMatchOfMessages, HoldsOnlyForTheVersionSeen) {
  ContractLedger& ledger = ContractLedger::Instance();
  const Added gateway = ledger.Add();
  const std::string path = PathOf(gateway) + "/messages/" + ledger.SendMessage(gateway);
  const std::string seen = ledger.Management().Get(PathOf(gateway)).Header("ETag").value_or("");
  const auto cancel = [&](const std::string& tag) {
    return ledger.Management().Send("DELETE", path, std::nullopt, {{"If-Match", tag}});
  };
  EXPECT_EQ(cancel("\"99\"").Code(), "version_conflict");
  EXPECT_EQ(cancel(seen).status, 204);
}

TEST_P(IfMatchTest, HoldsOnlyForTheVersionSeen) {
  ContractLedger& ledger = ContractLedger::Instance();
  const Added gateway = ledger.Add();
  const std::string seen = ledger.Management().Get(PathOf(gateway)).Header("ETag").value_or("");
  for (const std::string& other : {std::string("\"99\""), "W/" + seen, std::string("\"x\"")}) {
    const HttpAnswer refused = Send(gateway, other);
    EXPECT_EQ(refused.status, 412) << other << refused.body;
    EXPECT_EQ(refused.Code(), "version_conflict");
  }
  EXPECT_EQ(Send(gateway, "\"99\", " + seen).status / 100, 2);
}

TEST_P(IfMatchTest, StarHoldsForAnyVersion) {
  EXPECT_EQ(Send(ContractLedger::Instance().Add(), "*").status / 100, 2);
}

const Conditional kConditional[] = {
    {"rename", "PATCH", ""},           {"remove", "DELETE", ""},
    {"new_key", "POST", "/key"},       {"revoke", "DELETE", "/key"},
    {"reveal", "POST", "/key/reveal"}, {"deregister", "POST", "/deregister"},
    {"accept", "POST", "/accept"},     {"send", "POST", "/messages"},
};

INSTANTIATE_TEST_SUITE_P(Requests, IfMatchTest, ::testing::ValuesIn(kConditional),
                         [](const auto& row) { return row.param.name; });

// Idempotency-Key on every request that takes it.
class IdempotencyTest : public ::testing::TestWithParam<Conditional> {
 protected:
  static ContractLedger& ledger() { return ContractLedger::Instance(); }

  HttpAnswer Send(const std::string& path, const std::string& key,
                  const std::optional<std::string>& body) {
    return ledger().Management().Send(GetParam().method, path, body, {{"Idempotency-Key", key}});
  }
  // A request with a path not used before.
  std::string Path() {
    if (GetParam().name == "open") return "/v1/accounts/repeated-" + std::to_string(++opened_);
    if (GetParam().name == "add") return GatewaysOf(ledger().account());
    if (GetParam().name == "remove_webhook") return "/v1/webhooks/" + ledger().AddWebhook();
    if (GetParam().name == "revoke_token") {
      return "/v1/tokens/" + ledger().CreateToken("auditor").id;
    }
    const Added gateway = ledger().Add();
    if (GetParam().name == "cancel") {
      return PathOf(gateway) + "/messages/" + ledger().SendMessage(gateway);
    }
    return PathOf(gateway) + GetParam().suffix;
  }
  std::optional<std::string> Body() {
    if (GetParam().name == "send") return kMessage;
    const bool named = GetParam().name == "add" || GetParam().name == "rename";
    if (named) return R"({"name":")" + ledger().NewName() + "\"}";
    return std::nullopt;
  }
  std::string NewKey() { return "key of " + ledger().NewName(); }

 private:
  static inline int opened_ = 0;
};

TEST_P(IdempotencyTest, TheSameRequestIsAnsweredAgain) {
  const std::string path = Path();
  const std::string key = NewKey();
  const std::optional<std::string> body = Body();
  const HttpAnswer first = Send(path, key, body);
  const HttpAnswer again = Send(path, "\"" + key + "\"", body);
  EXPECT_EQ(first.status / 100, 2) << first.body;
  EXPECT_EQ(again.status, first.status) << again.body;
  EXPECT_EQ(again.Header("Latchkey-Position"), first.Header("Latchkey-Position"));
  EXPECT_EQ(again.Header("Location"), first.Header("Location"));
  EXPECT_EQ(again.body, first.body);
}

TEST_P(IdempotencyTest, AnotherRequestUnderTheSameKeyIsRefused) {
  const std::string key = NewKey();
  EXPECT_EQ(Send(Path(), key, Body()).status / 100, 2);
  const HttpAnswer refused = Send(Path(), key, Body());
  EXPECT_EQ(refused.status, 422) << refused.body;
  EXPECT_EQ(refused.Code(), "idempotency_key_reused");
  EXPECT_EQ(refused.Json()["errors"].at(0).at("pointer"), "Idempotency-Key");
}

TEST_P(IdempotencyTest, AKeyLastsADay) {
  const std::string key = NewKey();
  EXPECT_EQ(Send(Path(), key, Body()).status / 100, 2);
  ledger().Advance(std::chrono::hours(24) + std::chrono::seconds(1));
  const HttpAnswer answer = Send(Path(), key, Body());
  EXPECT_EQ(answer.status / 100, 2) << answer.body;
}

const Conditional kRepeatable[] = {
    {"open", "PUT", ""},
    {"add", "POST", ""},
    {"rename", "PATCH", ""},
    {"remove", "DELETE", ""},
    {"new_key", "POST", "/key"},
    {"revoke", "DELETE", "/key"},
    {"reveal", "POST", "/key/reveal"},
    {"deregister", "POST", "/deregister"},
    {"revoke_token", "DELETE", ""},
    {"send", "POST", "/messages"},
    {"cancel", "DELETE", ""},
    {"remove_webhook", "DELETE", ""},
};

INSTANTIATE_TEST_SUITE_P(Requests, IdempotencyTest, ::testing::ValuesIn(kRepeatable),
                         [](const auto& row) { return row.param.name; });

// The text of a key is given again only while the key is active.
TEST(IdempotentKeyTest, IsNullOnceTheKeyIsNotActive) {
  ContractLedger& ledger = ContractLedger::Instance();
  const Headers first = {{"Idempotency-Key", ledger.NewName()}};
  const json::object body = {{"name", ledger.NewName()}};
  const HttpAnswer added = Post(ledger, GatewaysOf(ledger.account()), body, first);
  const std::string path = added.Header("Location").value_or("");
  EXPECT_TRUE(added.Json()["key"].is_string());

  const Headers second = {{"Idempotency-Key", ledger.NewName()}};
  const HttpAnswer generated = Post(ledger, path + "/key", {}, second);
  EXPECT_EQ(Post(ledger, path + "/key", {}, second).body, generated.body);
  const HttpAnswer added_again = Post(ledger, GatewaysOf(ledger.account()), body, first);
  EXPECT_EQ(added_again.status, 201);
  EXPECT_TRUE(added_again.Json()["key"].is_null()) << added_again.body;

  EXPECT_EQ(ledger.Management().Send("DELETE", path + "/key").status, 204);
  const HttpAnswer generated_again = Post(ledger, path + "/key", {}, second);
  EXPECT_EQ(generated_again.status, 201);
  EXPECT_TRUE(generated_again.Json()["key"].is_null()) << generated_again.body;
  EXPECT_EQ(generated_again.Json()["generation"], generated.Json()["generation"]);
}

}  // namespace
}  // namespace latchkey::testing
