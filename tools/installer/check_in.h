// A check-in with a gateway's certificate, by which the server sees that the gateway is alive.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <boost/json/array.hpp>

#include "core/base/time.h"
#include "tools/installer/gateway_client.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// What the server tells a gateway that checks in.
struct Heard {
  std::chrono::seconds interval;      // until the next check-in
  std::optional<Time> renew_after{};  // null from a server that does not renew certificates
  std::string new_ca_pem{};           // to be trusted beside the CA from before; may be empty
  // Null from a server that knows of no messages.
  std::optional<boost::json::array> messages{};
  std::chrono::seconds come_back{0};  // when the server ended a wait for its own sake; else 0
};

// What a gateway says and asks with a check-in.
struct Said {
  std::string version{};             // of the gateway's software; empty when it is not known
  std::chrono::seconds wait{0};      // for a message
  boost::json::array acknowledge{};  // of messages, as the API takes it
};

// Checks in once. Fails as GatewayClient::Ask.
CliResult<Heard> CheckIn(GatewayClient& client, const Said& said);

}  // namespace latchkey::tools
