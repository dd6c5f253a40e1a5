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

CliResult<void> Open(const ConnectionFlags& flags, const std::string& account, Io& io) {
  auto client = ManagementClient::Connect(flags, io.err);
  if (!client) return client.error();
  auto opened = client->Send(operations::kOpenAccount, {account});
  if (!opened) return opened.error();
  const std::string words = opened->status == operations::kOpenAccount.status
                                ? fmt::format("Opened the account {}.", account)
                                : fmt::format("The account {} was open already, since {}.", account,
                                              ShortTime(TextAt(opened->body, "/opened_at")));
  return Deliver(io, (flags.json() ? JsonText(opened->body) : words) + "\n", words);
}

CliResult<void> List(const ConnectionFlags& flags, Io& io) {
  auto client = ManagementClient::Connect(flags, io.err);
  if (!client) return client.error();
  Table table({"ACCOUNT", "OPENED"});
  boost::json::array all;
  auto listed =
      client->List(operations::kListAccounts, {}, "?limit=1000", [&](const auto& account) {
        if (flags.json()) {
          all.push_back(account);
        } else {
          table.Add({TextAt(account, "/account"), ShortTime(TextAt(account, "/opened_at"))});
        }
        return true;
      });
  if (!listed) return listed;
  if (flags.json()) {
    io.out << JsonText(boost::json::object{{"accounts", all}, {"next", nullptr}}) << '\n';
  } else if (table.empty()) {
    io.out << "No account yet. Open one: latchkey account open NAME\n";
  } else {
    table.Print(io.out, io.out_terminal);
  }
  return {};
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
      "Open an account; doing it again changes nothing. Names are lower-case letters,\n"
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
