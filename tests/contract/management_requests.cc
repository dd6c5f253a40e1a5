#include "tests/contract/management_requests.h"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "api/router.h"

namespace latchkey::testing {

namespace json = boost::json;

namespace {

std::string SequenceOf(ContractLedger& ledger, const Added& gateway) {
  const json::object page =
      ledger.Management().Get("/v1/events?limit=1&gateway=" + gateway.id).Json();
  return json::serialize(page.at("events").at(0).at("sequence"));
}

}  // namespace

std::string ManagementRequest::Name() const {
  std::string text(api::MethodName(route->method));
  text.append(" ").append(route->pattern);
  if (switched) text.append(" with ").append(route->body_switch.member);
  return text;
}

std::vector<ManagementRequest> ManagementRequests() {
  std::vector<ManagementRequest> requests;
  for (const auto& [route, handler] : api::ManagementRoutes()) {
    requests.push_back({&route});
    if (!route.body_switch.member.empty()) requests.push_back({&route, true});
  }
  return requests;
}

Subject MakeSubject(ContractLedger& ledger, const ManagementRequest& request) {
  const api::Route& route = *request.route;
  Subject subject{ledger.NewAccount(), {}, {}, std::string(route.pattern), {}};
  subject.gateway = ledger.Add(subject.account);
  subject.token = ledger.CreateToken("helpdesk", {subject.account});
  const auto fill = [&](const std::string& name, const std::string& value) {
    const std::size_t at = subject.path.find("{" + name + "}");
    if (at != std::string::npos) subject.path.replace(at, name.size() + 2, value);
  };
  fill("account", subject.account);
  fill("gateway", subject.gateway.id);
  fill("token", subject.token.id);
  fill("sequence", SequenceOf(ledger, subject.gateway));
  fill("level", "0");
  fill("+tile", "000.p/1");
  if (route.pattern.ends_with("/consistency")) subject.path += "?from=1&to=1";
  if (route.pattern.find("{message}") != std::string_view::npos) {
    fill("message", ledger.SendMessage(subject.gateway));
  }
  if (route.pattern.find("{webhook}") != std::string_view::npos) {
    fill("webhook", ledger.AddWebhook(subject.account));
  }
  MakeOwn(ledger, request, subject.token, &subject);
  EXPECT_EQ(subject.path.find('{'), std::string::npos) << "no subject for " << subject.path;
  if (request.switched) subject.body[std::string(route.body_switch.member)] = true;
  if (route.body == api::BodyRule::kRequired) subject.body["name"] = ledger.NewName();
  if (request.Name() == "POST /v1/tokens") {
    subject.body["role"] = "auditor";
    subject.body["accounts"] = json::array{json::string(subject.account)};
  }
  if (request.Name() == "POST /v1/registrations/accept") {
    subject.body = {{"account", subject.account}};
  }
  if (route.pattern.ends_with("/messages") && route.writes()) {
    subject.body = {{"kind", "config"}, {"body", 1}};
  }
  if (route.pattern.starts_with("/v1/webhooks") && route.body == api::BodyRule::kRequired) {
    subject.body = ledger.WebhookBody(route.pattern);
    if (request.Name() == "POST /v1/webhooks") {
      subject.body["accounts"] = json::array{json::string(subject.account)};
    }
  }
  if (request.Name() == "POST /v1/session") {
    subject.body = {{"token", ledger.CreateToken("owner").secret}};
  }
  return subject;
}

std::string NewSession(ContractLedger& ledger, const NewToken& token) {
  HttpClient client = ledger.Management();
  EXPECT_EQ(client.Post("/v1/session", {{"token", token.secret}}).status, 201);
  const json::object listed = client.Get("/v1/sessions?operator=" + token.id).Json();
  return std::string(listed.at("sessions").as_array().back().at("id").as_string());
}

void MakeOwn(ContractLedger& ledger, const ManagementRequest& request, const NewToken& token,
             Subject* subject) {
  if (request.route->pattern == "/v1/sessions/{session}") {
    subject->path = "/v1/sessions/" + NewSession(ledger, token);
  }
  if (request.Name() == "DELETE /v1/sessions") subject->path = "/v1/sessions?operator=" + token.id;
}

bool NamesSomething(const ManagementRequest& request, const Subject& subject) {
  const std::string_view pattern = request.route->pattern;
  return (pattern.find('{') != std::string_view::npos && !pattern.starts_with("/tlog/")) ||
         subject.body.contains("accounts") || request.Name() == "DELETE /v1/sessions";
}

bool IsForAllAccounts(const ManagementRequest& request) {
  return request.route->pattern.starts_with("/tlog/tile/entries/");
}

HttpAnswer Ask(HttpClient& client, const ManagementRequest& request, const Subject& subject,
               const Headers& headers) {
  const api::Route& route = *request.route;
  if (!route.writes()) {
    const bool streams = route.pattern == "/v1/events/stream";
    return client.Send(streams ? "HEAD" : "GET", subject.path, std::nullopt, headers);
  }
  return client.Send(api::MethodName(route.method), subject.path, json::serialize(subject.body),
                     headers);
}

}  // namespace latchkey::testing
