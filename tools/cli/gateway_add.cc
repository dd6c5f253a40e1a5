#include "tools/cli/gateway_add.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "core/crypto/wiping.h"
#include "core/domain/commands.h"
#include "tools/cli/duration.h"
#include "tools/cli/sheet_file.h"
#include "tools/client/gateway_view.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"

namespace latchkey::tools {
namespace {

// How long a request of a list is tried again while the server is busy or out of reach.
constexpr std::chrono::seconds kRetryPatience{60};
constexpr std::chrono::milliseconds kFirstRetryPause{250};
constexpr std::chrono::milliseconds kLongestRetryPause{5'000};
constexpr std::size_t kIdempotencyBytes = 16;
constexpr std::size_t kMaxNamed = 10;  // in a message

// One gateway of a list, checked.
struct Wanted {
  std::size_t line;
  std::string name;
  std::string primary;  // a name in the same account, or an id
  boost::json::object body;
};

Failure InLine(const Wanted& wanted, Failure failure) {
  failure.message = fmt::format("Line {}, {}: {}", wanted.line, wanted.name, failure.message);
  return failure;
}

Failure OfLine(std::size_t line, const Error& error) {
  return Fail(ExitCode::kUsage, fmt::format("Line {}: {}", line, error.detail));
}

// The account may be missing, and is easily opened.
Failure WithWayToOpen(Failure failure, const AddArguments& given) {
  if (failure.code == CodeName(ErrorCode::kNotFound) && given.primary.empty()) {
    failure.message += " To open it: latchkey account open " + given.account;
  }
  return failure;
}

boost::json::object CommonBody(const AddArguments& given) {
  boost::json::object body;
  if (!given.expires.empty()) {
    body["expires_in_seconds"] = ParseDuration(given.expires)->count();
  }
  return body;
}

std::vector<std::string> Split(const std::string& labels) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < labels.size();) {
    const std::size_t end = std::min(labels.find(';', at), labels.size());
    if (end > at) parts.push_back(labels.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string CellOf(const SheetRow& row, const std::string& column) {
  const auto cell = row.cells.find(column);
  return cell == row.cells.end() ? std::string() : cell->second;
}

CliResult<Wanted> CheckRow(const SheetRow& row, const AddArguments& given) {
  const std::string typed = CellOf(row, "name");
  if (typed.empty()) return Fail(ExitCode::kUsage, fmt::format("Line {}: no name.", row.line));
  auto name = domain::GatewayName(typed, "/name");
  if (!name) return OfLine(row.line, name.error());
  Wanted wanted{row.line, *name, CellOf(row, "primary"), CommonBody(given)};
  if (wanted.primary.empty()) wanted.primary = given.primary;
  wanted.body["name"] = *name;
  const std::string note = row.cells.contains("note") ? CellOf(row, "note") : given.note;
  if (!note.empty()) wanted.body["note"] = note;
  if (const Status good = domain::CheckText(note, ledger_limits::kMaxNoteChars, "/note"); !good) {
    return OfLine(row.line, good.error());
  }
  std::vector<std::string> words = given.labels;
  for (std::string& label : Split(CellOf(row, "labels"))) words.push_back(std::move(label));
  auto labels = ReadLabels(words);
  if (!labels) {
    return Fail(ExitCode::kUsage, fmt::format("Line {}: {}", row.line, labels.error().message));
  }
  if (!labels->empty()) wanted.body["labels"] = *std::move(labels);
  return wanted;
}

using Ids = std::map<std::string, std::string>;  // of the account's gateways by their names

CliResult<Ids> IdsOf(ManagementClient& client, const std::string& account) {
  Ids ids;
  auto listed = client.ListGateways(account, "?limit=1000", [&](const boost::json::value& gateway) {
    ids[RawTextAt(gateway, "/name")] = RawTextAt(gateway, "/id");
    return true;
  });
  if (!listed) return listed.error();
  return ids;
}

// The primary as a name, where it was given as `account/name`.
std::string PrimaryName(const std::string& primary, const std::string& account) {
  return primary.starts_with(account + "/") ? primary.substr(account.size() + 1) : primary;
}

// The first names, and how many others there are.
std::string Enumerated(const std::vector<std::string>& names) {
  std::string words;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxNamed); ++i) {
    words += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kMaxNamed) words += fmt::format(" and {} others", names.size() - kMaxNamed);
  return words;
}

// What the list asks for and the account does not have, in the list's order.
CliResult<std::vector<Wanted>> Missing(const std::vector<SheetRow>& rows, const AddArguments& given,
                                       const Ids& ids) {
  std::vector<Wanted> missing;
  std::set<std::string> known;
  std::vector<std::string> existing;
  for (const auto& [name, id] : ids) known.insert(name);
  for (const SheetRow& row : rows) {
    auto wanted = CheckRow(row, given);
    if (!wanted) return wanted.error();
    if (ids.contains(wanted->name)) {
      existing.push_back(wanted->name);
      continue;
    }
    if (!known.insert(wanted->name).second) {
      return InLine(*wanted, Fail(ExitCode::kUsage, "the name appears twice."));
    }
    const std::string primary = PrimaryName(wanted->primary, given.account);
    if (!primary.empty() && !known.contains(primary) && !text::ParseGatewayId(primary)) {
      return InLine(*wanted,
                    Fail(ExitCode::kUsage,
                         fmt::format("there is no gateway '{}' before it in the list nor in "
                                     "the account, to be its primary.",
                                     primary)));
    }
    missing.push_back(*std::move(wanted));
  }
  if (existing.empty() || given.skip_existing) return missing;
  return Fail(ExitCode::kRefused,
              fmt::format("The account {} has these already: {}. Nothing was added. Take them out "
                          "of the list, or give --skip-existing.",
                          given.account, Enumerated(existing)));
}

// Whether the same request may be taken a moment later. The one before it may still run when its
// answer was lost.
bool MayWork(const Failure& failure) {
  return failure.exit == ExitCode::kTryAgain ||
         failure.code == CodeName(ErrorCode::kRequestInProgress);
}

// Tries again while the server is busy or out of reach. The key of the request makes sure that it
// counts once.
CliResult<Answer> AddPatiently(ManagementClient& client, const std::string& account,
                               const Wanted& wanted) {
  const std::vector<std::string> headers = {
      "Idempotency-Key: " + text::ToHex(crypto::SystemRandom().Bytes(kIdempotencyBytes))};
  const auto give_up_at = std::chrono::steady_clock::now() + kRetryPatience;
  auto pause = kFirstRetryPause;
  while (true) {
    auto answer = client.Send(operations::kAddGateway, {account}, wanted.body, headers);
    if (answer || !MayWork(answer.error()) ||
        std::chrono::steady_clock::now() + pause > give_up_at) {
      return answer;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestRetryPause);
  }
}

// Adds them until one fails.
CliResult<void> AddAll(ManagementClient& client, const std::string& account, Ids ids,
                       std::vector<Wanted>& missing, Listing& listing, std::size_t* added, Io& io) {
  for (Wanted& wanted : missing) {
    if (!wanted.primary.empty()) {
      const auto primary = ids.find(PrimaryName(wanted.primary, account));
      wanted.body["primary"] = primary == ids.end() ? wanted.primary : primary->second;
    }
    auto answer = AddPatiently(client, account, wanted);
    if (!answer) return InLine(wanted, answer.error());
    ids[wanted.name] = RawTextAt(answer->body, "/id");
    ++*added;
    listing.Add(answer->body);
    if (!io.out)
      return InLine(wanted, Fail(ExitCode::kFailed, "Standard output cannot be written."));
  }
  return {};
}

}  // namespace

CliResult<boost::json::object> ReadLabels(const std::vector<std::string>& labels) {
  boost::json::object members;
  for (const std::string& label : labels) {
    const std::size_t colon = label.find(':');
    if (colon == std::string::npos) {
      return Fail(ExitCode::kUsage,
                  "'" + label + "' is not a label. Write KEY:VALUE, such as site:Lyon.");
    }
    const std::string key = label.substr(0, colon);
    if (const Status good = domain::CheckLabelKey(key, "/labels"); !good) {
      return Fail(ExitCode::kUsage, "'" + label + "': " + good.error().detail);
    }
    auto value = domain::LabelValue(label.substr(colon + 1), "/labels");
    if (!value) return Fail(ExitCode::kUsage, "'" + label + "': " + value.error().detail);
    if (!members.emplace(key, *value).second) {
      return Fail(ExitCode::kUsage, "The label '" + key + "' is given twice.");
    }
  }
  return members;
}

CliResult<void> AddOneGateway(const AddArguments& given, Io& io) {
  auto labels = ReadLabels(given.labels);
  if (!labels) return labels.error();
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  boost::json::object body = CommonBody(given);
  body["name"] = given.name;
  if (!labels->empty()) body["labels"] = *std::move(labels);
  if (!given.note.empty()) body["note"] = given.note;
  if (!given.primary.empty()) {
    auto primary = client->GatewayId(given.primary);
    if (!primary) return primary.error();
    body["primary"] = *primary;
  }
  // Everything that can fail comes before the gateway is added: nothing may prevent showing its
  // key.
  CliResult<std::string> command;
  if (given.flags.for_people()) command = client->RegisterCommand();
  if (!command) return command.error();
  auto answer = client->Send(operations::kAddGateway, {given.account}, body);
  if (!answer) return WithWayToOpen(answer.error(), given);
  const boost::json::value& added = answer->body;
  std::string text;  // holds the key
  const crypto::WipeAtEnd wipe(&text);
  const std::string meanwhile =
      fmt::format("The gateway {}/{} is added. Show its key: latchkey key show {}", given.account,
                  TextAt(added, "/name"), TextAt(added, "/id"));
  if (!given.flags.for_people()) {
    text = Document(given.flags.format(), AddedForm().csv, added);
    return Deliver(io, text, meanwhile);
  }
  std::string key = RawTextAt(added, "/key");
  const crypto::WipeAtEnd wipe_key(&key);
  text = fmt::format(
      "Added {}/{} ({}, {}).\n\n"
      "  Registration key  {}\n"
      "  valid             once, until {}\n\n"
      "On the gateway's machine run this, and enter the key when it asks:\n\n"
      "  {}\n",
      given.account, TextAt(added, "/name"), TextAt(added, "/id"), TextAt(added, "/role"), key,
      ShortTime(TextAt(added, "/registration_key/expires_at")), *command);
  return Deliver(io, text, meanwhile);
}

CliResult<void> AddManyGateways(const AddArguments& given, Io& io) {
  // Those of `gateway list -o csv` that a server sets by itself are passed over.
  auto rows =
      ReadSheetFile(given.from, io,
                    {{"name"},
                     {"primary", "labels", "note", "account", "id", "role", "status",
                      "registration", "key_state", "key_expires_at", "last_seen_at", "version",
                      "hostname", "certificate_expires_at", "created_at", "restored"}});
  if (!rows) return rows.error();
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto ids = IdsOf(*client, given.account);
  if (!ids) return ids.error();
  auto missing = Missing(*rows, given, *ids);
  if (!missing) return missing.error();
  CliResult<std::string> command;
  if (given.flags.for_people()) command = client->RegisterCommand();
  if (!command) return command.error();

  Listing listing(given.flags.format(), AddedForm(), io.out, io.screen());
  std::size_t added = 0;
  auto all = AddAll(*client, given.account, *std::move(ids), *missing, listing, &added, io);
  if (added > 0 || !given.flags.for_people()) listing.Finish();
  const std::string words =
      fmt::format("Added {} of {} gateways to {}.", added, rows->size(), given.account);
  if (!all) {
    Failure failure = all.error();
    failure.message += fmt::format(
        " {} Those are done. Run this again with --skip-existing for the others; `latchkey key "
        "show {}/NAME` shows a key again.",
        words, given.account);
    return failure;
  }
  auto delivered =
      Deliver(io, "", words + " `latchkey key show " + given.account + "/NAME` shows a key again.");
  if (!delivered) return delivered;
  io.err << words << '\n';
  if (given.flags.for_people() && added > 0) {
    io.out << "\nOn each gateway's machine run this, and enter its key when it asks:\n\n  "
           << *command << '\n';
  }
  return {};
}

}  // namespace latchkey::tools
