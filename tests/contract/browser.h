// A browser on the management listener: no token, but a cookie and the headers that browsers send.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {

class Browser {
 public:
  explicit Browser(ContractLedger& ledger = ContractLedger::Instance());
  // Signed in with this token.
  explicit Browser(const NewToken& token, ContractLedger& ledger = ContractLedger::Instance());

  // Fails the running test when it is refused.
  HttpAnswer SignIn(const NewToken& token);
  void Take(const HttpAnswer& answer);

  HttpAnswer Get(const std::string& target);
  HttpAnswer Send(std::string_view method, const std::string& target,
                  std::optional<std::string> body = std::nullopt);
  boost::json::value Session();  // null when nobody is signed in
  HttpClient& client() { return client_; }

  // The headers of a request; with the CSRF token for one that changes something.
  Headers Sent(bool with_token) const;

  std::string cookie;
  std::string csrf_token;
  std::string site = "same-origin";

 private:
  HttpClient client_;
};

}  // namespace latchkey::testing
