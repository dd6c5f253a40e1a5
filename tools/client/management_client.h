// The management side of the HTTP contract as the command line uses it: one server, one token.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "core/crypto/secret.h"
#include "core/http/http_client.h"
#include "tools/client/answer.h"
#include "tools/client/format.h"
#include "tools/process/exit_code.h"

namespace CLI {
class App;
}

namespace latchkey::tools {

// How a command finds its server, and how it shows answers.
struct ConnectionFlags {
  std::string url;
  std::string token;
  std::string token_file;
  std::string ca;
  std::string data;
  std::string gateways_url;
  std::string output = "table";

  OutputFormat format() const { return FormatOf(output); }
  bool for_people() const { return format() == OutputFormat::kTable; }
};

// The group of these options, which many commands have and help explains in one place.
inline constexpr const char* kConnectionGroup = "Connection";

// Adds --url, --token, --token-file, --ca, --data, --gateways-url, -o and --utc to a command.
void AddConnectionFlags(CLI::App* command, ConnectionFlags* flags);

class ManagementClient {
 public:
  // Flags go before --data, and --data before LATCHKEY_URL, LATCHKEY_TOKEN (or _FILE) and
  // LATCHKEY_CA; `notes` gets a line about a token that is not used for that. kUsage when that
  // names no server or no token, kTryAgain when DIR is not being served.
  static CliResult<ManagementClient> Connect(const ConnectionFlags& flags, std::ostream& notes);

  // Asks the operation with its parameters in order; fails like ReadAnswer, or for want of an
  // answer. `headers` go with it: "If-Match: …".
  CliResult<Answer> Send(const Operation& operation,
                         const std::vector<std::string>& parameters = {},
                         const std::optional<boost::json::value>& body = std::nullopt,
                         const std::vector<std::string>& headers = {});

  // Every page of a list, one item at a time, until `visit` returns false. `query` begins with "?",
  // or is empty.
  CliResult<void> List(const Operation& operation, const std::vector<std::string>& parameters,
                       std::string query,
                       const std::function<bool(const boost::json::value&)>& visit);

  // The gateways of `account`, of all accounts that the token may see when it is empty. `query`
  // filters them.
  CliResult<void> ListGateways(const std::string& account, const std::string& query,
                               const std::function<bool(const boost::json::value&)>& visit);

  // The id of a GATEWAY: an id, or `account/name` looked up.
  CliResult<std::string> GatewayId(const std::string& given);

  // The stream of events, from after `position`; ends like HttpClient::Stream.
  CliResult<void> Stream(const std::string& query, const std::string& position,
                         const std::function<bool(std::string_view)>& data);

  // The command line that installs a gateway, ready to paste; without the key, for which the
  // command prompts.
  CliResult<std::string> RegisterCommand();

  const std::string& url() const { return http_.url(); }

 private:
  ManagementClient(HttpClient http, crypto::Secret token, std::string gateways_url,
                   std::string data)
      : http_(std::move(http)),
        token_(std::move(token)),
        gateways_url_(std::move(gateways_url)),
        data_(std::move(data)) {}
  ClientRequest Request(const Operation& operation, const std::string& target) const;
  CliResult<Answer> Ask(const Operation& operation, const std::string& target,
                        const std::optional<boost::json::value>& body,
                        const std::vector<std::string>& headers);

  HttpClient http_;
  crypto::Secret token_;
  std::string gateways_url_;
  std::string data_;  // the directory whose token this is; empty for any other token
};

// How an owner of the machine gets in again when the token in DIR opens nothing any more.
std::string WayBackIn(const std::string& data);

// One path segment or query value, percent-encoded.
std::string Encoded(std::string_view text);

}  // namespace latchkey::tools
