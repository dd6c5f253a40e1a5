#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

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

struct KeyArguments {
  ConnectionFlags flags;
  std::string gateway;
  std::string expires;
  std::string reason;
  bool replace = false;
  bool yes = false;
};

// The key is alone on its line, so that a script can read it; messages about it go to `err`.
CliResult<void> PrintKey(const boost::json::value& answer, const KeyArguments& given, Io& io) {
  std::string shown = given.flags.json() ? JsonText(answer) : RawTextAt(answer, "/key");
  const crypto::WipeAtEnd wipe(&shown);
  crypto::AppendWiping(&shown, "\n");
  auto delivered = Deliver(io, shown,
                           fmt::format("Show key {} of this gateway again: latchkey key show {}",
                                       NumberAt(answer, "/generation"), given.gateway));
  if (given.flags.json() || !delivered) return delivered;
  io.err << fmt::format("generation {}, valid once, until {}\n", NumberAt(answer, "/generation"),
                        ShortTime(TextAt(answer, "/expires_at")));
  return {};
}

// What the operation ends of the gateway's present key, in sentences, once that is agreed to. Empty
// when nothing ends, or the server will refuse.
CliResult<std::string> AgreedLoss(const KeyArguments& given, Io& io, const Operation& operation,
                                  const std::string& id, ManagementClient& client) {
  if (&operation == &operations::kShowKey) return std::string();
  const auto gateway = client.Send(operations::kShowGateway, {id});
  if (!gateway) return gateway.error();
  boost::json::object ending = gateway->body.as_object();
  ending["certificate"] = nullptr;  // stays, whatever becomes of the key
  if (&operation == &operations::kRevokeKey) ending["pending"] = nullptr;
  const std::string losses = LossWords(ending);
  if (losses.empty()) return losses;
  const bool generates = &operation == &operations::kGenerateKey;
  auto agreed = Confirm(
      io, given.yes,
      fmt::format("This {} {}.{}", generates ? "generates another key for" : "revokes the key of",
                  given.gateway, losses));
  if (!agreed) return agreed.error();
  return losses;
}

CliResult<void> Run(const KeyArguments& given, Io& io, const Operation& operation,
                    const std::optional<boost::json::value>& body) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  auto lost = AgreedLoss(given, io, operation, *id, *client);
  if (!lost) return lost.error();
  auto answer = client->Send(operation, {*id}, body);
  if (!answer) return answer.error();
  if (!answer->body.is_null()) {
    auto printed = PrintKey(answer->body, given, io);
    if (printed && !lost->empty() && !given.flags.json()) io.err << *lost << '\n';
    return printed;
  }
  const std::string words = "Revoked." + *lost;
  return Deliver(io, given.flags.json() ? "" : words + "\n", words);
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
    command->add_option("GATEWAY", given->gateway, "Its id (gw_…) or account/name")->required();
    AddConnectionFlags(command, &given->flags);
    return command;
  };

  add("show", "Show a gateway's active key again; that it was shown is recorded")
      ->callback([given, &context] {
        context.Finish(Run(*given, context.io, operations::kShowKey, std::nullopt));
      });

  CLI::App* generate = add(
      "generate",
      "Generate the next key, after a failed installation for example. The one before it stops\n"
      "working at once, and a registration that is not confirmed yet is given up");
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

  CLI::App* revoke = add("revoke", "Revoke a gateway's active key");
  AddYes(revoke, &given->yes);
  revoke->callback([given, &context] {
    context.Finish(Run(*given, context.io, operations::kRevokeKey, std::nullopt));
  });
}

}  // namespace latchkey::tools
