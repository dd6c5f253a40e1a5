#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/printable.h"
#include "tools/cli/commands.h"
#include "tools/cli/confirm.h"
#include "tools/cli/duration.h"
#include "tools/cli/gateway_add.h"
#include "tools/client/gateway_view.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

constexpr int kMaxTries = 10;  // of a change that others cross

struct GatewayArguments {
  ConnectionFlags flags;
  std::string account;
  std::string gateway;
  std::string name;
  std::string primary;
  std::string reason;
  std::vector<std::string> labels;   // key:value
  std::vector<std::string> removed;  // keys of labels
  std::string note;
  std::string status;
  std::string registration;
  bool yes = false;
};

// The query of a list by what was given.
CliResult<std::string> QueryOf(const GatewayArguments& given, ManagementClient& client) {
  std::string query = "?limit=1000";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += fmt::format("&{}={}", name, Encoded(value));
  };
  add("status", given.status);
  add("registration", given.registration);
  add("name", given.name);
  for (const std::string& label : given.labels) add("label", label);
  if (!given.primary.empty()) {
    auto primary = client.GatewayId(given.primary);
    if (!primary) return primary.error();
    add("primary", *primary);
  }
  return query;
}

CliResult<void> List(const GatewayArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto query = QueryOf(given, *client);
  if (!query) return query.error();
  Listing listing(given.flags.format(), GatewaysForm(), io.out, io.screen());
  auto listed = client->ListGateways(given.account, *query, [&](const boost::json::value& gateway) {
    listing.Add(gateway);
    return true;
  });
  if (listed) listing.Finish();
  return listed;
}

// Empty where the server's answer is.
std::string ForScripts(const GatewayArguments& given, const boost::json::value& answer) {
  if (answer.is_null()) return {};
  return Document(given.flags.format(), GatewaysForm().csv, answer);
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
  if (!given.flags.for_people()) return Deliver(io, ForScripts(given, answer->body), done);
  if (!done.empty()) return Deliver(io, done + "\n", done);
  PrintGateway(answer->body, io.out, io.colours);
  return {};
}

// Changes single labels; the others stay, also when someone else changes them meanwhile.
CliResult<void> Label(const GatewayArguments& given, Io& io) {
  auto changes = ReadLabels(given.labels);
  if (!changes) return changes.error();
  if (changes->empty() && given.removed.empty()) {
    return Fail(ExitCode::kUsage, "Which label? Give KEY:VALUE, or --remove KEY.");
  }
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  for (int tries = 1;; ++tries) {
    const auto gateway = client->Send(operations::kShowGateway, {*id});
    if (!gateway) return gateway.error();
    boost::json::object labels;
    if (const auto* before = At(gateway->body, "/labels").if_object()) labels = *before;
    for (const std::string& key : given.removed) labels.erase(key);
    for (const auto& [key, value] : *changes) labels[key] = value;
    auto changed =
        client->Send(operations::kChangeGateway, {*id}, boost::json::object{{"labels", labels}},
                     {"If-Match: " + gateway->etag});
    if (!changed && tries < kMaxTries &&
        changed.error().code == CodeName(ErrorCode::kVersionConflict)) {
      continue;
    }
    if (!changed) return changed.error();
    const std::string words = "Changed the labels of " + text::Printable(given.gateway) + ".";
    return Deliver(io, given.flags.for_people() ? words + "\n" : ForScripts(given, changed->body),
                   words);
  }
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
  const std::string what = fmt::format(fmt::runtime(ending), name) + losses;
  if (auto agreed = Confirm(io, given.yes, what); !agreed) return agreed;
  auto answer = client->Send(operation, {*id}, body);
  if (!answer) return answer.error();
  const std::string words = ended + " " + name + "." + losses;
  return Deliver(io, given.flags.for_people() ? words + "\n" : ForScripts(given, answer->body),
                 words);
}

CLI::App* AddForGateway(CLI::App* parent, const std::shared_ptr<GatewayArguments>& given,
                        const char* name, const char* help) {
  CLI::App* command = parent->add_subcommand(name, help);
  command->add_option("GATEWAY", given->gateway, "Its id (gw_…) or account/name")->required();
  AddConnectionFlags(command, &given->flags);
  return command;
}

void AddAdd(CLI::App* parent, CommandContext& context) {
  const auto given = std::make_shared<AddArguments>();
  CLI::App* add = parent->add_subcommand(
      "add", "Add a gateway; prints its registration key and the command that installs it");
  add->add_option("ACCOUNT", given->account, "The account it belongs to")->required();
  CLI::Option* name = add->add_option("NAME", given->name, "Its name, unique in the account");
  CLI::Option* from =
      add->add_option("--from", given->from,
                      "Add all gateways of this file (- for standard input): a name on each line, "
                      "or CSV with the columns name, primary, labels and note");
  name->excludes(from);
  add->add_flag("--skip-existing", given->skip_existing,
                "Pass over those of the file whose names the account has already")
      ->needs(from);
  add->add_option("--primary", given->primary,
                  "Make it a secondary of this gateway (id or account/name)");
  add->add_option("--label", given->labels, "Give it a label, KEY:VALUE; may be repeated")
      ->allow_extra_args(false);
  add->add_option("--note", given->note, "Give it a note");
  add->add_option("--expires", given->expires, "How long its key is valid (7d unless given)")
      ->check(CheckDuration);
  AddConnectionFlags(add, &given->flags);
  add->callback([given, &context] {
    if (!given->from.empty()) return context.Finish(AddManyGateways(*given, context.io));
    if (!given->name.empty()) return context.Finish(AddOneGateway(*given, context.io));
    context.Finish(
        Fail(ExitCode::kUsage, "Give ACCOUNT and NAME, or ACCOUNT and --from FILE for many."));
  });
}

void AddList(CLI::App* parent, const std::shared_ptr<GatewayArguments>& given,
             CommandContext& context) {
  CLI::App* list = parent->add_subcommand(
      "list", "List gateways: gray is not registered, green connected, red registered but silent");
  list->add_option("ACCOUNT", given->account, "Only of this account");
  list->add_option("--status", given->status, "Only with this dot")
      ->check(CLI::IsMember({"gray", "green", "red"}));
  list->add_option("--registration", given->registration, "Only in this state")
      ->check(CLI::IsMember({"unregistered", "registering", "registered"}));
  list->add_option("--name", given->name, "Only those with this in their name");
  list->add_option("--label", given->labels,
                   "Only those with this label, KEY:VALUE; may be repeated")
      ->allow_extra_args(false);
  list->add_option("--primary", given->primary, "Only secondaries of this gateway");
  AddConnectionFlags(list, &given->flags);
  list->callback([given, &context] { context.Finish(List(*given, context.io)); });
}

void AddChanging(CLI::App* parent, const std::shared_ptr<GatewayArguments>& given,
                 CommandContext& context) {
  CLI::App* rename = AddForGateway(parent, given, "rename", "Rename a gateway");
  rename->add_option("NAME", given->name, "The new name")->required();
  rename->callback([given, &context] {
    context.Finish(Act(*given, context.io, operations::kChangeGateway,
                       boost::json::object{{"name", given->name}},
                       "Renamed to " + text::Printable(given->name) + "."));
  });

  CLI::App* label = AddForGateway(parent, given, "label", "Set or remove labels of a gateway");
  label->add_option("LABEL", given->labels, "KEY:VALUE, such as site:Lyon; may be repeated");
  label->add_option("--remove", given->removed, "Remove the label with this key; may be repeated")
      ->allow_extra_args(false);
  label->callback([given, &context] { context.Finish(Label(*given, context.io)); });

  CLI::App* note = AddForGateway(parent, given, "note", "Write a gateway's note, or remove it");
  note->add_option("TEXT", given->note, "The note; an empty text removes it")->required();
  note->callback([given, &context] {
    boost::json::value text;
    if (!given->note.empty()) text = given->note;
    context.Finish(Act(*given, context.io, operations::kChangeGateway,
                       boost::json::object{{"note", text}},
                       given->note.empty() ? "Removed the note." : "Wrote the note."));
  });
}

void AddEnding(CLI::App* parent, const std::shared_ptr<GatewayArguments>& given,
               CommandContext& context) {
  CLI::App* remove = AddForGateway(
      parent, given, "remove",
      "Remove a gateway for good (its history stays); a registered one is deregistered first");
  AddYes(remove, &given->yes);
  remove->callback([given, &context] {
    context.Finish(End(*given, context.io, operations::kRemoveGateway, std::nullopt,
                       "This removes {} for good.", "Removed"));
  });

  CLI::App* deregister =
      AddForGateway(parent, given, "deregister",
                    "End a gateway's identity at once: its certificate is refused from "
                    "then on, an active key is\n"
                    "revoked. Generate a key to register it again");
  deregister->add_option("--reason", given->reason, "Why, for the history");
  AddYes(deregister, &given->yes);
  deregister->callback([given, &context] {
    boost::json::object body;
    if (!given->reason.empty()) body["reason"] = given->reason;
    context.Finish(End(*given, context.io, operations::kDeregisterGateway, body,
                       "This deregisters {}.", "Deregistered"));
  });
}

}  // namespace

void AddGateway(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<GatewayArguments>();
  CLI::App* gateway =
      app.add_subcommand("gateway", "Add gateways, list, change, deregister and remove them");
  gateway->require_subcommand(1);
  AddAdd(gateway, context);
  AddList(gateway, given, context);

  AddForGateway(gateway, given, "show", "Show everything about one gateway")
      ->callback([given, &context] {
        context.Finish(Act(*given, context.io, operations::kShowGateway, std::nullopt, ""));
      });

  AddChanging(gateway, given, context);
  AddEnding(gateway, given, context);
}

}  // namespace latchkey::tools
