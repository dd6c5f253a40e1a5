// latchkey session: who is signed in to the console, and how to end that.
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

struct SessionArguments {
  ConnectionFlags flags;
  std::string session;
  std::string of;  // an operator
};

constexpr CsvColumn kSessionColumns[] = {
    {"id", "/id"},
    {"operator", "/operator/id"},
    {"name", "/operator/name"},
    {"role", "/operator/role"},
    {"accounts", "/operator/accounts"},
    {"signed_in_at", "/signed_in_at"},
    {"last_used_at", "/last_used_at"},
    {"ends_at", "/ends_at"},
    {"from", "/from"},
    {"agent", "/agent"},
    {"current", "/current"},
};

Listing::Form SessionsForm() {
  return {"sessions",
          kSessionColumns,
          {"ID", "OPERATOR", {"NAME", true}, "LAST USED", "ENDS", "FROM", {"BROWSER", true}},
          [](const boost::json::value& session) -> std::vector<Cell> {
            return {TextAt(session, "/id"),
                    TextAt(session, "/operator/id"),
                    TextAt(session, "/operator/name"),
                    ShortTime(TextAt(session, "/last_used_at")),
                    ShortTime(TextAt(session, "/ends_at")),
                    TextAt(session, "/from"),
                    TextAt(session, "/agent")};
          },
          "Nobody is signed in.\n"};
}

CliResult<void> ShowSessions(const SessionArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  Listing sessions(given.flags.format(), SessionsForm(), io.out, io.screen());
  std::string query = "?limit=1000";
  if (!given.of.empty()) query += "&operator=" + Encoded(given.of);
  auto listed = client->List(operations::kListSessions, {}, query, [&](const auto& session) {
    sessions.Add(session);
    return true;
  });
  if (listed) sessions.Finish();
  return listed;
}

CliResult<void> EndSessions(const SessionArguments& given, Io& io) {
  if (given.session.empty() && given.of.empty()) {
    return Fail(ExitCode::kUsage, "Give the id of a session, or --operator.");
  }
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto ended = given.of.empty() ? client->Send(operations::kEndSession, {given.session})
                                : client->Send(operations::kEndSessionsOf, {given.of});
  if (!ended) return ended.error();
  const std::string words =
      given.of.empty() ? "Ended " + given.session + "." : "Ended all sessions of " + given.of + ".";
  return Deliver(io, given.flags.for_people() ? words + "\n" : "", words);
}

}  // namespace

void AddSession(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<SessionArguments>();
  CLI::App* session =
      app.add_subcommand("session", "See who is signed in to the console, and end sessions");
  session->require_subcommand(1);

  CLI::App* list = session->add_subcommand(
      "list", "List the sessions: for an owner those of all whom the token covers, else one's own");
  list->add_option("--operator", given->of, "Only those of this token or person (tok_…, per_…)");
  AddConnectionFlags(list, &given->flags);
  list->callback([given, &context] { context.Finish(ShowSessions(*given, context.io)); });

  CLI::App* end = session->add_subcommand(
      "end",
      "End a session, or all sessions of an operator, at once and for good. They can sign in\n"
      "again: to keep them out, revoke the token");
  CLI::Option* one = end->add_option("SESSION", given->session,
                                     "Its id (ses_…), as `latchkey session list` shows it");
  end->add_option("--operator", given->of, "All sessions of this token or person (tok_…, per_…)")
      ->excludes(one);
  AddConnectionFlags(end, &given->flags);
  end->callback([given, &context] { context.Finish(EndSessions(*given, context.io)); });
}

}  // namespace latchkey::tools
