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

CliResult<std::vector<std::string>> Accounts(ManagementClient& client, const std::string& given) {
  std::vector<std::string> accounts;
  if (!given.empty()) return std::vector{given};
  auto listed = client.List(operations::kListAccounts, {}, "?limit=1000", [&](const auto& account) {
    accounts.push_back(RawTextAt(account, "/account"));
    return true;
  });
  if (!listed) return listed.error();
  return accounts;
}

CliResult<void> List(const RegistrationArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  const auto accounts = Accounts(*client, given.account);
  if (!accounts) return accounts.error();
  Table table = GatewayTable();
  boost::json::array all;
  const std::string query =
      std::string("?limit=1000&registration=registered") + (given.restored ? "&restored=true" : "");
  for (const std::string& account : *accounts) {
    auto listed = client->List(operations::kListGateways, {account}, query,
                               [&](const boost::json::value& gateway) {
                                 if (given.flags.json()) {
                                   all.push_back(gateway);
                                 } else {
                                   table.Add(GatewayRow(gateway));
                                 }
                                 return true;
                               });
    if (!listed) return listed;
  }
  if (given.flags.json()) {
    io.out << JsonText(boost::json::object{{"gateways", all}, {"next", nullptr}}) << '\n';
    return {};
  }
  if (table.empty()) {
    io.out << (given.restored ? "No registration waits for acceptance.\n"
                              : "No gateway is registered.\n");
    return {};
  }
  table.Print(io.out, io.out_terminal);
  if (given.restored) io.err << kNotKnown;
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
  return Deliver(io, given.flags.json() ? "" : words + "\n", words);
}

// One after the other; the message of a refusal says which were accepted before it.
CliResult<void> AcceptEach(const RegistrationArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  std::string done;
  for (const std::string& gateway : given.gateways) {
    auto id = client->GatewayId(gateway);
    if (!id) return id.error();
    auto answer = client->Send(operations::kAcceptGateway, {*id}, boost::json::object());
    if (!answer) return answer.error();
    const std::string words = fmt::format("Accepted {}/{} ({}).", TextAt(answer->body, "/account"),
                                          TextAt(answer->body, "/name"), *id);
    done += words + "\n";
    auto told = Deliver(io, (given.flags.json() ? JsonText(answer->body) : words) + "\n", done);
    if (!told) return told;
  }
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
  CLI::App* registrations = app.add_subcommand(
      "registrations", "After a restore: see which registrations are from before it, accept them");
  registrations->require_subcommand(1);

  CLI::App* list = registrations->add_subcommand("list", "List registered gateways");
  list->add_flag("--restored", given->restored,
                 "Only those from before the last restore that were not accepted since");
  list->add_option("--account", given->account, "Only of this account");
  AddConnectionFlags(list, &given->flags);
  list->callback([given, &context] { context.Finish(List(*given, context.io)); });

  CLI::App* accept = registrations->add_subcommand(
      "accept",
      "Say that registrations from before the last restore are still right: of these gateways, of\n"
      "an account, or all");
  accept->add_option("GATEWAY", given->gateways, "Their ids (gw_…) or account/name");
  accept->add_option("--account", given->account, "All of this account");
  accept->add_flag("--all", given->all, "All of the ledger");
  AddConnectionFlags(accept, &given->flags);
  accept->callback([given, &context] { context.Finish(Accept(*given, context.io)); });
}

}  // namespace latchkey::tools
