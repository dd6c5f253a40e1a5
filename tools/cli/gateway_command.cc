#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/printable.h"
#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"
#include "tools/cli/commands.h"
#include "tools/cli/confirm.h"
#include "tools/cli/duration.h"
#include "tools/client/gateway_view.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

struct GatewayArguments {
  ConnectionFlags flags;
  std::string account;
  std::string gateway;
  std::string name;
  std::string primary;
  std::string expires;
  std::string reason;
  std::string status;
  std::string registration;
  bool yes = false;
};

CliResult<void> Add(const GatewayArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  boost::json::object body{{"name", given.name}};
  if (!given.primary.empty()) {
    auto primary = client->GatewayId(given.primary);
    if (!primary) return primary.error();
    body["primary"] = *primary;
  }
  if (!given.expires.empty()) {
    body["expires_in_seconds"] = ParseDuration(given.expires)->count();
  }
  // Everything that can fail comes before the gateway is added: nothing may prevent showing its
  // key.
  CliResult<std::string> command;
  if (!given.flags.json()) command = client->RegisterCommand();
  if (!command) return command.error();
  auto answer = client->Send(operations::kAddGateway, {given.account}, body);
  if (!answer) return answer.error();
  const boost::json::value& added = answer->body;
  std::string text;  // holds the key
  const crypto::WipeAtEnd wipe(&text);
  const std::string meanwhile =
      fmt::format("The gateway {}/{} is added. Show its key: latchkey key show {}", given.account,
                  TextAt(added, "/name"), TextAt(added, "/id"));
  if (given.flags.json()) {
    text = JsonText(added);
    crypto::AppendWiping(&text, "\n");
    return Deliver(io, text, meanwhile);
  }
  std::string key = RawTextAt(added, "/key");
  const crypto::WipeAtEnd wipe_key(&key);
  text = fmt::format(
      "Added {}/{} ({}, {}).\n\n"
      "  Registration key  {}\n"
      "  valid             once, until {}\n\n"
      "On the gateway's machine run this, and enter the key when it asks:\n\n"
      "  {}\n",
      given.account, TextAt(added, "/name"), TextAt(added, "/id"), TextAt(added, "/role"), key,
      ShortTime(TextAt(added, "/registration_key/expires_at")), *command);
  return Deliver(io, text, meanwhile);
}

CliResult<void> List(const GatewayArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  std::vector<std::string> accounts;
  if (given.account.empty()) {
    auto listed =
        client->List(operations::kListAccounts, {}, "?limit=1000", [&](const auto& account) {
          accounts.push_back(RawTextAt(account, "/account"));
          return true;
        });
    if (!listed) return listed;
  } else {
    accounts.push_back(given.account);
  }
  std::string query = "?limit=1000";
  if (!given.status.empty()) query += "&status=" + Encoded(given.status);
  if (!given.registration.empty()) query += "&registration=" + Encoded(given.registration);
  if (!given.name.empty()) query += "&name=" + Encoded(given.name);
  if (!given.primary.empty()) {
    auto primary = client->GatewayId(given.primary);
    if (!primary) return primary.error();
    query += "&primary=" + *primary;
  }
  Table table = GatewayTable();
  boost::json::array all;
  for (const std::string& account : accounts) {
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
  } else if (table.empty()) {
    io.out << "No gateway to show. Add one: latchkey gateway add ACCOUNT NAME\n";
  } else {
    table.Print(io.out, io.out_terminal);
  }
  return {};
}

// One request about one gateway, whose answer is the gateway or empty.
CliResult<void> Act(const GatewayArguments& given, Io& io, const Operation& operation,
                    const std::optional<boost::json::value>& body, const std::string& done) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  auto answer = client->Send(operation, {*id}, body);
  if (!answer) return answer.error();
  if (given.flags.json()) {
    const bool empty = answer->body.is_null();
    return Deliver(io, empty ? "" : JsonText(answer->body) + "\n", done);
  }
  if (!done.empty()) return Deliver(io, done + "\n", done);
  PrintGateway(answer->body, io.out, io.out_terminal);
  return {};
}

// Ends a gateway or its identity, once that is agreed to, and says what has ended with it.
CliResult<void> End(const GatewayArguments& given, Io& io, const Operation& operation,
                    const std::optional<boost::json::value>& body, const std::string& ending,
                    const std::string& ended) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  auto gateway = client->Send(operations::kShowGateway, {*id});
  if (!gateway) return gateway.error();
  const std::string name = fmt::format("{}/{} ({})", TextAt(gateway->body, "/account"),
                                       TextAt(gateway->body, "/name"), *id);
  const std::string losses = LossWords(gateway->body);
  if (auto agreed = Confirm(io, given.yes, "This " + ending + " " + name + "." + losses); !agreed) {
    return agreed;
  }
  auto answer = client->Send(operation, {*id}, body);
  if (!answer) return answer.error();
  const std::string words = ended + " " + name + "." + losses;
  if (!given.flags.json()) return Deliver(io, words + "\n", words);
  return Deliver(io, answer->body.is_null() ? "" : JsonText(answer->body) + "\n", words);
}

using Arguments = std::shared_ptr<GatewayArguments>;

CLI::App* AddOne(CLI::App* parent, const Arguments& given, const char* name, const char* help) {
  CLI::App* command = parent->add_subcommand(name, help);
  command->add_option("GATEWAY", given->gateway, "Its id (gw_…) or account/name")->required();
  AddConnectionFlags(command, &given->flags);
  return command;
}

void AddAdd(CLI::App* parent, const Arguments& given, CommandContext& context) {
  CLI::App* add = parent->add_subcommand(
      "add", "Add a gateway; prints its registration key and the command that installs it");
  add->add_option("ACCOUNT", given->account, "The account it belongs to")->required();
  add->add_option("NAME", given->name, "Its name, unique in the account")->required();
  add->add_option("--primary", given->primary,
                  "Make it a secondary of this gateway (id or account/name)");
  add->add_option("--expires", given->expires, "How long its key is valid (7d unless given)")
      ->check(CheckDuration);
  AddConnectionFlags(add, &given->flags);
  add->callback([given, &context] { context.Finish(Add(*given, context.io)); });
}

void AddList(CLI::App* parent, const Arguments& given, CommandContext& context) {
  CLI::App* list = parent->add_subcommand(
      "list", "List gateways: gray is not registered, green connected, red registered but silent");
  list->add_option("ACCOUNT", given->account, "Only of this account");
  list->add_option("--status", given->status, "Only of this dot")
      ->check(CLI::IsMember({"gray", "green", "red"}));
  list->add_option("--registration", given->registration, "Only in this state")
      ->check(CLI::IsMember({"unregistered", "registering", "registered"}));
  list->add_option("--name", given->name, "Only those with this in their name");
  list->add_option("--primary", given->primary, "Only secondaries of this gateway");
  AddConnectionFlags(list, &given->flags);
  list->callback([given, &context] { context.Finish(List(*given, context.io)); });
}

void AddEnding(CLI::App* parent, const Arguments& given, CommandContext& context) {
  CLI::App* remove = AddOne(
      parent, given, "remove",
      "Remove a gateway for good (its history stays); a registered one is deregistered first");
  AddYes(remove, &given->yes);
  remove->callback([given, &context] {
    context.Finish(End(*given, context.io, operations::kRemoveGateway, std::nullopt,
                       "removes for good", "Removed"));
  });

  CLI::App* deregister = AddOne(parent, given, "deregister",
                                "End a gateway's identity at once: its certificate is refused from "
                                "then on, an active key is\n"
                                "revoked. Generate a key to register it again");
  deregister->add_option("--reason", given->reason, "Why, for the history");
  AddYes(deregister, &given->yes);
  deregister->callback([given, &context] {
    boost::json::object body;
    if (!given->reason.empty()) body["reason"] = given->reason;
    context.Finish(End(*given, context.io, operations::kDeregisterGateway, body, "deregisters",
                       "Deregistered"));
  });
}

}  // namespace

void AddGateway(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<GatewayArguments>();
  CLI::App* gateway =
      app.add_subcommand("gateway", "Add gateways, see them, rename, deregister and remove them");
  gateway->require_subcommand(1);
  AddAdd(gateway, given, context);
  AddList(gateway, given, context);

  AddOne(gateway, given, "show", "Show all there is to know of one gateway")
      ->callback([given, &context] {
        context.Finish(Act(*given, context.io, operations::kShowGateway, std::nullopt, ""));
      });

  CLI::App* rename = AddOne(gateway, given, "rename", "Give a gateway another name");
  rename->add_option("NAME", given->name, "The new name")->required();
  rename->callback([given, &context] {
    context.Finish(Act(*given, context.io, operations::kRenameGateway,
                       boost::json::object{{"name", given->name}},
                       "Renamed to " + text::Printable(given->name) + "."));
  });

  AddEnding(gateway, given, context);
}

}  // namespace latchkey::tools
