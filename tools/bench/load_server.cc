#include "tools/bench/load_server.h"

#include <algorithm>
#include <csignal>
#include <thread>

#include "core/crypto/files.h"
#include "tools/ledger/run_directory.h"

namespace latchkey::tools {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPollStep{2};
constexpr std::chrono::seconds kStopPatience{15};

std::string AddressOf(const std::string& url) {
  const auto scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(scheme + 3);
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

bool IsReady(const LoadOptions& options) {
  const auto answer = Fetch(options, ComposeRequest("GET", "/readyz", "", ""));
  return answer && answer->status == 200;
}

}  // namespace

Result<Fetched> Fetch(LoadOptions options, const std::string& request) {
  options.connections = 1;
  auto client = LoadClient::Connect(options);
  if (!client) return client.error();
  Fetched fetched;
  (*client)->Run([&](unsigned) { return std::string_view(request); },
                 [&](unsigned, const LoadAnswer& answer) {
                   fetched = {answer.status, std::string(answer.head), std::string(answer.body)};
                 },
                 std::chrono::seconds(0), std::chrono::seconds(30));
  if (fetched.status == 0) return Refuse(ErrorCode::kIo, "the connection ended without an answer");
  return fetched;
}

Result<ServedLedger> ServedLedger::Start(const Options& options) {
  const auto begin = SteadyClock::now();
  std::vector<std::string> arguments = {options.program, "serve",        "--data",
                                        options.data,    "--management", "127.0.0.1:0"};
  const std::vector<std::string>& more = options.arguments;
  arguments.insert(arguments.end(), more.begin(), more.end());
  // A read-only server has no listener for gateways.
  if (std::find(more.begin(), more.end(), "--read-only") == more.end()) {
    arguments.insert(arguments.end(), {"--gateways", options.gateways});
  }
  auto process = ChildProcess::Start(
      {.arguments = arguments, .output_log = options.log, .error_log = options.log});
  if (!process) return process.error();
  ServedLedger served(std::move(*process));
  const std::string pid = std::to_string(served.process_.pid());
  const auto until = begin + options.patience;
  while (true) {
    // The files of a server that was killed name another process.
    const auto owner = crypto::ReadSmallFile(options.data / "run" / "pid");
    const auto files = owner && FirstLine(*owner) == pid
                           ? ReadRunDirectory(options.data)
                           : Result<RunFiles>(Refuse(ErrorCode::kNotFound, "not served yet"));
    if (files) {
      served.management_ = AddressOf(files->management_url);
      served.gateways_ = AddressOf(files->gateways_url);
      served.ca_pem_ = files->ca_certificate_pem;
      if (IsReady(served.Management(1))) break;
    }
    if (const auto code = served.process_.Wait(kPollStep)) {
      return Refuse(ErrorCode::kIo, "serve ended with " + std::to_string(*code));
    }
    if (SteadyClock::now() > until) return Refuse(ErrorCode::kIo, "serve does not become ready");
  }
  served.start_up_ = SteadyClock::now() - begin;
  const auto token = crypto::ReadSmallFile(options.data / OwnerTokenFile(options.data));
  if (!token) return token.error();
  served.token_ = FirstLine(*token);
  served.authorization_ = "Authorization: Bearer " + served.token_ + "\r\n";
  return served;
}

LoadOptions ServedLedger::Management(unsigned connections) const {
  return {.address = management_, .connections = connections, .ca_pem = ca_pem_};
}

LoadOptions ServedLedger::Gateways(unsigned connections) const {
  return {.address = gateways_, .connections = connections, .ca_pem = ca_pem_};
}

std::optional<int> ServedLedger::Stop() {
  process_.Signal(SIGTERM);
  const auto code = process_.Wait(kStopPatience);
  process_.Kill();
  return code;
}

Result<Fetched> ServedLedger::Get(const std::string& target) const { return Send("GET", target); }

Result<Fetched> ServedLedger::Send(const std::string& method, const std::string& target,
                                   const std::string& body) const {
  return Fetch(Management(1), ComposeRequest(method, target, authorization_, body));
}

}  // namespace latchkey::tools
