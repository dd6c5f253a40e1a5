// latchkey compare: whether two data directories hold the same history.
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include "core/base/base64.h"
#include "core/rocks/rocks.h"
#include "tools/cli/commands.h"
#include "tools/cli/progress.h"
#include "tools/client/json.h"
#include "tools/ledger/compare.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/evidence.h"

namespace latchkey::tools {
namespace {

namespace json = boost::json;

struct CompareArguments {
  std::string a;
  std::string b;
  std::string output = "table";
};

CliResult<CheckedLog> OpenToCompare(const std::string& given, const rocks::Resources& resources,
                                    Io& io) {
  const auto data = OpenDataDirectory(given, io.err);
  if (!data) return data.error();
  if (!std::filesystem::exists(*data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + given + ".");
  }
  auto checked = OpenCheckedLog(*data, resources, {.mode = log::RocksLog::Mode::kReadOnly});
  if (checked) return *std::move(checked);
  Failure failure = Fail(checked.error());
  failure.message = given + ": " + failure.message;
  return failure;
}

json::object JsonOf(const log::Head& head) {
  return {{"size", head.size}, {"root_hash", text::ToBase64(head.root)}};
}

json::object JsonOf(const Comparison& found) {
  json::object all{{"alike", found.alike()},
                   {"first_difference", nullptr},
                   {"longer", nullptr},
                   {"a", JsonOf(found.a)},
                   {"b", JsonOf(found.b)}};
  if (!found.alike()) all["first_difference"] = *found.differs_at;
  if (found.extends()) all["longer"] = found.a.size > found.b.size ? "a" : "b";
  return all;
}

// "1 event", "12 events"
std::string Events(std::uint64_t count) {
  return fmt::format("{} event{}", count, count == 1 ? "" : "s");
}

std::string ComparisonWords(const Comparison& found) {
  if (found.alike()) {
    return fmt::format("Alike: both have {}, root {}.\n", Events(found.a.size),
                       text::ToBase64(found.a.root));
  }
  if (!found.extends()) {
    return fmt::format("They differ from event {} on. A has {}, B has {}.\n", *found.differs_at,
                       Events(found.a.size), Events(found.b.size));
  }
  const bool a_longer = found.a.size > found.b.size;
  const auto [least, most] = std::minmax(found.a.size, found.b.size);
  return fmt::format(
      "They differ from event {} on: {} is longer by {}, and begins with the whole history of "
      "{}.\n",
      *found.differs_at, a_longer ? "A" : "B", Events(most - least), a_longer ? "B" : "A");
}

// Where one of them was restored from a backup, their difference is expected.
std::string RestoreThere(const Comparison& found, std::string_view name, const log::Log& log) {
  if (found.alike() || log.epoch_start() == 0 || log.epoch_start() != *found.differs_at) return {};
  return fmt::format("With that event {} was restored from a backup, as a new epoch.\n", name);
}

CliResult<void> Compare(const CompareArguments& given, Io& io) {
  const rocks::Resources resources = rocks::Resources::Create();
  const auto a = OpenToCompare(given.a, resources, io);
  if (!a) return a.error();
  const auto b = OpenToCompare(given.b, resources, io);
  if (!b) return b.error();
  std::function<void(std::uint64_t, std::uint64_t)> progress;
  if (io.err_terminal) progress = ShowProgress(io.err, "compared");
  const auto found = CompareHistories(*a->log, *b->log, progress);
  if (!found) return Fail(found.error());
  if (given.output == "json") {
    io.out << JsonText(JsonOf(*found)) << '\n';
  } else {
    io.out << ComparisonWords(*found) << RestoreThere(*found, "A", *a->log)
           << RestoreThere(*found, "B", *b->log);
  }
  if (found->alike()) return {};
  return Fail(ExitCode::kFailed, "The histories are different.");
}

}  // namespace

void AddCompare(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<CompareArguments>();
  CLI::App* compare = app.add_subcommand(
      "compare",
      "Compare the histories in two data directories, served or not, and name the first event "
      "that\n"
      "differs. Changes nothing. Ends with 0 when they are alike and with 1 when they are not, "
      "also\nwhen one is only longer");
  compare->add_option("A", given->a, "A data directory")->required();
  compare->add_option("B", given->b, "Another one")->required();
  compare->add_option("-o,--output", given->output, "The form of the result")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  compare->callback([given, &context] { context.Finish(Compare(*given, context.io)); });
}

}  // namespace latchkey::tools
