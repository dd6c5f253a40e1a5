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

constexpr CsvColumn kTokenColumns[] = {
    {"id", "/id"},
    {"name", "/name"},
    {"role", "/role"},
    {"accounts", "/accounts"},
    {"expires_at", "/expires_at"},
};

CliResult<void> Whoami(const ConnectionFlags& flags, Io& io) {
  auto client = ManagementClient::Connect(flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kShowOwnToken);
  if (!answer) return answer.error();
  const boost::json::value& self = answer->body;
  if (!flags.for_people()) {
    io.out << Document(flags.format(), kTokenColumns, self);
    return {};
  }
  std::string accounts;
  if (const auto* list = At(self, "/accounts").if_array()) {
    for (const boost::json::value& account : *list) {
      accounts += (accounts.empty() ? "" : ", ") + TextAt(account, "");
    }
  }
  const std::string expiry = TextAt(self, "/expires_at");
  io.out << fmt::format("{} ({}), role {}, accounts: {}, {}\n", TextAt(self, "/name"),
                        TextAt(self, "/id"), TextAt(self, "/role"),
                        accounts.empty() ? "all" : accounts,
                        expiry.empty() ? "does not expire" : "until " + ShortTime(expiry));
  return {};
}

}  // namespace

void AddWhoami(CLI::App& app, CommandContext& context) {
  const auto flags = std::make_shared<ConnectionFlags>();
  CLI::App* whoami = app.add_subcommand("whoami", "Show whose token this is and what it may do");
  AddConnectionFlags(whoami, flags.get());
  whoami->callback([flags, &context] { context.Finish(Whoami(*flags, context.io)); });
}

}  // namespace latchkey::tools
