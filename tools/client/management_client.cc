#include "tools/client/management_client.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/ids.h"
#include "core/base/printable.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "core/crypto/wiping.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/client/server_url.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/run_directory.h"
#include "tools/ledger/secrets.h"

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

std::string FirstLine(std::string text) {
  if (const auto end = text.find_first_of("\r\n"); end != std::string::npos) text.resize(end);
  return text;
}

// `shown`: the file's path as the user gave it.
CliResult<std::string> ReadToken(const std::filesystem::path& path,
                                 const std::filesystem::path& shown) {
  auto content = crypto::ReadSmallFile(path);
  if (!content) {
    return Fail(ExitCode::kUsage,
                "The token file " + shown.string() + " cannot be read: " + content.error().detail);
  }
  return FirstLine(*std::move(content));
}

struct Connection {
  std::string url;
  std::string token;
  Trust trust;
  std::string gateways_url;
};

CliResult<void> FromData(const ConnectionFlags& flags, Connection* connection) {
  const auto found = LookIntoDataDirectory(flags.data);
  if (!found) return found.error();
  const std::filesystem::path& data = *found;
  auto run = ReadRunDirectory(data);
  if (!run && run.error().code == ErrorCode::kNotFound) {
    return Fail(
        ExitCode::kTryAgain,
        "This directory is not being served. Start it: latchkey serve --data " + flags.data);
  }
  if (!run) return Fail(ExitCode::kTryAgain, run.error().detail);
  connection->url = run->management_url;
  connection->gateways_url = run->gateways_url;
  auto certificate = crypto::ReadCertificate(run->server_certificate_pem);
  if (!certificate) return Fail(certificate.error());
  connection->trust.server_sha256 = std::move(certificate->sha256);
  if (!flags.token.empty() || !flags.token_file.empty()) return {};
  const std::filesystem::path token = std::filesystem::path("secrets") / kOwnerTokenFile;
  return ReadToken(data / token, flags.data / token).map([&](std::string text) {
    connection->token = std::move(text);
  });
}

CliResult<Connection> Resolve(const ConnectionFlags& flags) {
  Connection connection;
  if (!flags.data.empty() && flags.url.empty()) {
    if (auto found = FromData(flags, &connection); !found) return found.error();
  } else {
    auto url = UrlFrom(flags.url, "--url", "LATCHKEY_URL");
    if (!url) return url.error();
    connection.url = *std::move(url);
    connection.trust.ca_file = Either(flags.ca, "LATCHKEY_CA");
    if (flags.token_file.empty()) connection.token = Either(flags.token, "LATCHKEY_TOKEN");
  }
  if (!flags.token.empty()) connection.token = flags.token;
  if (connection.token.empty()) {
    const std::string file = Either(flags.token_file, "LATCHKEY_TOKEN_FILE");
    if (!file.empty()) {
      auto token = ReadToken(ReachedPath(file), file);
      if (!token) return token.error();
      connection.token = *std::move(token);
    }
  }
  auto gateways = UrlFrom(flags.gateways_url, "--gateways-url", "LATCHKEY_GATEWAYS_URL");
  if (!gateways) return gateways.error();
  if (!gateways->empty()) connection.gateways_url = *std::move(gateways);
  if (connection.url.empty()) {
    return Fail(ExitCode::kUsage,
                "Which server? Give --data DIR of a ledger served on this machine, or --url "
                "https://HOST:8443 (or LATCHKEY_URL).");
  }
  if (connection.token.empty()) {
    return Fail(ExitCode::kUsage,
                "Which token? Give --token-file FILE (or LATCHKEY_TOKEN, LATCHKEY_TOKEN_FILE). The "
                "first one lies in secrets/owner-token of the data directory.");
  }
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
  const char* group = "Connection";
  command
      ->add_option("--data", flags->data,
                   "Data directory of a ledger that is served on this machine: enough by itself")
      ->group(group);
  command->add_option("--url", flags->url, "Management URL, https://HOST:PORT [LATCHKEY_URL]")
      ->group(group);
  command
      ->add_option("--token", flags->token,
                   "Operator token [LATCHKEY_TOKEN]; others on the machine can see arguments, so a "
                   "file is better")
      ->group(group);
  command
      ->add_option("--token-file", flags->token_file,
                   "File that holds the token [LATCHKEY_TOKEN_FILE]")
      ->group(group);
  command
      ->add_option("--ca", flags->ca,
                   "CA certificate (PEM) that the server belongs to [LATCHKEY_CA]; else the "
                   "system's roots")
      ->group(group);
  command
      ->add_option("--gateways-url", flags->gateways_url,
                   "Where gateways register, for the installer command that is printed "
                   "[LATCHKEY_GATEWAYS_URL]")
      ->group(group);
  command->add_option("-o,--output", flags->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

CliResult<ManagementClient> ManagementClient::Connect(const ConnectionFlags& flags) {
  auto connection = Resolve(flags);
  if (!connection) return connection.error();
  if (connection->gateways_url.empty()) {
    connection->gateways_url = GuessGatewaysUrl(connection->url);
  }
  return ManagementClient(
      HttpClient({.url = connection->url, .trust = std::move(connection->trust)}),
      crypto::Secret(std::move(connection->token)), std::move(connection->gateways_url));
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
                                        const std::optional<boost::json::value>& body) {
  ClientRequest request = Request(operation, target);
  if (body) request.body = boost::json::serialize(*body);
  auto response = http_.Send(request);
  request.Wipe();
  if (!response) return FromTransport(response.error());
  const crypto::WipeAtEnd wipe(&response->body);
  return ReadAnswer(operation, *response, http_.url());
}

CliResult<Answer> ManagementClient::Send(const Operation& operation,
                                         const std::vector<std::string>& parameters,
                                         const std::optional<boost::json::value>& body) {
  return Ask(operation, TargetOf(operation, parameters), body);
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
    auto page = Ask(operation, target, std::nullopt);
    if (!page) return page.error();
    for (const boost::json::value& item : page->body.at(operation.list).as_array()) {
      if (!visit(item)) return {};
    }
    const boost::json::value& next = page->body.at("next");
    if (next.is_null()) return {};
    after = Encoded(next.is_string() ? RawTextAt(next, "") : boost::json::serialize(next));
  }
}

CliResult<std::string> ManagementClient::GatewayId(const std::string& given) {
  if (text::ParseGatewayId(given)) return given;
  const auto slash = given.find('/');
  if (slash == std::string::npos) {
    return Fail(ExitCode::kUsage, "'" + given +
                                      "' is no gateway: give its id (gw_…) or account/name. "
                                      "`latchkey gateway list` shows both.");
  }
  const std::string account = given.substr(0, slash);
  const std::string name = given.substr(slash + 1);
  std::string id;
  auto listed = List(operations::kListGateways, {account}, "?name=" + Encoded(name),
                     [&](const boost::json::value& gateway) {
                       if (RawTextAt(gateway, "/name") == name) id = RawTextAt(gateway, "/id");
                       return id.empty();
                     });
  if (!listed) return listed.error();
  if (id.empty()) {
    return Fail(ExitCode::kRefused,
                "There is no gateway '" + name + "' in the account '" + account + "'.");
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
  const std::string fingerprint = "sha256:" + TextAt(ledger->body, "/ca_sha256");
  std::string command = "latchkey register --url " + text::Printable(gateways_url_);
  // A server with a certificate from elsewhere is trusted by the system's roots instead.
  if (http_.Presented(ParseFingerprint(fingerprint))) command += " --ca-fingerprint " + fingerprint;
  return command + " --out ./gateway";
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
