#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

constexpr CsvColumn kAccountColumns[] = {{"account", "/account"}, {"opened_at", "/opened_at"}};

Listing::Form AccountsForm() {
  return {"accounts",
          kAccountColumns,
          {"ACCOUNT", "OPENED"},
          [](const boost::json::value& account) -> std::vector<Cell> {
            return {TextAt(account, "/account"), ShortTime(TextAt(account, "/opened_at"))};
          },
          "No account yet. Open one: latchkey account open NAME\n"};
}

CliResult<void> Open(const ConnectionFlags& flags, const std::string& account, Io& io) {
  auto client = ManagementClient::Connect(flags, io.err);
  if (!client) return client.error();
  auto opened = client->Send(operations::kOpenAccount, {account});
  if (!opened) return opened.error();
  const std::string words = opened->status == operations::kOpenAccount.status
                                ? fmt::format("Opened the account {}.", account)
                                : fmt::format("The account {} was open already, since {}.", account,
                                              ShortTime(TextAt(opened->body, "/opened_at")));
  return Deliver(
      io,
      flags.for_people() ? words + "\n" : Document(flags.format(), kAccountColumns, opened->body),
      words);
}

CliResult<void> List(const ConnectionFlags& flags, Io& io) {
  auto client = ManagementClient::Connect(flags, io.err);
  if (!client) return client.error();
  Listing accounts(flags.format(), AccountsForm(), io.out, io.screen());
  auto listed =
      client->List(operations::kListAccounts, {}, "?limit=1000", [&](const auto& account) {
        accounts.Add(account);
        return true;
      });
  if (listed) accounts.Finish();
  return listed;
}

}  // namespace

void AddAccount(CLI::App& app, CommandContext& context) {
  struct State {
    ConnectionFlags flags;
    std::string account;
  };
  const auto state = std::make_shared<State>();
  CLI::App* account = app.add_subcommand("account", "Open accounts (tenants) and list them");
  account->require_subcommand(1);

  CLI::App* open = account->add_subcommand(
      "open",
      "Open an account; repeating it changes nothing. Names are lower-case letters,\n"
      "digits and dashes, such as acme");
  open->add_option("ACCOUNT", state->account, "Its name")->required();
  AddConnectionFlags(open, &state->flags);
  open->callback(
      [state, &context] { context.Finish(Open(state->flags, state->account, context.io)); });

  CLI::App* list = account->add_subcommand("list", "List the accounts this token may see");
  AddConnectionFlags(list, &state->flags);
  list->callback([state, &context] { context.Finish(List(state->flags, context.io)); });
}

}  // namespace latchkey::tools
