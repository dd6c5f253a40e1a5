#include "tools/client/management_client.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/ids.h"
#include "core/base/printable.h"
#include "core/base/unicode.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "core/crypto/wiping.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/client/server_url.h"
#include "tools/client/token_text.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/run_directory.h"
#include "tools/ledger/secrets.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

constexpr int kDefaultGatewaysPort = 8444;

// The first that is not empty.
std::string Either(const std::string& flag, const char* variable) {
  if (!flag.empty()) return flag;
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : std::string(value);
}

// The server's address from an option or its variable; empty when neither is given.
CliResult<std::string> UrlFrom(const std::string& flag, const char* option, const char* variable) {
  const std::string given = Either(flag, variable);
  if (given.empty()) return given;
  return ReadServerUrl(given, flag.empty() ? variable : option);
}

// The first line of a token file. `shown`: its path as the user gave it.
CliResult<crypto::Secret> ReadTokenFile(const std::filesystem::path& path,
                                        const std::filesystem::path& shown) {
  auto content = crypto::ReadSmallFile(path);
  if (!content) {
    return Fail(ExitCode::kUsage,
                "The token file " + shown.string() + " cannot be read: " + content.error().detail);
  }
  const crypto::WipeAtEnd wipe(&*content);
  const std::string_view all = *content;
  return ReadTokenText(all.substr(0, all.find_first_of("\r\n")),
                       "The token file " + shown.string());
}

struct ServerAccess {
  std::string url;
  crypto::Secret token;
  Trust trust;
  std::string gateways_url;
  bool direct = false;  // a server of this machine
  std::string data;     // whose token it is
};

bool ByData(const ConnectionFlags& flags) { return !flags.data.empty() && flags.url.empty(); }

CliResult<void> FromData(const ConnectionFlags& flags, ServerAccess* connection) {
  const auto found = LookIntoDataDirectory(flags.data);
  if (!found) return found.error();
  const std::filesystem::path& data = *found;
  std::error_code unknown;
  if (!std::filesystem::exists(data, unknown)) {
    return Fail(ExitCode::kTryAgain,
                "There is no directory " + flags.data +
                    ". To create a ledger in it and serve it: latchkey serve --data " +
                    ShellWord(flags.data));
  }
  auto run = ReadRunDirectory(data);
  if (!run && run.error().code == ErrorCode::kNotFound) {
    return Fail(ExitCode::kTryAgain, flags.data +
                                         " is not being served. Start it: latchkey serve --data " +
                                         ShellWord(flags.data));
  }
  if (!run) return Fail(ExitCode::kTryAgain, run.error().detail);
  connection->url = run->management_url;
  connection->gateways_url = run->gateways_url;
  connection->direct = true;
  auto certificate = crypto::ReadCertificate(run->server_certificate_pem);
  if (!certificate) return Fail(certificate.error());
  connection->trust.server_sha256 = std::move(certificate->sha256);
  return {};
}

CliResult<void> FromUrl(const ConnectionFlags& flags, ServerAccess* connection) {
  auto url = UrlFrom(flags.url, "--url", "LATCHKEY_URL");
  if (!url) return url.error();
  connection->url = *std::move(url);
  connection->trust.ca_file = Either(flags.ca, "LATCHKEY_CA");
  if (!connection->url.empty()) return {};
  return Fail(ExitCode::kUsage,
              "Which server? Give --data DIR of a ledger served on this machine, or --url "
              "https://HOST:8443 (or LATCHKEY_URL).");
}

// The token of the directory itself. What the environment says is for another server; but nobody
// should act as the owner while they believe to be someone else.
CliResult<crypto::Secret> TokenOfData(const ConnectionFlags& flags, std::ostream& notes) {
  for (const char* variable : {"LATCHKEY_TOKEN", "LATCHKEY_TOKEN_FILE"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    notes << "Note: " << variable << " is not used, because --data comes with a token of its own. "
          << "Give --token-file to use another.\n";
  }
  const auto data = LookIntoDataDirectory(flags.data);
  if (!data) return data.error();
  const std::filesystem::path token = OwnerTokenFile(*data);
  return ReadTokenFile(*data / token, flags.data / token);
}

CliResult<crypto::Secret> TokenFor(const ConnectionFlags& flags, std::ostream& notes) {
  if (!flags.token.empty()) return ReadTokenText(flags.token, "--token");
  if (!flags.token_file.empty()) {
    return ReadTokenFile(ReachedPath(flags.token_file), flags.token_file);
  }
  if (ByData(flags)) return TokenOfData(flags, notes);
  std::string token = Either("", "LATCHKEY_TOKEN");
  const crypto::WipeAtEnd wipe(&token);
  if (!token.empty()) return ReadTokenText(token, "LATCHKEY_TOKEN");
  const std::string file = Either("", "LATCHKEY_TOKEN_FILE");
  if (!file.empty()) return ReadTokenFile(ReachedPath(file), file);
  return Fail(ExitCode::kUsage,
              "Which token? Give --token-file FILE (or LATCHKEY_TOKEN, LATCHKEY_TOKEN_FILE). The "
              "first owner's is in secrets/owner-token of the data directory.");
}

CliResult<ServerAccess> Resolve(const ConnectionFlags& flags, std::ostream& notes) {
  ServerAccess connection;
  const auto found = ByData(flags) ? FromData(flags, &connection) : FromUrl(flags, &connection);
  if (!found) return found.error();
  auto token = TokenFor(flags, notes);
  if (!token) return token.error();
  connection.token = *std::move(token);
  if (ByData(flags) && flags.token.empty() && flags.token_file.empty())
    connection.data = flags.data;
  auto gateways = UrlFrom(flags.gateways_url, "--gateways-url", "LATCHKEY_GATEWAYS_URL");
  if (!gateways) return gateways.error();
  if (!gateways->empty()) connection.gateways_url = *std::move(gateways);
  return connection;
}

// Where gateways register by default: the same host, port 8444.
std::string GuessGatewaysUrl(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  std::size_t end = url.find('/', host);
  if (end == std::string::npos) end = url.size();
  const std::size_t bracket = url.find(']', host);
  const std::size_t colon = url.find(':', bracket == std::string::npos ? host : bracket);
  if (colon != std::string::npos) end = std::min(end, colon);
  return fmt::format("{}:{}", url.substr(0, end), kDefaultGatewaysPort);
}

// The path with its parameters in place.
std::string TargetOf(const Operation& operation, const std::vector<std::string>& parameters) {
  std::string target(operation.path);
  for (const std::string& parameter : parameters) {
    const auto from = target.find('{');
    target.replace(from, target.find('}') + 1 - from, Encoded(parameter));
  }
  return target;
}

}  // namespace

void AddConnectionFlags(CLI::App* command, ConnectionFlags* flags) {
  command
      ->add_option("--data", flags->data,
                   "Data directory of a ledger that is served on this machine: enough by itself")
      ->group(kConnectionGroup);
  command->add_option("--url", flags->url, "Management URL, https://HOST:PORT [LATCHKEY_URL]")
      ->group(kConnectionGroup);
  command
      ->add_option("--token", flags->token,
                   "Operator token [LATCHKEY_TOKEN]; others on the machine can see arguments, so a "
                   "file is better")
      ->group(kConnectionGroup);
  command
      ->add_option("--token-file", flags->token_file,
                   "File that holds the token [LATCHKEY_TOKEN_FILE]")
      ->group(kConnectionGroup);
  command
      ->add_option("--ca", flags->ca,
                   "CA certificate (PEM) that the server belongs to [LATCHKEY_CA]; else the "
                   "system's roots")
      ->group(kConnectionGroup);
  command
      ->add_option("--gateways-url", flags->gateways_url,
                   "Where gateways register, for the installer command that is printed "
                   "[LATCHKEY_GATEWAYS_URL]")
      ->group(kConnectionGroup);
  command->add_option("-o,--output", flags->output, "The form of the result")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str()
      ->group(kConnectionGroup);
  command
      ->add_flag_callback(
          "--utc", [] { UseUtc(); }, "Show times in UTC instead of the local time zone")
      ->group(kConnectionGroup);
}

CliResult<ManagementClient> ManagementClient::Connect(const ConnectionFlags& flags,
                                                      std::ostream& notes) {
  auto connection = Resolve(flags, notes);
  if (!connection) return connection.error();
  if (connection->gateways_url.empty()) {
    connection->gateways_url = GuessGatewaysUrl(connection->url);
  }
  return ManagementClient(HttpClient({.url = connection->url,
                                      .trust = std::move(connection->trust),
                                      .direct = connection->direct}),
                          std::move(connection->token), std::move(connection->gateways_url),
                          std::move(connection->data));
}

ClientRequest ManagementClient::Request(const Operation& operation,
                                        const std::string& target) const {
  std::string authorization = "Authorization: Bearer ";
  crypto::AppendWiping(&authorization, token_.view());
  ClientRequest request{std::string(operation.method), target, std::nullopt, {}};
  request.headers.push_back(std::move(authorization));
  request.headers.push_back("Accept: " +
                            std::string(operation.type.empty() ? kJsonType : operation.type));
  return request;
}

CliResult<Answer> ManagementClient::Ask(const Operation& operation, const std::string& target,
                                        const std::optional<boost::json::value>& body,
                                        const std::vector<std::string>& headers) {
  ClientRequest request = Request(operation, target);
  request.headers.insert(request.headers.end(), headers.begin(), headers.end());
  if (body) request.body = WriteJson(*body);
  auto response = http_.Send(request);
  request.Wipe();
  if (!response) return FromTransport(response.error());
  const crypto::WipeAtEnd wipe(&response->body);
  auto answer = ReadAnswer(operation, *response, http_.url());
  // Creating a token says by itself how that goes on.
  const bool locked_out = !answer && !data_.empty() && &operation != &operations::kCreateToken &&
                          answer.error().code == CodeName(ErrorCode::kUnauthenticated);
  if (!locked_out) return answer;
  Failure failure = answer.error();
  failure.message += " " + WayBackIn(data_);
  return failure;
}

CliResult<Answer> ManagementClient::Send(const Operation& operation,
                                         const std::vector<std::string>& parameters,
                                         const std::optional<boost::json::value>& body,
                                         const std::vector<std::string>& headers) {
  return Ask(operation, TargetOf(operation, parameters), body, headers);
}

CliResult<void> ManagementClient::List(
    const Operation& operation, const std::vector<std::string>& parameters, std::string query,
    const std::function<bool(const boost::json::value&)>& visit) {
  const std::string first = TargetOf(operation, parameters) + query;
  const char joint = query.empty() ? '?' : '&';
  std::string after;
  while (true) {
    const std::string target =
        after.empty() ? first : fmt::format("{}{}after={}", first, joint, after);
    auto page = Ask(operation, target, std::nullopt, {});
    if (!page) return page.error();
    for (const boost::json::value& item : page->body.at(operation.list).as_array()) {
      if (!visit(item)) return {};
    }
    const boost::json::value& next = page->body.at("next");
    if (next.is_null()) return {};
    after = Encoded(next.is_string() ? RawTextAt(next, "") : boost::json::serialize(next));
  }
}

CliResult<void> ManagementClient::ListGateways(
    const std::string& account, const std::string& query,
    const std::function<bool(const boost::json::value&)>& visit) {
  if (account.empty()) return List(operations::kListAllGateways, {}, query, visit);
  return List(operations::kListGateways, {account}, query, visit);
}

CliResult<std::string> ManagementClient::GatewayId(const std::string& given) {
  if (text::ParseGatewayId(given)) return given;
  const auto slash = given.find('/');
  if (slash == std::string::npos) {
    return Fail(ExitCode::kUsage, "'" + given +
                                      "' is not a gateway. Give its id (gw_…) or account/name. "
                                      "`latchkey gateway list` shows both.");
  }
  const std::string account = given.substr(0, slash);
  const std::string typed = given.substr(slash + 1);
  const std::string name = text::Nfc(typed).value_or(typed);  // as names are kept
  std::string id;
  auto listed = List(operations::kListGateways, {account}, "?name=" + Encoded(name),
                     [&](const boost::json::value& gateway) {
                       if (RawTextAt(gateway, "/name") == name) id = RawTextAt(gateway, "/id");
                       return id.empty();
                     });
  if (!listed) return listed.error();
  if (id.empty()) {
    return Fail(ExitCode::kRefused, "There is no gateway '" + name + "' in the account '" +
                                        account + "'. `latchkey gateway list " + account +
                                        "` shows those there are.");
  }
  return id;
}

CliResult<void> ManagementClient::Stream(const std::string& query, const std::string& position,
                                         const std::function<bool(std::string_view)>& data) {
  const Operation& operation = operations::kFollowEvents;
  ClientRequest request = Request(operation, std::string(operation.path) + query);
  request.headers.push_back("Last-Event-ID: " + position);
  auto response = http_.Stream(request, kStreamType, data);
  request.Wipe();
  if (!response) return FromTransport(response.error());
  if (auto answer = ReadAnswer(operation, *response, http_.url()); !answer) return answer.error();
  return {};
}

CliResult<std::string> ManagementClient::RegisterCommand() {
  auto ledger = Send(operations::kShowLedger);
  if (!ledger) return ledger.error();
  const std::string fingerprint = "sha256:" + TextAt(ledger->body, "/server_ca_sha256");
  std::string command = "latchkey register --url " + text::Printable(gateways_url_);
  // A server with a certificate from elsewhere is trusted by the system's roots instead.
  if (http_.Presented(ParseFingerprint(fingerprint))) command += " --ca-fingerprint " + fingerprint;
  return command + " --out ./gateway";
}

std::string WayBackIn(const std::string& data) {
  const std::filesystem::path file =
      std::filesystem::path(data) / "secrets" / std::string(kOwnerTokenFile);
  return fmt::format(
      "The token in {} is no longer valid. To replace it, stop the server, run "
      "`latchkey token create owner --role owner --expires never --data {} --out {}`, and start "
      "it again; or use the token of another owner, with --token-file.",
      file.string(), ShellWord(data), ShellWord(file.string()));
}

std::string Encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    encoded += plain ? std::string(1, c)
                     : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return encoded;
}

}  // namespace latchkey::tools
