// A check-in with a gateway's certificate, by which the server sees that the gateway is alive.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "tools/installer/gateway_client.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// What the server tells a gateway that checks in.
struct Heard {
  std::chrono::seconds interval;      // until the next check-in
  std::optional<Time> renew_after{};  // null from a server that does not renew certificates
  std::string new_ca_pem{};           // to be trusted beside the CA from before; may be empty
};

// Checks in once. `version` is of the gateway's software; empty when it is not known. Fails as
// GatewayClient::Ask.
CliResult<Heard> CheckIn(GatewayClient& client, const std::string& version);

}  // namespace latchkey::tools
