// latchkey message: what an operator tells a gateway.
#include <iterator>
#include <memory>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/duration.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

struct MessageArguments {
  ConnectionFlags flags;
  std::string gateway;
  std::string message;
  std::string kind;
  std::string body;
  std::string expires;
  std::string state;
};

constexpr CsvColumn kMessageColumns[] = {
    {"id", "/id"},
    {"gateway", "/gateway"},
    {"kind", "/kind"},
    {"state", "/state"},
    {"sent_at", "/sent_at"},
    {"expires_at", "/expires_at"},
    {"acknowledged_at", "/acknowledged_at"},
    {"detail", "/detail"},
};

Listing::Form MessagesForm() {
  return {"messages",
          kMessageColumns,
          {"ID", {"KIND", true}, "STATE", "SENT", "EXPIRES", {"DETAIL", true}},
          [](const boost::json::value& message) -> std::vector<Cell> {
            return {TextAt(message, "/id"),
                    TextAt(message, "/kind"),
                    TextAt(message, "/state"),
                    ShortTime(TextAt(message, "/sent_at")),
                    ShortTime(TextAt(message, "/expires_at")),
                    TextAt(message, "/detail")};
          },
          "No message to show.\n"};
}

// Too many to stand in the usage line.
std::string CheckState(const std::string& state) {
  for (const char* known : {"waiting", "delivered", "done", "failed", "expired", "cancelled"}) {
    if (state == known) return "";
  }
  return "It is one of waiting, delivered, done, failed, expired, cancelled.";
}

// The body as it was given, or standard input's for "-".
CliResult<boost::json::value> BodyOf(const std::string& given, Io& io) {
  const std::string text =
      given == "-" ? std::string(std::istreambuf_iterator<char>(io.in), {}) : given;
  boost::json::value body = ParseJson(text);
  if (body.is_null()) {
    return Fail(ExitCode::kUsage,
                "The body must be JSON, and not null. Put a text in quotes twice: '\"a text\"'.");
  }
  return body;
}

CliResult<void> SendOne(const MessageArguments& given, Io& io) {
  auto body = BodyOf(given.body, io);
  if (!body) return body.error();
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  boost::json::object message = {{"kind", given.kind}, {"body", *std::move(body)}};
  if (!given.expires.empty()) {
    message["expires_in_seconds"] = ParseDuration(given.expires)->count();
  }
  auto answer = client->Send(operations::kSendMessage, {*id}, message);
  if (!answer) return answer.error();
  const std::string sent = TextAt(answer->body, "/id");
  const std::string words =
      fmt::format("Sent {}; the gateway gets it with its next check-in.", sent);
  return Deliver(io,
                 given.flags.for_people()
                     ? words + "\n"
                     : Document(given.flags.format(), kMessageColumns, answer->body),
                 words);
}

CliResult<void> ListAll(const MessageArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  Listing listing(given.flags.format(), MessagesForm(), io.out, io.screen());
  const std::string query = "?limit=1000" + (given.state.empty() ? "" : "&state=" + given.state);
  auto listed =
      client->List(operations::kListMessages, {*id}, query, [&](const boost::json::value& message) {
        listing.Add(message);
        return true;
      });
  if (!listed) return listed;
  listing.Finish();
  return {};
}

CliResult<void> ShowOne(const MessageArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  auto answer = client->Send(operations::kShowMessage, {*id, given.message});
  if (!answer) return answer.error();
  if (!given.flags.for_people()) {
    return Deliver(io, Document(given.flags.format(), kMessageColumns, answer->body), "");
  }
  Listing listing(OutputFormat::kTable, MessagesForm(), io.out, io.screen());
  listing.Add(answer->body);
  listing.Finish();
  io.out << JsonText(At(answer->body, "/body")) << '\n';
  return {};
}

CliResult<void> CancelOne(const MessageArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto id = client->GatewayId(given.gateway);
  if (!id) return id.error();
  auto answer = client->Send(operations::kCancelMessage, {*id, given.message});
  if (!answer) return answer.error();
  const std::string words =
      "Cancelled. If the gateway has been given it already, what it says becomes the outcome.";
  return Deliver(io, given.flags.for_people() ? words + "\n" : "", words);
}

}  // namespace

void AddMessage(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<MessageArguments>();
  CLI::App* message = app.add_subcommand("message", "Send messages to gateways, and follow them");
  message->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = message->add_subcommand(name, help);
    command->add_option("GATEWAY", given->gateway, "Its id (gw_…) or account/name")->required();
    AddConnectionFlags(command, &given->flags);
    return command;
  };

  CLI::App* send = add("send", "Send a message; the gateway gets it until it acknowledges it");
  send->add_option("KIND", given->kind,
                   "What the gateway's software knows it by: a-z, 0-9, _, . and -")
      ->required();
  send->add_option("BODY", given->body, "Any JSON up to 4 KiB; - reads standard input")->required();
  send->add_option("--expires", given->expires, "How long it is good for (7d unless given)")
      ->check(CheckDuration);
  send->callback([given, &context] { context.Finish(SendOne(*given, context.io)); });

  CLI::App* list = add("list", "List the messages to a gateway, newest first");
  list->add_option("--state", given->state,
                   "Only waiting, delivered, done, failed, expired or cancelled ones")
      ->check(&CheckState);
  list->callback([given, &context] { context.Finish(ListAll(*given, context.io)); });

  CLI::App* show = add("show", "Show a message and its body");
  show->add_option("MESSAGE", given->message, "Its id (msg_…)")->required();
  show->callback([given, &context] { context.Finish(ShowOne(*given, context.io)); });

  CLI::App* cancel = add("cancel", "Cancel a message that has not ended");
  cancel->add_option("MESSAGE", given->message, "Its id (msg_…)")->required();
  cancel->callback([given, &context] { context.Finish(CancelOne(*given, context.io)); });
}

}  // namespace latchkey::tools
