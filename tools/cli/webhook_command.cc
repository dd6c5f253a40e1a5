// latchkey webhook: receivers that are told of events.
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/crypto/wiping.h"
#include "events/codec.h"
#include "tools/cli/commands.h"
#include "tools/cli/confirm.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"
#include "tools/client/token_view.h"

namespace latchkey::tools {
namespace {

struct WebhookArguments {
  ConnectionFlags flags;
  std::string webhook;
  std::string url;
  std::vector<std::string> types;
  std::vector<std::string> accounts;
  bool all_accounts = false;
  bool usual_types = false;
  std::string after;
  bool yes = false;
};

// The secret is the last, and only of one that was just made.
constexpr CsvColumn kWebhookColumns[] = {
    {"id", "/id"},
    {"url", "/url"},
    {"types", "/types"},
    {"accounts", "/accounts"},
    {"state", "/state"},
    {"position", "/position"},
    {"delivered_at", "/delivered_at"},
    {"failing_since", "/failing_since"},
    {"next_attempt_at", "/next_attempt_at"},
    {"last_status", "/last_attempt/status"},
    {"last_detail", "/last_attempt/detail"},
    {"created_at", "/created_at"},
    {"secret", "/secret"},
};

std::span<const CsvColumn> WithoutSecret() {
  return std::span(kWebhookColumns).first(std::size(kWebhookColumns) - 1);
}

// Why the last attempt was not taken, or the status by which it was; empty when there was none.
std::string LastAnswer(const boost::json::value& webhook) {
  const std::string detail = TextAt(webhook, "/last_attempt/detail");
  if (!detail.empty() || At(webhook, "/last_attempt").is_null()) return detail;
  return std::to_string(NumberAt(webhook, "/last_attempt/status"));
}

Listing::Form WebhooksForm() {
  return {"webhooks",
          WithoutSecret(),
          {"ID", "STATE", {"URL", true}, {"ACCOUNTS", true}, "DELIVERED", {"LAST ANSWER", true}},
          [](const boost::json::value& webhook) -> std::vector<Cell> {
            return {TextAt(webhook, "/id"),
                    TextAt(webhook, "/state"),
                    TextAt(webhook, "/url"),
                    AccountsWords(webhook),
                    ShortTime(TextAt(webhook, "/delivered_at")),
                    LastAnswer(webhook)};
          },
          "No webhook to show.\n"};
}

std::string CheckType(const std::string& type) {
  return events::TypeFromName(type) ? "" : "'" + type + "' is not a type of event.";
}

boost::json::array ArrayOf(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

// What was given of url, types and accounts.
boost::json::object BodyOf(const WebhookArguments& given) {
  boost::json::object body;
  if (!given.url.empty()) body["url"] = given.url;
  if (!given.types.empty()) body["types"] = ArrayOf(given.types);
  if (given.usual_types) body["types"] = nullptr;
  if (!given.accounts.empty()) body["accounts"] = ArrayOf(given.accounts);
  if (given.all_accounts) body["accounts"] = nullptr;
  return body;
}

// The secret is alone on its line, so that a script can read it; messages about it go to `err`.
CliResult<void> PrintNewSecret(const boost::json::value& webhook, const WebhookArguments& given,
                               Io& io) {
  std::string line = RawTextAt(webhook, "/secret");
  const crypto::WipeAtEnd wipe(&line);
  crypto::AppendWiping(&line, "\n");
  const bool for_people = given.flags.for_people();
  if (!for_people) {
    crypto::Wipe(&line);
    line = Document(given.flags.format(), kWebhookColumns, webhook);
  }
  const std::string id = TextAt(webhook, "/id");
  auto delivered =
      Deliver(io, line,
              fmt::format("Nobody has seen the secret of {}. Give it another: latchkey webhook "
                          "rotate {}.",
                          id, id));
  if (!delivered || !for_people) return delivered;
  io.err << fmt::format(
      "{} sends to {}; the receiver checks signatures with this secret, which is "
      "shown only this once\n",
      id, TextAt(webhook, "/url"));
  const std::string both = TextAt(webhook, "/previous_secret_until");
  if (!both.empty()) {
    io.err << fmt::format("Until {} the previous secret signs as well.\n", ShortTime(both));
  }
  return {};
}

CliResult<void> AddOne(const WebhookArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kAddWebhook, {}, BodyOf(given));
  if (!answer) return answer.error();
  return PrintNewSecret(answer->body, given, io);
}

CliResult<void> RotateOne(const WebhookArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kRotateWebhook, {given.webhook});
  if (!answer) return answer.error();
  return PrintNewSecret(answer->body, given, io);
}

CliResult<void> ListWebhooks(const WebhookArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  Listing listing(given.flags.format(), WebhooksForm(), io.out, io.screen());
  auto listed = client->List(operations::kListWebhooks, {}, "", [&](const auto& webhook) {
    listing.Add(webhook);
    return true;
  });
  if (listed) listing.Finish();
  return listed;
}

// One fact a line, but what is unknown.
std::string Described(const boost::json::value& webhook) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<18}{}\n", name, value);
  };
  const auto time = [&](std::string_view name, std::string_view pointer) {
    const std::string at = TextAt(webhook, pointer);
    if (!at.empty()) line(name, ShortTime(at));
  };
  line("id", TextAt(webhook, "/id"));
  line("url", TextAt(webhook, "/url"));
  line("accounts", AccountsWords(webhook));
  std::string types;
  for (const boost::json::value& type : At(webhook, "/types").as_array()) {
    types += (types.empty() ? "" : ", ") + TextAt(type, "");
  }
  line("types", types);
  line("state", TextAt(webhook, "/state"));
  time("failing since", "/failing_since");
  time("next attempt", "/next_attempt_at");
  time("last delivered", "/delivered_at");
  line("last answer", LastAnswer(webhook));
  line("position", TextAt(webhook, "/position"));
  time("created", "/created_at");
  time("secret rotated", "/rotated_at");
  if (const auto* refused = At(webhook, "/refused").if_array(); refused && !refused->empty()) {
    text += "refused for good:\n";
    for (const boost::json::value& one : *refused) {
      text += fmt::format("  {}  {}  {}  {}\n", ShortTime(TextAt(one, "/at")),
                          TextAt(one, "/event"), TextAt(one, "/type"), NumberAt(one, "/status"));
    }
  }
  return text;
}

CliResult<void> PrintOne(const boost::json::value& webhook, const WebhookArguments& given, Io& io,
                         const std::string& words) {
  return Deliver(io,
                 given.flags.for_people()
                     ? Described(webhook)
                     : Document(given.flags.format(), WithoutSecret(), webhook),
                 words);
}

CliResult<void> ShowWebhook(const WebhookArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kShowWebhook, {given.webhook});
  if (!answer) return answer.error();
  return PrintOne(answer->body, given, io, "");
}

CliResult<void> ChangeOne(const WebhookArguments& given, Io& io) {
  const boost::json::object body = BodyOf(given);
  if (body.empty()) {
    return Fail(ExitCode::kUsage,
                "Nothing to change. Give --receiver, --type or --account, or --all-accounts.");
  }
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kChangeWebhook, {given.webhook}, body);
  if (!answer) return answer.error();
  return PrintOne(answer->body, given, io, "The webhook is changed.");
}

// A test that was not taken ends with 4, so that a script sees it.
CliResult<void> TestOne(const WebhookArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kTestWebhook, {given.webhook});
  if (!answer) return answer.error();
  const bool delivered = At(answer->body, "/delivered").as_bool();
  const std::string words = delivered ? fmt::format("The receiver answered {} after {} ms.",
                                                    TextAt(answer->body, "/status"),
                                                    TextAt(answer->body, "/milliseconds"))
                                      : TextAt(answer->body, "/detail");
  if (!given.flags.for_people()) {
    if (auto shown = Deliver(io, JsonText(answer->body) + "\n", words); !shown) return shown;
  } else if (delivered) {
    return Deliver(io, words + "\n", words);
  }
  if (delivered) return {};
  return Fail(ExitCode::kTryAgain, "The test was not delivered. " + words);
}

CliResult<void> ReplayOne(const WebhookArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kReplayWebhook, {given.webhook}, {{"after", given.after}});
  if (!answer) return answer.error();
  const std::string words = "It goes on with the event after " + given.after + ".";
  return Deliver(io, given.flags.for_people() ? words + "\n" : JsonText(answer->body) + "\n",
                 words);
}

CliResult<void> RemoveOne(const WebhookArguments& given, Io& io) {
  if (auto agreed = Confirm(io, given.yes, given.webhook + " sends nothing any more."); !agreed) {
    return agreed;
  }
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kRemoveWebhook, {given.webhook});
  if (!answer) return answer.error();
  const std::string words = "Removed " + given.webhook + ".";
  return Deliver(io, given.flags.for_people() ? words + "\n" : "", words);
}

using Given = std::shared_ptr<WebhookArguments>;

void AddFilters(CLI::App* command, const Given& given) {
  command
      ->add_option("--type", given->types,
                   "Type of event to send, as in the history; may be repeated")
      ->check(&CheckType);
  command->add_option("--account", given->accounts, "Only of this account; may be repeated");
}

CLI::App* AddForWebhook(CLI::App* parent, const Given& given, const char* name, const char* help) {
  CLI::App* command = parent->add_subcommand(name, help);
  command->add_option("WEBHOOK", given->webhook, "Its id (whk_…)")->required();
  AddConnectionFlags(command, &given->flags);
  return command;
}

void AddChanging(CLI::App* webhook, const Given& given, CommandContext& context) {
  CLI::App* add = webhook->add_subcommand(
      "add", "Send events to a URL, and show the secret that signs them, once");
  add->add_option("RECEIVER", given->url, "Its URL: https://…")->required();
  AddFilters(add, given);
  AddConnectionFlags(add, &given->flags);
  add->callback([given, &context] { context.Finish(AddOne(*given, context.io)); });

  CLI::App* change =
      AddForWebhook(webhook, given, "change", "Send elsewhere, or other events, from now on");
  change->add_option("--receiver", given->url, "Its URL: https://…");
  AddFilters(change, given);
  change->add_flag("--usual-types", given->usual_types, "The types that a new webhook has")
      ->excludes("--type");
  change->add_flag("--all-accounts", given->all_accounts, "Of every account")
      ->excludes("--account");
  change->callback([given, &context] { context.Finish(ChangeOne(*given, context.io)); });

  CLI::App* rotate =
      AddForWebhook(webhook, given, "rotate",
                    "Give it another secret, and show that once. For a day both secrets sign");
  rotate->callback([given, &context] { context.Finish(RotateOne(*given, context.io)); });

  CLI::App* remove = AddForWebhook(webhook, given, "remove", "Send nothing there any more");
  AddYes(remove, &given->yes);
  remove->callback([given, &context] { context.Finish(RemoveOne(*given, context.io)); });
}

void AddLooking(CLI::App* webhook, const Given& given, CommandContext& context) {
  CLI::App* list = webhook->add_subcommand("list", "List the webhooks and how they fare");
  AddConnectionFlags(list, &given->flags);
  list->callback([given, &context] { context.Finish(ListWebhooks(*given, context.io)); });

  CLI::App* show =
      AddForWebhook(webhook, given, "show", "Show a webhook, and what its receiver refused");
  show->callback([given, &context] { context.Finish(ShowWebhook(*given, context.io)); });

  CLI::App* test =
      AddForWebhook(webhook, given, "test", "Send a test, and say what the receiver answered");
  test->callback([given, &context] { context.Finish(TestOne(*given, context.io)); });

  CLI::App* replay = AddForWebhook(webhook, given, "replay",
                                   "Send all events after a position (again); a pause ends");
  replay->add_option("--after", given->after, "Position (EPOCH-SEQUENCE), as the events have it")
      ->required();
  replay->callback([given, &context] { context.Finish(ReplayOne(*given, context.io)); });
}

}  // namespace

void AddWebhook(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<WebhookArguments>();
  CLI::App* webhook =
      app.add_subcommand("webhook", "Have receivers told of events, signed and in order");
  webhook->require_subcommand(1);
  AddChanging(webhook, given, context);
  AddLooking(webhook, given, context);
}

}  // namespace latchkey::tools
