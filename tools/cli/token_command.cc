#include <unistd.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/limits.h"
#include "core/crypto/files.h"
#include "core/crypto/wiping.h"
#include "tools/cli/ca_files.h"
#include "tools/cli/commands.h"
#include "tools/cli/confirm.h"
#include "tools/cli/duration.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"
#include "tools/client/token_view.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/local_token.h"

namespace latchkey::tools {
namespace {

struct TokenArguments {
  ConnectionFlags flags;
  CaFiles local;
  std::string token;
  std::string name;
  std::string role;
  std::vector<std::string> accounts;
  std::string expires;
  std::string out;
  bool yes = false;
};

constexpr std::string_view kNever = "never";

// Checks, as far as possible, that the secret can be written before it is created.
CliResult<void> CheckOut(const TokenArguments& given) {
  if (given.out.empty()) return {};
  // As the user who will write the file.
  if (!given.flags.data.empty() && given.flags.url.empty()) {
    if (auto data = LookIntoDataDirectory(given.flags.data); !data) return data.error();
  }
  const std::filesystem::path folder =
      std::filesystem::absolute(ReachedPath(given.out)).parent_path();
  std::error_code none;
  if (!std::filesystem::is_directory(folder, none)) {
    return Fail(ExitCode::kUsage, "There is no directory " + folder.string() + " to write to.");
  }
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return Fail(ExitCode::kUsage, "The directory cannot be written to: " + folder.string() +
                                    ". Name another file with --out.");
}

// The secret is alone on its line, so that a script can read it; messages about it go to `err`.
// With a file it is written there and not shown.
CliResult<void> PrintSecret(boost::json::value token, const TokenArguments& given, Io& io) {
  std::string line = RawTextAt(token, "/token");
  const crypto::WipeAtEnd wipe(&line);
  crypto::AppendWiping(&line, "\n");
  CliResult<void> kept;
  bool shown = true;
  if (!given.out.empty()) {
    const Status written = crypto::WriteFileDurably(ReachedPath(given.out), line, true);
    shown = !written;
    if (!written) {
      kept = Fail(ExitCode::kFailed, "The token was created, but " + written.error().detail +
                                         " It is shown instead, this once.");
    }
  }
  const bool for_people = given.flags.for_people();
  if (!for_people) {
    if (!shown) token.as_object()["token"] = nullptr;
    crypto::Wipe(&line);
    line = Document(given.flags.format(), NewTokenColumns(), token);
  }
  const std::string id = TextAt(token, "/id");
  auto delivered = Deliver(
      io, shown || !for_people ? std::string_view(line) : "",
      shown ? fmt::format("Nobody has seen the secret of {}, which is valid all the same. Revoke "
                          "it (latchkey token revoke {}), or give it another (latchkey token "
                          "rotate {}).",
                          id, id, id)
            : fmt::format("The token {} is in {}.", id, given.out));
  if (!delivered) return delivered;
  if (for_people) {
    io.err << fmt::format("{} ({}), role {}, accounts: {}, {}; {}\n", id, TextAt(token, "/name"),
                          TextAt(token, "/role"), AccountsWords(token), ExpiryWords(token),
                          shown ? "shown only this once: keep it safe" : "it is in " + given.out);
  }
  return kept;
}

boost::json::object LifetimeBody(const TokenArguments& given) {
  boost::json::object body;
  if (!given.expires.empty()) {
    body["expires_in_seconds"] = ParseDuration(given.expires)->count();
  }
  return body;
}

CliResult<boost::json::value> CreateByServer(const TokenArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  boost::json::object body =
      given.expires == kNever ? boost::json::object{{"never_expires", true}} : LifetimeBody(given);
  body["name"] = given.name;
  body["role"] = given.role;
  if (!given.accounts.empty()) {
    body["accounts"] = boost::json::array(given.accounts.begin(), given.accounts.end());
  }
  auto created = client->Send(operations::kCreateToken, {}, body);
  if (!created) return created.error();
  return std::move(created->body);
}

// Whether the machine itself is the only way in: the directory is not served, or its server accepts
// no token that we have.
bool IsLockedOut(const TokenArguments& given, const Failure& failure) {
  if (given.flags.data.empty() || !given.flags.url.empty()) return false;
  const bool unreachable = failure.exit == ExitCode::kTryAgain && failure.code.empty();
  return unreachable || failure.exit == ExitCode::kUsage || failure.code == "unauthenticated";
}

CliResult<void> Create(const TokenArguments& given, Io& io) {
  if (auto out = CheckOut(given); !out) return out;
  auto created = CreateByServer(given, io);
  if (!created && IsLockedOut(given, created.error())) {
    std::optional<std::chrono::seconds> lifetime = ParseDuration(given.expires);
    if (given.expires.empty()) lifetime = ledger_limits::kDefaultTokenLifetime;
    const auto data = OpenDataDirectory(given.flags.data, io.err);
    if (!data) return data.error();
    created = CreateLocally(*data, given.local, {given.name, given.role, given.accounts, lifetime},
                            created.error(), io.err);
  }
  if (!created) return created.error();
  return PrintSecret(*std::move(created), given, io);
}

CliResult<void> List(const TokenArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  Listing tokens(given.flags.format(), TokensForm(), io.out, io.screen());
  auto listed = client->List(operations::kListTokens, {}, "?limit=1000", [&](const auto& token) {
    tokens.Add(token);
    return true;
  });
  if (listed) tokens.Finish();
  return listed;
}

CliResult<void> Rotate(const TokenArguments& given, Io& io) {
  if (auto out = CheckOut(given); !out) return out;
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  auto rotated = client->Send(operations::kRotateToken, {given.token}, LifetimeBody(given));
  if (!rotated) return rotated.error();
  return PrintSecret(std::move(rotated->body), given, io);
}

// The id of the token in secrets/owner-token of --data; empty when there is none that is valid.
std::string IdOfDirectory(const TokenArguments& given) {
  if (given.flags.data.empty() || !given.flags.url.empty()) return {};
  ConnectionFlags flags = given.flags;
  flags.token.clear();
  flags.token_file.clear();
  std::ostream unheard(nullptr);  // the notes were given before
  auto client = ManagementClient::Connect(flags, unheard);
  if (!client) return {};
  const auto own = client->Send(operations::kShowOwnToken);
  return own ? TextAt(own->body, "/id") : std::string();
}

CliResult<void> Revoke(const TokenArguments& given, Io& io) {
  auto client = ManagementClient::Connect(given.flags, io.err);
  if (!client) return client.error();
  // People and their access tokens have no token of their own.
  const auto own = client->Send(operations::kShowOwnToken);
  if (!own && own.error().code != CodeName(ErrorCode::kNotFound)) return own.error();
  const bool is_own = own && RawTextAt(own->body, "/id") == given.token;
  const bool of_directory = IdOfDirectory(given) == given.token;
  if (is_own || of_directory) {
    const std::string which = is_own ? "that this command uses" : "of this directory";
    if (auto agreed = Confirm(
            io, given.yes,
            given.token + " is the token " + which + ": once it is revoked, it no longer works.");
        !agreed) {
      return agreed;
    }
  }
  auto revoked = client->Send(operations::kRevokeToken, {given.token});
  if (!revoked) return revoked.error();
  std::string words = "Revoked " + given.token + ". It no longer works.";
  if (of_directory) words += " " + WayBackIn(given.flags.data);
  return Deliver(io, given.flags.for_people() ? words + "\n" : "", words);
}

std::string CheckExpiry(const std::string& text) {
  if (text == kNever) return {};
  const std::string wrong = CheckDuration(text);
  return wrong.empty() ? wrong : wrong + ", or never";
}

void AddSecretFlags(CLI::App* command, const std::shared_ptr<TokenArguments>& given,
                    const char* expires, std::string (*check)(const std::string&)) {
  command->add_option("--expires", given->expires, expires)->check(check);
  command->add_option("--out", given->out,
                      "Write the token to this file, for its owner alone (0600), instead of "
                      "showing it");
  AddConnectionFlags(command, &given->flags);
}

void AddCreate(CLI::App* parent, const std::shared_ptr<TokenArguments>& given,
               CommandContext& context) {
  CLI::App* create = parent->add_subcommand(
      "create",
      "Create a token and show it, once. With --data DIR of a ledger that is not being served it\n"
      "is made in DIR itself: the way back in when every owner's token is lost");
  create->add_option("NAME", given->name, "Who or what it is for")->required();
  create
      ->add_option("--role", given->role,
                   "What it may do: auditor sees everything, helpdesk also keys of gateways that "
                   "exist, operator all gateways and accounts, owner tokens too")
      ->required()
      ->check(CLI::IsMember({"owner", "operator", "helpdesk", "auditor"}));
  create->add_option("--account", given->accounts,
                     "An account that it may see; may be repeated. All accounts unless given");
  AddSecretFlags(create, given, "How long it is valid, or never for no end (90d unless given)",
                 CheckExpiry);
  AddCaFiles(create, &given->local, "--",
             "In DIR itself, for a ledger that is served with --ca-cert: the same");
  create->callback([given, &context] { context.Finish(Create(*given, context.io)); });
}

CLI::App* AddForToken(CLI::App* parent, const std::shared_ptr<TokenArguments>& given,
                      const char* name, const char* help) {
  CLI::App* command = parent->add_subcommand(name, help);
  command->add_option("TOKEN", given->token, "Its id (tok_…), as `latchkey token list` shows it")
      ->required();
  return command;
}

}  // namespace

void AddToken(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<TokenArguments>();
  CLI::App* token =
      app.add_subcommand("token", "Create operator tokens, list, rotate and revoke them");
  token->require_subcommand(1);
  AddCreate(token, given, context);

  CLI::App* list = token->add_subcommand("list", "List the tokens that are not revoked");
  AddConnectionFlags(list, &given->flags);
  list->callback([given, &context] { context.Finish(List(*given, context.io)); });

  CLI::App* rotate =
      AddForToken(token, given, "rotate",
                  "Give a token a new secret and show it once. The previous secret stops working\n"
                  "from then on");
  AddSecretFlags(rotate, given, "How long it is valid from now on (its expiry stays unless given)",
                 CheckDuration);
  rotate->callback([given, &context] { context.Finish(Rotate(*given, context.io)); });

  CLI::App* revoke = AddForToken(token, given, "revoke", "End a token for good");
  AddYes(revoke, &given->yes);
  AddConnectionFlags(revoke, &given->flags);
  revoke->callback([given, &context] { context.Finish(Revoke(*given, context.io)); });
}

}  // namespace latchkey::tools
