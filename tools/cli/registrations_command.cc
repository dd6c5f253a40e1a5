// latchkey registrations: what was registered before the ledger was restored, and accepting it.
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/client/gateway_view.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

constexpr const char* kNotKnown =
    "A gateway that was deregistered or removed after the backup is listed too: the restored "
    "ledger\ndoes not know that. Accept those that are still right, and deregister the others:\n"
    "  latchkey registrations accept GATEWAY…\n"
    "  latchkey gateway deregister GATEWAY\n";

struct RegistrationArguments {
  ConnectionFlags flags;
  bool restored = false;
  bool all = false;
  std::string account;
  std::vector<std::string> gateways;
};

CliResult<void> List(const RegistrationArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  Listing::Form form = GatewaysForm();
  form.empty =
      given.restored ? "No registration waits for acceptance.\n" : "No gateway is registered.\n";
  Listing listing(given.flags.format(), std::move(form), io.out, io.screen());
  const std::string query =
      std::string("?limit=1000&registration=registered") + (given.restored ? "&restored=true" : "");
  auto listed = client->ListGateways(given.account, query, [&](const boost::json::value& gateway) {
    listing.Add(gateway);
    return true;
  });
  if (!listed) return listed;
  if (given.restored && given.flags.for_people() && !listing.empty()) io.err << kNotKnown;
  listing.Finish();
  return {};
}

CliResult<void> AcceptMany(const RegistrationArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  boost::json::object body;
  if (given.all) {
    body["all"] = true;
  } else {
    body["account"] = given.account;
  }
  auto answer = client->Send(operations::kAcceptRegistrations, {}, body);
  if (!answer) return answer.error();
  const std::string words =
      given.all ? "Accepted all registrations from before the restore."
                : "Accepted all registrations of " + given.account + " from before the restore.";
  return Deliver(io, given.flags.for_people() ? words + "\n" : "", words);
}

// One after the other; the message of a refusal says which were accepted before it.
CliResult<void> AcceptEach(const RegistrationArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  Listing accepted(given.flags.format(), GatewaysForm(), io.out, io.screen());
  std::string done;
  for (const std::string& gateway : given.gateways) {
    auto id = client->GatewayId(gateway);
    if (!id) return id.error();
    auto answer = client->Send(operations::kAcceptGateway, {*id}, boost::json::object());
    if (!answer) return answer.error();
    const std::string words = fmt::format("Accepted {}/{} ({}).", TextAt(answer->body, "/account"),
                                          TextAt(answer->body, "/name"), *id);
    done += words + "\n";
    if (given.flags.for_people()) {
      io.out << words << '\n';
    } else {
      accepted.Add(answer->body);
    }
    if (auto told = Deliver(io, "", done); !told) return told;
  }
  if (!given.flags.for_people()) accepted.Finish();
  return {};
}

CliResult<void> Accept(const RegistrationArguments& given, Io& io) {
  const int ways = int(given.all) + int(!given.account.empty()) + int(!given.gateways.empty());
  if (ways != 1) {
    return Fail(ExitCode::kUsage, "Name gateways, or give --account ACCOUNT, or --all.");
  }
  return given.gateways.empty() ? AcceptMany(given, io) : AcceptEach(given, io);
}

}  // namespace

void AddRegistrations(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<RegistrationArguments>();
  CLI::App* registrations =
      app.add_subcommand("registrations", "List and accept registrations from before a restore");
  registrations->require_subcommand(1);

  CLI::App* list = registrations->add_subcommand("list", "List registered gateways");
  list->add_flag("--restored", given->restored,
                 "Only those from before the last restore that are not accepted yet");
  list->add_option("--account", given->account, "Only of this account");
  AddConnectionFlags(list, &given->flags);
  list->callback([given, &context] { context.Finish(List(*given, context.io)); });

  CLI::App* accept =
      registrations->add_subcommand("accept",
                                    "Accept registrations from before the last restore: of these "
                                    "gateways, of an account, or all");
  accept->add_option("GATEWAY", given->gateways, "Its id (gw_…) or account/name; may be repeated");
  accept->add_option("--account", given->account, "All of this account");
  accept->add_flag("--all", given->all, "All of the ledger");
  AddConnectionFlags(accept, &given->flags);
  accept->callback([given, &context] { context.Finish(Accept(*given, context.io)); });
}

}  // namespace latchkey::tools
