#include <chrono>
#include <deque>
#include <memory>
#include <ostream>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/position.h"
#include "tools/cli/commands.h"
#include "tools/cli/event_names.h"
#include "tools/cli/when.h"
#include "tools/client/event_stream.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kShownBeforeFollowing = 10;
constexpr std::uint64_t kMaxNewest = 1000;
constexpr std::chrono::seconds kReconnectAfter = 1s;
constexpr int kMaxReconnects = 30;  // in a row, without any event or keep-alive

struct HistoryArguments {
  ConnectionFlags flags;
  std::string account, gateway, actor, since, until;
  std::vector<std::string> types;
  std::uint64_t newest = 0;  // 0: all
  bool follow = false;
};

CliResult<std::string> Filters(const HistoryArguments& given, ManagementClient& client) {
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    query += (query.empty() ? "?" : "&") + std::string(name) + "=" + Encoded(value);
  };
  if (!given.account.empty()) add("account", given.account);
  if (!given.gateway.empty()) {
    auto id = client.GatewayId(given.gateway);
    if (!id) return id;
    add("gateway", *id);
  }
  for (const std::string& type : given.types) add("type", type);
  if (!given.actor.empty()) add("actor", given.actor);
  if (!given.since.empty()) add("since", ParseWhen(given.since));
  if (!given.until.empty()) add("until", ParseWhen(given.until));
  return query;
}

constexpr CsvColumn kEventColumns[] = {
    {"sequence", "/sequence"},
    {"time", "/time"},
    {"type", "/type"},
    {"account", "/account"},
    {"gateway", "/gateway"},
    {"actor", "/actor"},
    {"actor_name", "/actor_name"},
    {"request_id", "/request_id"},
    {"data", "/data", CsvColumn::Kind::kJson},
};

// Prints events as they come.
class Printer {
 public:
  Printer(const ConnectionFlags& flags, Io& io) : format_(flags.format()), io_(io), names_(flags) {}

  void Print(const boost::json::value& event) {
    switch (format_) {
      case OutputFormat::kJson:
        io_.out << JsonText(event) << '\n';
        return;
      case OutputFormat::kCsv:
        if (!std::exchange(begun_, true)) io_.out << CsvHeader(kEventColumns);
        io_.out << CsvLine(kEventColumns, event);
        return;
      case OutputFormat::kTable:
        break;
    }
    const std::string time = ShortTime(TextAt(event, "/time"));
    if (!std::exchange(begun_, true)) {
      time_width_ = time.size();
      Line("SEQUENCE", "TIME", "WHAT", Colour::kGray);
    }
    names_.Learn(event);
    Line(std::to_string(NumberAt(event, "/sequence")), time, Sentence(event, names_.AsNames()),
         Colour::kNone);
  }

 private:
  // Columns of fixed width, so that later lines are aligned with earlier ones.
  void Line(const std::string& sequence, const std::string& time, const std::string& words,
            Colour colour) {
    const std::string line = fmt::format("{:>8}  {:<{}}  {}", sequence, time, time_width_, words);
    io_.out << Paint({line, colour}, io_.colours) << '\n';
  }

  const OutputFormat format_;
  Io& io_;
  EventNames names_;
  bool begun_ = false;
  std::size_t time_width_ = 0;  // of the first event: longer where the zone is not UTC
};

// Prints the events before sequence `size`, oldest first; with `newest` only the last so many.
CliResult<void> PrintPast(ManagementClient& client, const std::string& filters,
                          std::uint64_t newest, std::uint64_t size, Printer& printer) {
  const std::string query =
      filters + (filters.empty() ? "?" : "&") +
      (newest > 0 ? fmt::format("order=desc&limit={}", newest) : std::string("limit=1000"));
  std::deque<boost::json::value> kept;
  auto listed =
      client.List(operations::kListEvents, {}, query, [&](const boost::json::value& event) {
        if (static_cast<std::uint64_t>(NumberAt(event, "/sequence")) >= size) return newest > 0;
        if (newest == 0) {
          printer.Print(event);
          return true;
        }
        kept.push_front(event);
        return kept.size() < newest;
      });
  if (!listed) return listed;
  for (const boost::json::value& event : kept) printer.Print(event);
  return {};
}

// Follows until the process or the token ends, or the server stays unreachable.
CliResult<void> Follow(const ConnectionFlags& flags, const std::string& filters,
                       std::string position, Printer& printer, Io& io) {
  std::ostream said_before(nullptr);  // the first connection gave the notes
  int reconnects = 0;
  bool strange = false;
  EventStreamReader reader([&](const std::string& data) {
    const boost::json::value event = ParseJson(data);
    strange = strange || !HasMembers(event, operations::kEvent);
    if (strange) return;
    printer.Print(event);
    io.out.flush();
  });
  const auto read = [&](std::string_view piece) {
    reconnects = 0;
    reader.Feed(piece);
    return io.out.good() && !strange;
  };
  while (true) {
    // A new client each time: a restarted server presents another certificate, and may have another
    // address.
    auto client = ManagementClient::Connect(flags, said_before);
    auto ended = client ? client->Stream(filters, position, read) : client.error();
    if (!io.out.good()) {
      io.out.clear();  // the reader has seen enough, which is how following ends
      return {};
    }
    if (strange) return NotLatchkey(client->url(), "its stream holds more than events");
    if (!ended && ended.error().exit != ExitCode::kTryAgain) return ended;
    if (++reconnects > kMaxReconnects) {
      return Fail(ExitCode::kTryAgain, ended ? "The stream keeps ending." : ended.error().message);
    }
    reader.Cut();
    if (!reader.last_id().empty()) position = reader.last_id();
    std::this_thread::sleep_for(kReconnectAfter);
  }
}

CliResult<void> History(const HistoryArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto filters = Filters(given, *client);
  if (!filters) return filters.error();
  auto answer = client->Send(operations::kShowLedger);
  if (!answer) return answer.error();
  const boost::json::value& ledger = answer->body;
  const auto size = static_cast<std::uint64_t>(NumberAt(ledger, "/size"));
  const bool tail = given.follow && given.newest == 0 && given.since.empty();
  Printer printer(given.flags, io);
  auto past =
      PrintPast(*client, *filters, tail ? kShownBeforeFollowing : given.newest, size, printer);
  if (!past || !given.follow) return past;
  io.out.flush();
  return Follow(given.flags, *filters, Format(Position{RawTextAt(ledger, "/epoch"), size - 1}),
                printer, io);
}

}  // namespace

void AddHistory(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<HistoryArguments>();
  CLI::App* history = app.add_subcommand(
      "history", "Show what happened, oldest first, as far as this token may see it");
  history->add_option("--account", given->account, "Only of this account");
  history->add_option("--gateway", given->gateway, "Only of this gateway (id or account/name)");
  history->add_option("--type", given->types,
                      "Only events of this type, such as KeyRedeemed; may be repeated");
  history->add_option("--actor", given->actor,
                      "Only by token:<id>, person:<id>, certificate:<sha256>, address:<ip> or "
                      "system");
  history
      ->add_option("--since", given->since,
                   "From this time on: 2026-01-02, \"2026-01-02 03:04\", or so long ago: 2h, 7d")
      ->check(CheckWhen);
  history->add_option("--until", given->until, "Before this time, written likewise")
      ->check(CheckWhen);
  history
      ->add_option("--newest", given->newest,
                   "Only this many of the newest events (all unless given)")
      ->check(CLI::Range(std::uint64_t{1}, kMaxNewest));
  history->add_flag("--follow", given->follow,
                    "Go on with events as they happen; begins with the last ten");
  AddConnectionFlags(history, &given->flags);
  history->callback([given, &context] { context.Finish(History(*given, context.io)); });
}

}  // namespace latchkey::tools
