#include "tools/installer/registration.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "core/base/hex.h"
#include "core/base/limits.h"
#include "core/base/printable.h"
#include "core/crypto/certificates.h"
#include "core/crypto/wiping_memory.h"
#include "core/domain/key_codec.h"
#include "tools/client/answer.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"
#include "tools/installer/command_output.h"
#include "tools/installer/identity.h"
#include "tools/installer/out_directory.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{10'000};

// Refusals that are final for this key.
bool EndsKey(const std::string& code) {
  static constexpr std::array<std::string_view, 11> kCodes = {
      "key_malformed",          "key_mistyped",       "key_unknown",        "key_already_redeemed",
      "key_superseded",         "key_expired",        "key_revoked",        "gateway_removed",
      "registration_abandoned", "registration_ended", "certificate_revoked"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

// One run of the installer.
class Installation {
 public:
  Installation(const RegisterOptions& options, OutDirectory directory, std::ostream& out,
               std::ostream& progress)
      : options_(options),
        directory_(std::move(directory)),
        out_(out),
        progress_(progress),
        anyone_({.url = options.url, .trust = options.trust}),
        give_up_at_(std::chrono::steady_clock::now() + options.patience) {}

  CliResult<void> WithKey(const KeySource& source) {
    auto text = source(directory_.Confirmed());
    if (!text) return text.error();
    if (!*text) return AlreadyRegistered();
    auto key = domain::ParseKey((*text)->view());
    if (!key) {
      return Failure{ExitCode::kKeyRefused, key.error().detail,
                     std::string(CodeName(key.error().code))};
    }
    key_ = domain::FormatKey(*key);
    id_ = OutDirectory::KeyId(key_.view());
    // Also once its certificate was renewed: the redemption would give the old one again.
    const std::string current = directory_.CurrentId();
    if (directory_.Confirmed() && directory_.RegisteredBy(current) == id_) {
      return AlreadyRegistered();
    }
    return PrepareKeyPair()
        .and_then([&] { return Preflight(); })
        .and_then([&] { return Redeem(); })
        .and_then([&] { return confirmed_ ? CliResult<void>() : Install(); })
        .and_then([&] { return Confirm(); });
  }

 private:
  CliResult<void> AlreadyRegistered() const {
    const boost::json::value current = directory_.Current();
    out_ << fmt::format("{}/{} ({}) is registered already; nothing to do.\n",
                        TextAt(current, "/account"), TextAt(current, "/name"),
                        TextAt(current, "/gateway"));
    return {};
  }

  CliResult<void> PrepareKeyPair() {
    auto pair = directory_.KeyPair(id_);
    if (!pair) return pair.error();
    auto csr = crypto::CreateCsr(pair->view(), "latchkey gateway");
    if (!csr) {
      return Fail(ExitCode::kFailed, "The key pair in " + directory_.Folder(id_).string() +
                                         " is damaged: " + csr.error().detail);
    }
    csr_ = *std::move(csr);
    Step("key_pair");
    return {};
  }

  // Checks whether the key would work before it is spent. A key spent by this same key pair is
  // good.
  CliResult<void> Preflight() {
    auto answer = Post(anyone_, operations::kPreflight, Presented());
    // Another party has redeemed this key. Redeeming it changes nothing, but records this attempt
    // with both parties' names.
    if (!answer && answer.error().code == CodeName(ErrorCode::kKeyAlreadyRedeemed)) return {};
    if (!answer && answer.error().code == CodeName(ErrorCode::kUnauthenticated)) {
      return Fail(ExitCode::kUsage,
                  options_.url +
                      " is where operators connect. Gateways register at the other address of that "
                      "server, port 8444 unless it was given another.");
    }
    if (!answer) return GiveUp(answer.error());
    const boost::json::value& body = answer->body;
    progress_ << fmt::format("The key is for {}/{} ({}).\n", TextAt(body, "/account"),
                             TextAt(body, "/name"), TextAt(body, "/role"));
    Step("preflight");
    return {};
  }

  boost::json::object Presented() const {
    boost::json::object presented(crypto::WipingMemory());
    presented["key"] = key_.view();
    presented["csr"] = csr_;
    return presented;
  }

  CliResult<void> Redeem() {
    boost::json::object request = Presented();
    request["host"] = boost::json::object{{"hostname", HostField(options_.machine.hostname)},
                                          {"os", HostField(options_.machine.os)},
                                          {"version", HostField(options_.version)}};
    auto answer = Post(anyone_, operations::kRedeem, request);
    if (!answer) return GiveUp(answer.error());
    Step("redeemed");
    registration_ = std::move(answer->body);
    const std::string certificate = RawTextAt(registration_, "/certificate");
    auto facts = crypto::ReadCertificate(certificate);
    if (!facts) return Fail(ExitCode::kFailed, "The server's answer holds no certificate.");
    certificate_sha256_ = text::ToHex(facts->sha256);
    if (auto stored = Store(certificate, RawTextAt(registration_, "/ca")); !stored) return stored;
    Step("stored");
    if (auto used = directory_.Use(id_); !used) return used;
    Step("in_place");
    return answer->status == operations::kRedeem.status ? CliResult<void>() : LookUp();
  }

  CliResult<void> Store(const std::string& certificate, const std::string& ca) {
    const auto ca_facts = crypto::ReadCertificate(ca);
    auto kept = TrustToKeep(options_.trust, ca_facts && anyone_.Presented(ca_facts->sha256));
    if (!kept) return kept.error();
    return directory_.Store(id_, certificate, ca, kept->server_ca_pem, Summary(kept->text));
  }

  // The content of registration.json: the answer without the certificates, which are files, and
  // without the state at that time: `state` has the current one.
  boost::json::object Summary(const std::string& server_trust) const {
    boost::json::object summary = registration_.as_object();
    summary.erase("certificate");
    summary.erase("ca");
    summary.erase("registration");
    summary["url"] = options_.url;
    summary["server_trust"] = server_trust;
    summary["certificate_sha256"] = certificate_sha256_;
    return summary;
  }

  // A repeated redemption may be confirmed already.
  CliResult<void> LookUp() {
    auto answer = Ask(Self(), operations::kShowSelf);
    if (!answer) return GiveUp(answer.error());
    confirmed_ = TextAt(answer->body, "/certificate/sha256") == certificate_sha256_;
    return {};
  }

  CliResult<void> Install() {
    if (options_.command.empty()) return {};
    progress_ << "Running: " << options_.command << '\n' << std::flush;
    OutputTail output;
    const CommandEnd end = RunCommand(options_.command,
                                      {{"LATCHKEY_DIR", directory_.path().string()},
                                       {"LATCHKEY_GATEWAY", RawTextAt(registration_, "/gateway")},
                                       {"LATCHKEY_ACCOUNT", RawTextAt(registration_, "/account")},
                                       {"LATCHKEY_NAME", RawTextAt(registration_, "/name")}},
                                      options_.send_output ? &output : nullptr);
    Step("command");
    return end.succeeded ? CliResult<void>() : ReportFailure(end.words, output);
  }

  // What operators see of the failure. Without --send-output there is no output in it.
  std::string FailureDetail(const std::string& words, const OutputTail& output) const {
    std::string detail = "The command " + words + ".";
    constexpr std::string_view kBefore = " Its output ended: ";
    const std::size_t taken = detail.size() + kBefore.size();
    const std::string end =
        output.Words(key_.view(), ledger_limits::kMaxFailureDetailChars - taken);
    return end.empty() ? detail : detail.append(kBefore).append(end);
  }

  CliResult<void> ReportFailure(const std::string& words, const OutputTail& output) {
    auto reported = Post(Self(), operations::kReportFailure,
                         {{"reason", "command_failed"}, {"detail", FailureDetail(words, output)}});
    if (!reported && reported.error().code == "already_registered") {
      (void)directory_.Confirm(id_);
      return Fail(
          ExitCode::kFailed,
          "The command " + words + ", but the gateway had checked in before: it is registered.");
    }
    if (!reported) return GiveUp(reported.error());
    Step("failure_reported");
    if (auto given_up = directory_.GiveUp(id_); !given_up) return given_up;
    return Fail(
        ExitCode::kCommandFailed,
        "The command " + words +
            ". The server has been told, and the key stays spent. Ask for a new key and run "
            "this again.");
  }

  CliResult<void> Confirm() {
    boost::json::object body{{"instance", ThisInstance()}};
    if (!options_.version.empty()) body["version"] = HostField(options_.version);
    auto answer = Post(Self(), operations::kCheckIn, body);
    if (!answer) return GiveUp(answer.error());
    Step("confirmed");
    if (auto marked = directory_.Confirm(id_); !marked) return marked;
    Step("marked");
    out_ << fmt::format(
        "Registered {}/{} ({}). Its key and certificate are in {}.\n"
        "It stays green while the gateway software itself checks in every {} s with this "
        "certificate, or this runs:\n\n"
        "  latchkey agent --dir {}\n",
        TextAt(registration_, "/account"), TextAt(registration_, "/name"),
        TextAt(registration_, "/gateway"), options_.out.string(),
        NumberAt(answer->body, "/check_in_seconds"), ShellWord(directory_.path().string()));
    return {};
  }

  // A client with this attempt's certificate.
  HttpClient& Self() {
    if (!self_) {
      const std::filesystem::path folder = directory_.Folder(id_);
      self_.emplace(HttpClient::Options{.url = options_.url,
                                        .trust = options_.trust,
                                        .certificate = folder / "gateway.crt",
                                        .key = folder / "gateway.key"});
    }
    return *self_;
  }

  CliResult<Answer> Post(HttpClient& client, const Operation& operation,
                         const boost::json::object& body) {
    return Ask(client, operation, boost::json::serialize(body));
  }

  CliResult<Answer> Ask(HttpClient& client, const Operation& operation,
                        std::optional<std::string> body = std::nullopt) {
    ClientRequest request{std::string(operation.method), std::string(operation.path),
                          std::move(body)};
    auto answer = AskPatiently(client, operation, request);
    request.Wipe();
    return answer;
  }

  // Retries while the server is unreachable or busy, until `patience` has passed.
  CliResult<Answer> AskPatiently(HttpClient& client, const Operation& operation,
                                 const ClientRequest& request) {
    auto pause = kFirstPause;
    while (true) {
      const auto response = client.Send(request);
      auto answer = response ? ReadAnswer(operation, *response, client.url())
                             : CliResult<Answer>(FromTransport(response.error()));
      if (answer) return answer;
      Failure failure = answer.error();
      if (failure.exit != ExitCode::kTryAgain ||
          std::chrono::steady_clock::now() + pause > give_up_at_) {
        if (EndsKey(failure.code)) failure.exit = ExitCode::kKeyRefused;
        if (!response && response.error().kind == TransportError::Kind::kUntrusted) {
          failure.message +=
              " Instead of the file, --ca-fingerprint takes the fingerprint that `serve` prints.";
        }
        if (failure.exit == ExitCode::kTryAgain)
          failure.message += " Run this again later with the same key.";
        return failure;
      }
      if (!std::exchange(waiting_, true))
        progress_ << text::PrintableLines(failure.message) << " Trying again …\n" << std::flush;
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
  }

  // When the key or its registration has ended, so has the attempt.
  CliResult<void> GiveUp(const Failure& failure) {
    if (failure.exit == ExitCode::kKeyRefused) (void)directory_.GiveUp(id_);
    return failure;
  }

  void Step(std::string_view name) const {
    if (options_.step) options_.step(name);
  }

  const RegisterOptions& options_;
  OutDirectory directory_;
  std::ostream& out_;
  std::ostream& progress_;
  HttpClient anyone_;
  std::optional<HttpClient> self_;
  const std::chrono::steady_clock::time_point give_up_at_;
  bool waiting_ = false;
  crypto::Secret key_;
  std::string id_;
  std::string csr_;
  boost::json::value registration_;
  std::string certificate_sha256_;
  bool confirmed_ = false;
};

}  // namespace

CliResult<void> Register(const RegisterOptions& options, const KeySource& key, std::ostream& out,
                         std::ostream& progress) {
  auto directory = OutDirectory::Open(options.out, progress);
  if (!directory) return directory.error();
  return Installation(options, *std::move(directory), out, progress).WithKey(key);
}

}  // namespace latchkey::tools
