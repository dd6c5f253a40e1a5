#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "api/http/address.h"
#include "api/http/limits.h"
#include "api/log.h"
#include "core/base/limits.h"
#include "core/base/printable.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "core/crypto/pem.h"
#include "core/domain/trust_domain.h"
#include "core/http/network.h"
#include "core/log/note_format.h"
#include "tools/cli/ca_files.h"
#include "tools/cli/commands.h"
#include "tools/cli/config_option.h"
#include "tools/cli/duration.h"
#include "tools/cli/guard_options.h"
#include "tools/cli/progress.h"
#include "tools/cli/serve_banner.h"
#include "tools/ledger/data_directory.h"
#include "tools/process/readiness.h"
#include "tools/serve/composition.h"
#include "tools/serve/server_identity.h"

namespace latchkey::tools {
namespace {

// Requests in flight may take this long after SIGTERM; the rest of the ten seconds is for closing
// databases.
constexpr std::chrono::seconds kStopDeadline = 7s;

constexpr std::uint32_t kMaxMessagesPerSecond = 100'000;

struct ServeArguments {
  ServiceOptions options;
  std::string data;
  std::string confirm_within;
  std::string check_in;
  std::string certificate_lifetime;
  std::string log_level = "info";
  bool sign_in_link = false;
  std::string identity;
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> webhook_networks;
  GuardArguments guards;
  std::string tls_certificate, tls_key;
  CaFiles ca;
  std::uint32_t messages_per_second = api::limits::kMessagesOfAccount.at_once;
};

// Waits for SIGTERM, SIGINT or the end of writing. Created before any thread, so that all threads
// inherit the signal mask.
class Ending {
 public:
  Ending() : stopped_(::eventfd(0, EFD_CLOEXEC)) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    signalled_ = ::signalfd(-1, &signals_, SFD_CLOEXEC);
  }
  ~Ending() {
    ::close(signalled_);
    ::close(stopped_);
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  // Writing has ended for good. Any thread.
  void Stopped() { ::eventfd_write(stopped_, 1); }

  // Returns true for a signal, false for Stopped.
  bool Wait() {
    pollfd waited[] = {{signalled_, POLLIN, 0}, {stopped_, POLLIN, 0}};
    while (::poll(waited, 2, -1) < 0) {
    }
    if ((waited[0].revents & POLLIN) == 0) return false;
    signalfd_siginfo taken{};
    return ::read(signalled_, &taken, sizeof taken) == sizeof taken;
  }

  // From now on a signal ends the process at once, as by default.
  void LetSignalsThrough() { pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr); }

 private:
  sigset_t signals_{};
  int stopped_;
  int signalled_ = -1;
};

// Does not use a failed disk any more, not even to close files: it may refuse, or never answer. For
// the next start this is like a kill.
[[noreturn]] void LeaveAtOnce(Service& service, Io& io) {
  const auto problem = service.ledger().sequencer().WriteProblem();
  io.err << "latchkey: Writing has ended: "
         << text::PrintableLines(problem ? problem->detail : "unknown reason")
         << " Start it again: what was answered is safe." << std::endl;
  std::_Exit(static_cast<int>(ExitCode::kLedger));
}

CliResult<void> ReadIdentity(ServeArguments& given) {
  if (given.identity.empty()) return {};
  auto config = latchkey::identity::ReadConfig(given.identity);
  if (!config) return Fail(ExitCode::kUsage, given.identity + ": " + config.error().detail + ".");
  given.options.identity = *std::move(config);
  return {};
}

// libcurl would leave out a file without certificates and say nothing.
CliResult<void> CheckWebhookCa(const std::string& file) {
  if (file.empty()) return {};
  const Result<std::string> pem = crypto::ReadSmallFile(file);
  const auto blocks = pem ? crypto::ReadPem(*pem) : std::nullopt;
  const bool good = blocks && !blocks->empty() &&
                    std::all_of(blocks->begin(), blocks->end(), [](const crypto::PemBlock& block) {
                      return block.label == "CERTIFICATE";
                    });
  if (good) return {};
  return Fail(ExitCode::kUsage, "--webhook-ca: " + file + " must hold certificates (PEM) alone.");
}

// Within the directory it would be as old as all the rest.
CliResult<void> CheckOutside(const std::filesystem::path& copy, const std::filesystem::path& data) {
  if (copy.empty()) return {};
  std::error_code unknown;
  const auto place = std::filesystem::weakly_canonical(std::filesystem::absolute(copy), unknown);
  const auto within = std::filesystem::weakly_canonical(data, unknown);
  if (std::mismatch(within.begin(), within.end(), place.begin(), place.end()).first !=
      within.end()) {
    return {};
  }
  return Fail(ExitCode::kUsage,
              "--checkpoint-file: " + copy.string() +
                  " lies in the data directory, where it would be lost, or be old, with all the "
                  "rest. Give a path on another disk.");
}

// A certificate that ends before its confirm-by would waste its key.
CliResult<void> CheckLifetimes(const ServiceOptions& options) {
  if (options.certificate_lifetime >= options.ledger.confirm_window) return {};
  return Fail(ExitCode::kUsage,
              "--certificate-lifetime must not be shorter than --confirm-within.");
}

CliResult<void> Serve(ServeArguments& given, Io& io) {
  if (auto checked = CheckLifetimes(given.options); !checked) return checked;
  const bool reads = given.options.ledger.read_only;
  std::error_code unknown;
  const bool makes = !reads && !std::filesystem::exists(given.data, unknown);
  auto data = reads ? OpenDataDirectory(given.data, io.err) : MakeDataDirectory(given.data, io.err);
  if (!data) return data.error();
  if (reads && !std::filesystem::exists(*data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + given.data + ".");
  }
  if (auto good = CheckOutside(given.options.ledger.checkpoint_copy, *data); !good) {
    if (makes) std::filesystem::remove(given.data, unknown);
    return good;
  }
  given.options.ledger.data = *std::move(data);
  if (auto read = ReadIdentity(given); !read) return read;
  if (auto good = CheckWebhookCa(given.options.webhooks.ca_file); !good) return good;
  Ending ending;
  given.options.ledger.on_stopped = [&ending] { ending.Stopped(); };
  if (io.err_terminal) given.options.ledger.progress = ShowReplay(io.err);
  given.options.logger = api::MakeStderrLogger(spdlog::level::from_str(given.log_level));
  auto service = Service::Start(given.options);
  if (!service) {
    if (makes) std::filesystem::remove(given.data, unknown);  // only while it is empty
    return Fail(service.error());
  }
  TellReady();
  ShowBanner(**service, {given.options.ledger, given.data, given.sign_in_link}, io.out);
  if (!io.out) {
    io.err << "latchkey: Standard output cannot be written. It serves all the same." << std::endl;
  }
  const bool asked = ending.Wait();
  ending.LetSignalsThrough();
  if (asked) io.out << "Stopping.\n" << std::flush;
  (*service)->Stop(kStopDeadline);
  if (asked) return {};
  LeaveAtOnce(**service, io);
}

std::string CheckAddress(const std::string& text) {
  if (api::HostOf(text)) return {};
  return "'" + text + "' is not an address. Write ADDR:PORT or [ADDR]:PORT.";
}

std::string CheckName(const std::string& text) {
  if (crypto::IsServerName(text)) return {};
  return "'" + text + "' is neither a host name nor an IP address.";
}

std::string CheckDomain(const std::string& text) {
  if (domain::IsTrustDomain(text)) return {};
  return "'" + text +
         "' is not a trust domain. Write 1 to 255 lower-case letters, digits, dots, dashes and "
         "underscores.";
}

std::string CheckSpan(const std::string& text) {
  const auto span = ParseDuration(text);
  return span && span->count() == 0 ? "'" + text + "' is too short." : CheckDuration(text);
}

std::string CheckOrigin(const std::string& text) {
  if (log::IsNoteName(text)) return {};
  return "'" + text +
         "' is not a name for checkpoints. Write up to 255 letters, digits and signs, " +
         "without spaces and '+'.";
}

std::string CheckNetwork(const std::string& text) {
  if (Network::Parse(text)) return {};
  return "'" + text + "' is not a block of addresses. Write ADDR or ADDR/BITS, such as 10.0.0.0/8.";
}

void AddPlaces(CLI::App* serve, const std::shared_ptr<ServeArguments>& given) {
  serve->add_option("--data", given->data, "Data directory; created when it is missing")
      ->required();
  serve->add_option("--management", given->options.management, "Where operators connect")
      ->capture_default_str()
      ->check(CheckAddress);
  serve->add_option("--gateways", given->options.gateways, "Where installers and gateways connect")
      ->capture_default_str()
      ->check(CheckAddress);
  serve
      ->add_option("--name", given->options.names,
                   "Host name or address that clients use, for the server's certificate; may be "
                   "repeated")
      ->check(CheckName);
  serve
      ->add_option("--trust-domain", given->options.trust_domain,
                   "SPIFFE trust domain in which certificates name gateways, for good; made from "
                   "the ledger's id unless given at the first start")
      ->check(CheckDomain);
  serve->add_option("--identity", given->identity,
                    "Configuration (JSON) of the OpenID provider by which people sign in");
  serve
      ->add_option("--origin", given->options.ledger.origin,
                   "Name of this ledger on its checkpoints, for good, such as a URL without its "
                   "scheme; made from the ledger's id unless given at the first start")
      ->check(CheckOrigin);
  CLI::Option* certificate =
      serve->add_option("--tls-cert", given->tls_certificate,
                        "Server certificate chain (PEM) to use instead of one of the ledger's CA; "
                        "read again when it changes");
  CLI::Option* key = serve->add_option("--tls-key", given->tls_key, "Its private key (PEM)");
  certificate->needs(key)->check(CLI::ExistingFile);
  key->needs(certificate)->check(CLI::ExistingFile);
  AddCaFiles(
      serve, &given->ca, "--",
      "Intermediate CA (PEM, its issuers behind it) for the gateways' certificates, instead of one "
      "made here. Given at first start, it is needed at every later one");
}

void AddGuards(CLI::App* serve, const std::shared_ptr<ServeArguments>& given) {
  serve->add_option("--checkpoint-file", given->guards.checkpoint_file,
                    "Where a second copy of each checkpoint is kept, on another disk: a start "
                    "refuses a directory that is older");
  AddWitnesses(serve, &given->guards,
               "Who cosigns each checkpoint, as VKEY@URL (latchkey witness prints its VKEY); may "
               "be repeated");
}

void AddLimits(CLI::App* serve, const std::shared_ptr<ServeArguments>& given) {
  serve
      ->add_option("--trusted-proxy", given->trusted_proxies,
                   "Address or block (ADDR/BITS) of a proxy in front of this server, whose "
                   "X-Forwarded-For is believed; may be repeated")
      ->check(CheckNetwork);
  serve->add_flag("--limit-loopback", given->options.throttle.limit_loopback,
                  "Apply the limits to this machine like to every other address");
  serve
      ->add_option("--open-messages", given->options.ledger.open_messages,
                   "How many messages to one gateway may be unacknowledged")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, ledger_limits::kMaxOpenMessages));
  serve
      ->add_option("--messages-per-second", given->messages_per_second,
                   "How many messages may be sent to the gateways of one account")
      ->capture_default_str()
      ->check(CLI::Range(1u, kMaxMessagesPerSecond));
}

void AddWebhookPlaces(CLI::App* serve, const std::shared_ptr<ServeArguments>& given) {
  serve
      ->add_option("--webhook-allow", given->webhook_networks,
                   "Address or block (ADDR/BITS) outside the Internet that webhooks may be sent "
                   "to; may be repeated")
      ->check(CheckNetwork);
  serve
      ->add_option("--webhook-ca", given->options.webhooks.ca_file,
                   "CA (PEM) that receivers of webhooks may have, beside those of the system")
      ->check(CLI::ExistingFile);
}

void AddSettings(CLI::App* serve, const std::shared_ptr<ServeArguments>& given) {
  serve
      ->add_option("--confirm-within", given->confirm_within,
                   "How long a new registration waits for its first check-in (1h unless given)")
      ->check(CheckSpan);
  serve
      ->add_option("--check-in", given->check_in,
                   "The interval told to gateways (60s unless given); silent for 2.5 of them, a "
                   "gateway shows red")
      ->check(CheckSpan);
  serve
      ->add_option("--certificate-lifetime", given->certificate_lifetime,
                   "Lifetime of gateways' certificates (365d unless given)")
      ->check(CheckSpan);
  serve
      ->add_option("--log-level", given->log_level,
                   "Level of the JSON lines on standard error: debug (reads too), info (writes and "
                   "refusals), warn, err, off")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "err", "off"}));
  serve->add_option("--threads", given->options.threads,
                    "Threads of each listener (0: one for each core)");
  serve->add_flag("--sign-in-link", given->sign_in_link,
                  "Print a link that signs its reader in to the console as the token of "
                  "DIR/secrets/owner-token: once, within 15 minutes");
  serve->add_flag("--accept-time", given->options.ledger.accept_time,
                  "Take the machine's clock as right although it is behind the last event; see "
                  "accept-time for a server that runs");
  serve->add_option(
      "--adopt-checkpoint", given->options.ledger.adopt_checkpoint,
      "The file head or checkpoint is lost, and the ledger's SIZE events are all there "
      "ever were. Holds for that size alone, and is recorded");
  serve->add_flag("--new-master-key", given->options.ledger.new_master_key,
                  "The master key is lost: create another. Keys issued so far work, but cannot be "
                  "shown again");
}

// Options for writing or for gateways would have no effect.
void AddReadOnly(CLI::App* serve, const std::shared_ptr<ServeArguments>& given) {
  CLI::Option* reads = serve->add_flag(
      "--read-only", given->options.ledger.read_only,
      "Serve a copy or a stopped ledger without changing its history: no listener for gateways, "
      "and only the token in DIR/run/owner-token is valid");
  for (const char* other :
       {"--gateways", "--trust-domain", "--origin", "--checkpoint-file", "--witness",
        "--witness-ca", "--identity", "--ca-cert", "--ca-key", "--confirm-within", "--check-in",
        "--certificate-lifetime", "--open-messages", "--messages-per-second", "--webhook-allow",
        "--webhook-ca", "--accept-time", "--adopt-checkpoint", "--new-master-key"}) {
    reads->excludes(other);
  }
}

void Settle(ServeArguments& given) {
  const auto settle = [](const std::string& text, std::chrono::seconds* setting) {
    if (const auto span = ParseDuration(text)) *setting = *span;
  };
  settle(given.confirm_within, &given.options.ledger.confirm_window);
  settle(given.check_in, &given.options.check_in);
  settle(given.certificate_lifetime, &given.options.certificate_lifetime);
  for (const std::string& text : given.trusted_proxies) {
    given.options.throttle.trusted_proxies.push_back(*Network::Parse(text));
  }
  const Guards guards = GuardsIn(given.guards);
  given.options.ledger.checkpoint_copy = guards.checkpoint_copy;
  given.options.ledger.witnesses = guards.witnesses;
  for (const std::string& text : given.webhook_networks) {
    given.options.webhooks.allowed.push_back(*Network::Parse(text));
  }
  given.options.throttle.messages_of_account = {
      given.messages_per_second,
      std::chrono::microseconds(std::chrono::seconds(1)) / given.messages_per_second};
  given.options.ledger.ca_certificate = given.ca.certificate;
  given.options.ledger.ca_key = given.ca.key;
  given.options.tls_certificate = given.tls_certificate;
  given.options.tls_key = given.tls_key;
  given.options.ledger.credentials = CredentialsDirectory();
}

}  // namespace

void AddServe(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<ServeArguments>();
  CLI::App* serve = app.add_subcommand("serve",
                                       "Serve a ledger. In an empty directory it first creates the "
                                       "ledger, its secrets, its CA and a\n"
                                       "first owner token in DIR/secrets/owner-token");
  AddConfig(serve);
  AddPlaces(serve, given);
  AddGuards(serve, given);
  AddLimits(serve, given);
  AddWebhookPlaces(serve, given);
  AddSettings(serve, given);
  AddReadOnly(serve, given);
  serve->callback([given, &context] {
    Settle(*given);
    context.Report(Serve(*given, context.io));  // its output is no result
  });
}

}  // namespace latchkey::tools
