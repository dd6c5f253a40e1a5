#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>

#include "api/bound_port.h"
#include "api/http/address.h"
#include "core/base/printable.h"
#include "core/log/cosignature.h"
#include "tools/cli/commands.h"
#include "tools/cli/config_option.h"
#include "tools/cli/verifier_key.h"
#include "tools/process/readiness.h"
#include "tools/witness/tls_files.h"
#include "tools/witness/witness.h"
#include "tools/witness/witness_server.h"

namespace latchkey::tools {
namespace {

struct WitnessArguments {
  std::string data;
  std::string listen;
  std::string name;
  std::string tls_certificate, tls_key;
  std::vector<std::string> logs;
};

std::string CheckListenAddress(const std::string& text) {
  if (api::HostOf(text)) return {};
  return "'" + text + "' is not an address. Write ADDR:PORT or [ADDR]:PORT.";
}

std::string CheckWitnessName(const std::string& text) {
  if (IsWitnessName(text)) return {};
  return "'" + text +
         "' cannot name a witness. Write 1 to 128 letters, digits and signs of ASCII, without "
         "spaces and '+', such as witness.example.com/1.";
}

// Whoever is on the way could change what is answered in clear.
CliResult<void> CheckWhere(const WitnessArguments& given) {
  if (!given.tls_certificate.empty()) return {};
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(*api::HostOf(given.listen), error);
  if (error || address.is_loopback()) return {};  // a bad address is refused when it is bound
  return Fail(ExitCode::kUsage,
              "--listen: " + given.listen +
                  " can be reached from other machines. Give --tls-cert and --tls-key, or listen "
                  "on a loopback address behind a proxy.");
}

std::function<void(const std::string&)> TellOn(std::ostream& notes) {
  return [&notes](const std::string& words) {
    notes << "latchkey: " << text::PrintableLines(words) << std::endl;
  };
}

CliResult<std::vector<log::NoteKey>> ReadLogs(const std::vector<std::string>& given) {
  std::vector<log::NoteKey> keys;
  for (const std::string& text : given) {
    auto key = ReadVerifierKey(text, "--log");
    if (!key) return key.error();
    keys.push_back(*std::move(key));
  }
  return keys;
}

// Plain HTTP without files; else they are watched, and outlive the server.
CliResult<WitnessServer::Options> ServerOptions(std::optional<TlsFiles>& files, Io& io) {
  if (!files) return WitnessServer::Options();
  auto context = files->Read();
  if (!context) return Fail(ExitCode::kFailed, "--tls-cert: " + context.error().detail);
  return WitnessServer::Options{
      .tls = *std::move(context),
      .renewed = [&files, tell = TellOn(io.err)] { return files->Renewed(tell); }};
}

CliResult<std::unique_ptr<Witness>> OpenWitness(const WitnessArguments& given,
                                                std::vector<log::NoteKey> logs, const Clock& clock,
                                                std::ostream& notes) {
  auto directory = WitnessDirectory::Open(given.data, given.name, rocksdb::Env::Default());
  if (!directory) return Fail(directory.error());
  const std::string& name = directory->key().name;
  if (!given.name.empty() && given.name != name) {
    return Fail(ExitCode::kUsage,
                "--name: The witness in " + given.data + " is named " + name +
                    " for good: its cosignatures are known by that name. Leave --name out, or "
                    "give another directory: that makes another witness.");
  }
  auto witness = Witness::Open(*std::move(directory),
                               {.logs = std::move(logs), .clock = &clock, .tell = TellOn(notes)});
  if (witness) return *std::move(witness);
  const bool wrong = witness.error().code == ErrorCode::kValidationFailed;
  if (wrong) return Fail(ExitCode::kUsage, "--log: " + witness.error().detail);
  return Fail(witness.error());
}

void GreetFrom(const Witness& witness, const WitnessServer& server, const WitnessArguments& given,
               std::ostream& out) {
  out << fmt::format("Latchkey " LATCHKEY_VERSION
                     " is the witness {}.\n\n"
                     "  verifier key  {}   for those who check its cosignatures\n"
                     "  listens at    {}://{}\n"
                     "  data          {}\n",
                     witness.key().name, log::CosignerKeyText(witness.key()),
                     given.tls_certificate.empty() ? "http" : "https", server.address(),
                     std::filesystem::absolute(given.data).string());
  for (const Witness::Known& known : witness.logs()) {
    out << fmt::format(
        "  log           {}   {}\n", text::Printable(known.origin),
        known.size ? fmt::format("cosigned at size {}", *known.size) : "not cosigned yet");
  }
  out.flush();
}

CliResult<void> RunWitness(const WitnessArguments& given, Io& io) {
  if (auto where = CheckWhere(given); !where) return where;
  auto logs = ReadLogs(given.logs);
  if (!logs) return logs.error();
  std::optional<TlsFiles> files;
  if (!given.tls_certificate.empty()) files.emplace(given.tls_certificate, given.tls_key);
  auto options = ServerOptions(files, io);
  if (!options) return options.error();
  // Before anything is made.
  auto port = api::BoundPort::Bind(given.listen);
  if (!port) return Fail(port.error());
  const SystemClock clock;
  auto witness = OpenWitness(given, *std::move(logs), clock, io.err);
  if (!witness) return witness.error();
  auto server = WitnessServer::Listen(**witness, *std::move(port), *std::move(options));
  if (!server) return Fail(server.error());
  (*server)->StopOnSignals();
  TellReady();
  GreetFrom(**witness, **server, given, io.out);
  if (!io.out) {
    io.err << "latchkey: Standard output cannot be written. It serves all the same." << std::endl;
  }
  (*server)->Run();
  io.out << "Stopping.\n" << std::flush;
  return {};
}

}  // namespace

void AddWitness(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<WitnessArguments>();
  CLI::App* witness = app.add_subcommand(
      "witness",
      "Cosign the checkpoints of logs as long as each extends the one before, so that a log\n"
      "cannot show different histories to different people. Serves until SIGTERM or SIGINT. Ends\n"
      "with 5 when what it remembers is damaged, lost or in use");
  AddConfig(witness);
  witness->add_option("--data", given->data, "Data directory; created when it is missing")
      ->required();
  witness->add_option("--listen", given->listen, "Where logs and monitors connect")
      ->required()
      ->check(CheckListenAddress);
  witness
      ->add_option("--log", given->logs,
                   "Verifier key of a log to cosign, or @FILE; may be repeated")
      ->required();
  witness
      ->add_option("--name", given->name,
                   "Name of this witness in its cosignatures, for good; made from its key unless "
                   "given at the first start")
      ->check(CheckWitnessName);
  CLI::Option* certificate =
      witness->add_option("--tls-cert", given->tls_certificate,
                          "Server certificate chain (PEM); read again when it changes");
  CLI::Option* key = witness->add_option("--tls-key", given->tls_key, "Its private key (PEM)");
  certificate->needs(key)->check(CLI::ExistingFile);
  key->needs(certificate)->check(CLI::ExistingFile);
  witness->callback([given, &context] { context.Finish(RunWitness(*given, context.io)); });
}

}  // namespace latchkey::tools
