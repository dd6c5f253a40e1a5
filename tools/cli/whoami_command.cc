#include <memory>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/token_view.h"

namespace latchkey::tools {
namespace {

CliResult<void> Whoami(const ConnectionFlags& flags, Io& io) {
  auto client = ManagementClient::Connect(flags, io.err);
  if (!client) return client.error();
  auto answer = client->Send(operations::kShowOwnToken);
  if (!answer) return answer.error();
  const boost::json::value& self = answer->body;
  if (!flags.for_people()) {
    io.out << Document(flags.format(), OwnTokenColumns(), self);
    return {};
  }
  const std::string name = TextAt(self, "/name"), id = TextAt(self, "/id");
  io.out << fmt::format("{}, role {}, accounts: {}, {}\n",
                        name.empty() ? id : fmt::format("{} ({})", name, id), TextAt(self, "/role"),
                        AccountsWords(self), ExpiryWords(self));
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
