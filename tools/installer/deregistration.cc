#include "tools/installer/deregistration.h"

#include <utility>

#include <fmt/format.h>

#include "tools/client/operations.h"
#include "tools/installer/gateway_client.h"
#include "tools/installer/out_directory.h"

namespace latchkey::tools {
namespace {

// Ends it on the server. Returns whether it had ended before.
CliResult<bool> End(const Identity& identity, const DeregisterOptions& options) {
  boost::json::object body;
  if (!options.reason.empty()) body["reason"] = options.reason;
  GatewayClient client(identity);
  const auto ended = client.Ask(operations::kDeregisterSelf, body);
  if (ended) return false;
  Failure failure = ended.error();
  if (failure.code == "certificate_expired") {
    // Its registration goes on, and so may the gateway.
    if (failure.exit == ExitCode::kKeyRefused) {
      failure.message = "This certificate has expired, too long ago to be renewed.";
    }
    failure.message += fmt::format(
        " An operator can deregister the gateway with `latchkey gateway deregister {}`.",
        identity.gateway);
    failure.exit = ExitCode::kRefused;
  }
  if (failure.exit == ExitCode::kKeyRefused) return true;
  return failure;
}

// Another key pair of the directory may be the one that the server accepts (Agent::GoBack).
CliResult<bool> EndAny(const Identity& identity, const DeregisterOptions& options) {
  auto ended = End(identity, options);
  if (ended && !*ended) return ended;
  for (const Identity& other : ReadOtherPairs(identity, options.server)) {
    if (const auto now = End(other, options); now && !*now) return now;
  }
  return ended;
}

}  // namespace

CliResult<Deregistered> Deregister(const DeregisterOptions& options) {
  auto directory = OutDirectory::Change(options.directory);
  if (!directory) return directory.error();
  const auto agent = directory->LockForAgent();
  if (!agent) return agent.error();
  Deregistered done{.before = true};
  if (!directory->Ended()) {
    const auto identity = ReadIdentity(options.directory, options.server);
    if (!identity) return identity.error();
    const auto before = EndAny(*identity, options);
    if (!before) return before.error();
    if (options.step) options.step("ended");
    done = {identity->name, *before};
  }
  if (auto removed = directory->Remove(); !removed) return removed.error();
  if (options.step) options.step("removed");
  return done;
}

}  // namespace latchkey::tools
