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
    connection.url = Either(flags.url, "LATCHKEY_URL");
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
  const std::string gateways = Either(flags.gateways_url, "LATCHKEY_GATEWAYS_URL");
  if (!gateways.empty()) connection.gateways_url = gateways;
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

ClientRequest ManagementClient::Request(const std::string& method,
                                        const std::string& target) const {
  std::string authorization = "Authorization: Bearer ";
  crypto::AppendWiping(&authorization, token_.view());
  ClientRequest request{method, target, std::nullopt, {}};
  request.headers.push_back(std::move(authorization));
  request.headers.emplace_back("Accept: application/json");
  return request;
}

CliResult<boost::json::value> ManagementClient::Send(
    const std::string& method, const std::string& target,
    const std::optional<boost::json::value>& body) {
  ClientRequest request = Request(method, target);
  if (body) request.body = boost::json::serialize(*body);
  auto response = http_.Send(request);
  request.Wipe();
  if (!response) return FromTransport(response.error());
  const crypto::WipeAtEnd wipe(&response->body);
  last_status_ = response->status;
  if (response->status >= 300) return FromProblem(*response);
  return ParseJson(response->body);
}

CliResult<void> ManagementClient::List(
    const std::string& target, std::string_view member,
    const std::function<bool(const boost::json::value&)>& visit) {
  const char joint = target.find('?') == std::string::npos ? '?' : '&';
  std::string after;
  while (true) {
    auto page = Get(after.empty() ? target : fmt::format("{}{}after={}", target, joint, after));
    if (!page) return page.error();
    if (const auto* items = At(*page, "/" + std::string(member)).if_array()) {
      for (const boost::json::value& item : *items) {
        if (!visit(item)) return {};
      }
    }
    const boost::json::value& next = At(*page, "/next");
    if (next.is_null()) return {};
    after = Encoded(next.is_string() ? RawTextAt(*page, "/next") : boost::json::serialize(next));
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
  const std::string target = "/v1/accounts/" + Encoded(account) + "/gateways?name=" + Encoded(name);
  auto listed = List(target, "gateways", [&](const boost::json::value& gateway) {
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

CliResult<void> ManagementClient::Stream(const std::string& target, const std::string& position,
                                         const std::function<bool(std::string_view)>& data) {
  ClientRequest request = Request("GET", target);
  request.headers.back() = "Accept: text/event-stream";
  request.headers.push_back("Last-Event-ID: " + position);
  auto response = http_.Stream(request, data);
  request.Wipe();
  if (!response) return FromTransport(response.error());
  if (response->status != 200) return FromProblem(*response);
  return {};
}

CliResult<std::string> ManagementClient::RegisterCommand() {
  auto ledger = Get("/v1/ledger");
  if (!ledger) return ledger.error();
  const std::string fingerprint = "sha256:" + TextAt(*ledger, "/ca_sha256");
  std::string command = "latchkey register --url " + text::Printable(gateways_url_);
  // A server with a certificate from elsewhere is trusted by the system's roots instead.
  if (http_.Presented(ParseFingerprint(fingerprint))) command += " --ca-fingerprint " + fingerprint;
  return command + " --out ./gateway";
}

Failure FromProblem(const ClientResponse& response) {
  const boost::json::value problem = ParseJson(response.body);
  Failure failure{ExitCode::kFailed, TextAt(problem, "/detail"), TextAt(problem, "/code")};
  if (failure.message.empty()) failure.message = TextAt(problem, "/title");
  if (failure.message.empty()) failure.message = fmt::format("HTTP status {}", response.status);
  if (const auto* errors = At(problem, "/errors").if_array()) {
    for (const boost::json::value& error : *errors) {
      const std::string detail = TextAt(error, "/detail");
      if (failure.message.find(detail) != std::string::npos) continue;
      failure.message += fmt::format("\n  {}: {}", TextAt(error, "/pointer"), detail);
    }
  }
  if (response.status == 503 || response.status == 429) {
    failure.exit = ExitCode::kTryAgain;
  } else if (response.status >= 400 && response.status < 500) {
    failure.exit = ExitCode::kRefused;
  }
  return failure;
}

Failure FromTransport(const TransportError& error) {
  switch (error.kind) {
    case TransportError::Kind::kUnreachable:
      return {ExitCode::kTryAgain, error.message};
    case TransportError::Kind::kUntrusted:
      return {ExitCode::kFailed, error.message};
    case TransportError::Kind::kUsage:
      return {ExitCode::kUsage, error.message};
  }
  return {ExitCode::kFailed, error.message};
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
