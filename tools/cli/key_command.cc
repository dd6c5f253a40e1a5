#include <memory>
#include <ostream>
#include <set>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"
#include "core/crypto/wiping_memory.h"
#include "tools/cli/commands.h"
#include "tools/cli/confirm.h"
#include "tools/cli/duration.h"
#include "tools/cli/sheet_file.h"
#include "tools/client/gateway_view.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

// What ends is named for so many gateways, and counted for the others.
constexpr std::size_t kMaxNamedLosses = 10;

struct KeyArguments {
  ConnectionFlags flags;
  std::vector<std::string> gateways;
  std::string from;  // a file with more of them, or "-"
  std::string expires;
  std::string reason;
  bool replace = false;
  bool yes = false;
};

// A gateway whose key is asked for.
struct Target {
  std::string given;  // as the user named it
  std::string id;
  boost::json::value gateway;  // as the server shows it
  std::string losses;          // what ends with its key, in sentences
};

constexpr CsvColumn kKeyColumns[] = {
    {"account", "/account"},       {"name", "/name"}, {"id", "/gateway"},
    {"generation", "/generation"}, {"key", "/key"},   {"expires_at", "/expires_at"},
};

Listing::Form KeysForm() {
  return {"keys",
          kKeyColumns,
          {"ACCOUNT", {"NAME", true}, "ID", "GENERATION", "KEY", "VALID UNTIL"},
          [](const boost::json::value& key) -> std::vector<Cell> {
            return {TextAt(key, "/account"), TextAt(key, "/name"),
                    TextAt(key, "/gateway"), std::to_string(NumberAt(key, "/generation")),
                    RawTextAt(key, "/key"),  ShortTime(TextAt(key, "/expires_at"))};
          },
          ""};
}

// The key is alone on its line, so that a script can read it; messages about it go to `err`.
CliResult<void> PrintKey(const boost::json::value& answer, const Target& target, Io& io) {
  std::string shown = RawTextAt(answer, "/key");
  const crypto::WipeAtEnd wipe(&shown);
  crypto::AppendWiping(&shown, "\n");
  auto delivered = Deliver(io, shown,
                           fmt::format("Show key {} of this gateway again: latchkey key show {}",
                                       NumberAt(answer, "/generation"), target.given));
  if (!delivered) return delivered;
  io.err << fmt::format("generation {}, valid once, until {}\n", NumberAt(answer, "/generation"),
                        ShortTime(TextAt(answer, "/expires_at")));
  return {};
}

// The gateways that were named, and those of the file, each once.
CliResult<std::vector<Target>> TargetsOf(const KeyArguments& given, const Operation& operation,
                                         ManagementClient& client, Io& io) {
  std::vector<std::string> named = given.gateways;
  if (!given.from.empty()) {
    auto rows = ReadSheetFile(given.from, io, {{"gateway", "id"}, {}, true});
    if (!rows) return rows.error();
    for (const SheetRow& row : *rows) {
      const auto id = row.cells.find("id");
      const auto gateway = id != row.cells.end() ? id : row.cells.find("gateway");
      if (gateway != row.cells.end()) named.push_back(gateway->second);
    }
  }
  std::vector<Target> targets;
  std::set<std::string> seen;
  for (const std::string& name : named) {
    auto id = client.GatewayId(name);
    if (!id) return id.error();
    if (!seen.insert(*id).second) continue;
    Target target{name, *id, nullptr, ""};
    const bool plain = &operation == &operations::kShowKey && named.size() == 1;
    if (!plain || given.flags.format() == OutputFormat::kCsv) {
      auto gateway = client.Send(operations::kShowGateway, {*id});
      if (!gateway) return gateway.error();
      target.gateway = std::move(gateway->body);
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

// What the operation ends of the gateway's present key, in sentences.
std::string LossesOf(const Target& target, const Operation& operation) {
  if (&operation == &operations::kShowKey) return {};
  boost::json::object ending = target.gateway.as_object();
  ending["certificate"] = nullptr;  // stays, whatever becomes of the key
  if (&operation == &operations::kRevokeKey) ending["pending"] = nullptr;
  return LossWords(ending);
}

// Asks about what ends, once for all gateways. Nothing is asked when nothing ends, or the server
// will refuse.
CliResult<void> Agree(const KeyArguments& given, const Operation& operation,
                      std::vector<Target>& targets, Io& io) {
  std::string words;
  std::size_t losing = 0;
  for (Target& target : targets) {
    target.losses = LossesOf(target, operation);
    if (target.losses.empty() || ++losing > kMaxNamedLosses) continue;
    if (targets.size() > 1) words += "\n" + target.given + ":";
    words += target.losses;
  }
  if (losing == 0) return {};
  if (losing > kMaxNamedLosses) {
    words += fmt::format("\nSo it is for {} others.", losing - kMaxNamedLosses);
  }
  const std::string of =
      targets.size() == 1 ? targets.front().given : fmt::format("{} gateways", targets.size());
  const bool generates = &operation == &operations::kGenerateKey;
  return Confirm(
      io, given.yes,
      fmt::format("This {} {}.{}", generates ? "generates another key for" : "revokes the key of",
                  of, words));
}

// The server's answer with the names of the gateway, for a list.
boost::json::object WithNames(const boost::json::value& answer, const Target& target) {
  boost::json::object key(answer.as_object(), crypto::WipingMemory());
  key["gateway"] = target.id;
  key["account"] = At(target.gateway, "/account");
  key["name"] = At(target.gateway, "/name");
  return key;
}

// The server speaks of members of a request; people have options.
Failure InOptions(Failure failure) {
  if (failure.code == CodeName(ErrorCode::kAlreadyRegistered)) {
    failure.message =
        "This gateway is registered and works. To move it to another machine, add --replace: the "
        "present machine keeps working until the new one is confirmed.";
  }
  return failure;
}

CliResult<void> RunOne(const KeyArguments& given, Io& io, const Operation& operation,
                       const std::optional<boost::json::value>& body, ManagementClient& client,
                       const Target& target) {
  auto answer = client.Send(operation, {target.id}, body);
  if (!answer) return InOptions(answer.error());
  const bool for_people = given.flags.for_people();
  if (answer->body.is_null()) {
    const std::string words = "Revoked." + target.losses;
    return Deliver(io, for_people ? words + "\n" : "", words);
  }
  if (!for_people) {
    std::string text =
        given.flags.format() == OutputFormat::kJson
            ? Document(OutputFormat::kJson, kKeyColumns, answer->body)
            : Document(OutputFormat::kCsv, kKeyColumns, WithNames(answer->body, target));
    const crypto::WipeAtEnd wipe(&text);
    return Deliver(io, text, "Show the key again: latchkey key show " + target.given);
  }
  auto printed = PrintKey(answer->body, target, io);
  if (printed && !target.losses.empty()) io.err << target.losses << '\n';
  return printed;
}

// One after the other, until one fails.
CliResult<void> RunMany(const KeyArguments& given, Io& io, const Operation& operation,
                        const std::optional<boost::json::value>& body, ManagementClient& client,
                        const std::vector<Target>& targets) {
  Listing listing(given.flags.format(), KeysForm(), io.out, io.screen());
  const bool shows = &operation != &operations::kRevokeKey;
  std::size_t done = 0;
  CliResult<void> all;
  for (const Target& target : targets) {
    auto answer = client.Send(operation, {target.id}, body);
    if (answer && shows) listing.Add(WithNames(answer->body, target));
    if (answer) ++done;
    if (!answer) all = InOptions(answer.error());
    if (answer && !io.out) all = Deliver(io, "", "");
    if (!all) {
      all.error().message = fmt::format("{}: {} {} of {} gateways are done.", target.given,
                                        all.error().message, done, targets.size());
      break;
    }
  }
  if (shows && (done > 0 || !given.flags.for_people())) listing.Finish();
  if (!all) return all;
  if (!shows && given.flags.for_people()) io.out << fmt::format("Revoked {} keys.\n", done);
  return Deliver(io, "", "Show a key again: latchkey key show GATEWAY");
}

CliResult<void> Run(const KeyArguments& given, Io& io, const Operation& operation,
                    const std::optional<boost::json::value>& body) {
  if (given.gateways.empty() && given.from.empty()) {
    return Fail(ExitCode::kUsage, "Which gateway? Give GATEWAY, or --from FILE for many.");
  }
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto targets = TargetsOf(given, operation, *client, io);
  if (!targets) return targets.error();
  if (auto agreed = Agree(given, operation, *targets, io); !agreed) return agreed;
  const bool one = targets->size() == 1 && given.from.empty();
  return one ? RunOne(given, io, operation, body, *client, targets->front())
             : RunMany(given, io, operation, body, *client, *targets);
}

boost::json::object GenerateBody(const KeyArguments& given) {
  boost::json::object body;
  if (given.replace) body["replace"] = true;
  if (!given.expires.empty()) {
    body["expires_in_seconds"] = ParseDuration(given.expires)->count();
  }
  if (!given.reason.empty()) body["reason"] = given.reason;
  return body;
}

}  // namespace

void AddKey(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<KeyArguments>();
  CLI::App* key = app.add_subcommand("key", "Show, generate and revoke registration keys");
  key->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = key->add_subcommand(name, help);
    command->add_option("GATEWAY", given->gateways,
                        "Its id (gw_…) or account/name; may be repeated");
    command->add_option("--from", given->from,
                        "All gateways of this file (- for standard input): one on each line, or "
                        "CSV with a column id or gateway, as `gateway list -o csv` prints it");
    AddConnectionFlags(command, &given->flags);
    return command;
  };

  add("show", "Show the active key of a gateway again; the history records that it was shown")
      ->callback([given, &context] {
        context.Finish(Run(*given, context.io, operations::kShowKey, std::nullopt));
      });

  CLI::App* generate = add(
      "generate",
      "Generate the next key of a gateway, for example after a failed installation. The previous\n"
      "key stops working at once, and a registration that is not confirmed yet is given up");
  generate->add_flag("--replace", given->replace,
                     "The gateway is registered: replace its machine. The old one goes on working "
                     "until the new one is confirmed");
  generate->add_option("--expires", given->expires, "How long it is valid (7d unless given)")
      ->check(CheckDuration);
  generate->add_option("--reason", given->reason, "Why, for the history");
  AddYes(generate, &given->yes);
  generate->callback([given, &context] {
    context.Finish(Run(*given, context.io, operations::kGenerateKey, GenerateBody(*given)));
  });

  CLI::App* revoke = add("revoke", "Revoke the active key of a gateway");
  AddYes(revoke, &given->yes);
  revoke->callback([given, &context] {
    context.Finish(Run(*given, context.io, operations::kRevokeKey, std::nullopt));
  });
}

}  // namespace latchkey::tools
