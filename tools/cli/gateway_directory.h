// The options of commands on the machine of a gateway that is registered: its directory, and what
// is to be used in place of what the directory says of the server.
#pragma once

#include <string>

#include "tools/installer/gateway_client.h"
#include "tools/installer/identity.h"
#include "tools/process/exit_code.h"

namespace CLI {
class App;
}

namespace latchkey::tools {

struct GatewayDirectory {
  std::string directory;
  std::string url;
  std::string ca;
  std::string fingerprint;
};

// Adds --dir, --url, --ca and --ca-fingerprint.
void AddGatewayDirectory(CLI::App* command, GatewayDirectory* given);

// kUsage for a URL that is not valid.
CliResult<ServerChoice> ChoiceOf(const GatewayDirectory& given);

// The failure of a command that asks once, with when to run it again.
Failure WithRetry(Failure failure, const GatewayClient& client);

}  // namespace latchkey::tools
