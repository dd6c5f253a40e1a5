#include "tests/contract/browser.h"

#include <gtest/gtest.h>

namespace latchkey::testing {

Browser::Browser(ContractLedger& ledger) : client_(ledger.Management()) {
  client_.options().token.clear();
}

Browser::Browser(const NewToken& token, ContractLedger& ledger) : Browser(ledger) { SignIn(token); }

HttpAnswer Browser::SignIn(const NewToken& token) {
  const HttpAnswer answer = client_.Post("/v1/session", {{"token", token.secret}}, Sent(false));
  EXPECT_EQ(answer.status, 201) << answer.body;
  Take(answer);
  return answer;
}

void Browser::Take(const HttpAnswer& answer) {
  const std::string set = answer.Header("Set-Cookie").value_or("");
  cookie = set.substr(0, set.find(';'));
  csrf_token = answer.Json().at("session").at("csrf_token").as_string();
}

HttpAnswer Browser::Get(const std::string& target) { return client_.Get(target, Sent(false)); }

HttpAnswer Browser::Send(std::string_view method, const std::string& target,
                         std::optional<std::string> body) {
  return client_.Send(method, target, std::move(body), Sent(true));
}

boost::json::value Browser::Session() { return Get("/v1/session").Json().at("session"); }

Headers Browser::Sent(bool with_token) const {
  Headers headers;
  if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
  if (!site.empty()) headers.emplace_back("Sec-Fetch-Site", site);
  if (with_token && !csrf_token.empty()) headers.emplace_back("X-CSRF-Token", csrf_token);
  return headers;
}

}  // namespace latchkey::testing
