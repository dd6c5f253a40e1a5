#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/hex.h"
#include "core/base/time_text.h"
#include "tools/cli/ca_files.h"
#include "tools/cli/commands.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/rotation.h"
#include "tools/ledger/secrets.h"
#include "tools/ledger/unserved.h"

namespace latchkey::tools {
namespace {

constexpr const char* kServed =
    "The ledger is being served and cannot be rotated. Stop the server, run this again, "
    "and start the server.";

struct RotateArguments {
  std::string data;
  CaFiles current;  // of a ledger that is served with --ca-cert
  CaFiles next;
  bool without_transition = false;
  bool key_lost = false;
};

CliResult<void> RotateMaster(const RotateArguments& given, Io& io) {
  const auto data = OpenDataDirectory(given.data, io.err);
  if (!data) return data.error();
  auto ledger = OpenUnserved(*data, given.current, kServed, io.err);
  if (!ledger) return ledger.error();
  auto rotated = RotateMasterKey(**ledger);
  if (!rotated) return Fail(rotated.error());
  io.out << fmt::format("The master key is now {}; it was {}.\n", rotated->id,
                        rotated->previous_id);
  if (rotated->active_keys == 0) {
    io.out << "No active key needs an earlier one: they are destroyed.\n";
  } else {
    io.out << fmt::format(
        "Active keys issued under an earlier one: {}. They work and can be shown as before; the "
        "earlier one is kept for that, and destroyed once none needs it.\n",
        rotated->active_keys);
  }
  if (rotated->lost_keys != 0) {
    io.err << fmt::format("Note: {} more work but cannot be shown: their master key is lost.\n",
                          rotated->lost_keys);
  }
  return {};
}

void TellLostKey(const CaRotation& rotated, std::ostream& out) {
  if (!rotated.server_until) {
    out << "No server certificate of the CA before is left: gateways cannot verify the server "
           "until\nthey are given the new CA certificate.\n";
    return;
  }
  out << fmt::format(
      "The server goes on presenting its certificate of the CA before, until {}.\n"
      "Gateways that check in by then are told the new CA; the others cannot verify the server\n"
      "afterwards. latchkey serve and the console count them.\n",
      text::TimeWords(ToMicros(*rotated.server_until)));
}

void TellCa(const CaRotation& rotated, const RotateArguments& given, std::ostream& out) {
  out << fmt::format("The CA is now sha256:{}\n           it was sha256:{}\n",
                     text::ToHex(rotated.sha256), text::ToHex(rotated.previous_sha256));
  if (given.key_lost && !rotated.expired) {
    TellLostKey(rotated, out);
  } else if (rotated.expired) {
    out << "The CA before had expired, and with it the certificates that it signed: generate new "
           "keys\n"
           "for those gateways, and give installers the new certificate or fingerprint.\n";
  } else if (rotated.cross_signed) {
    out << "Gateways go on as they are. Installers and gateways that know the CA before, by its\n"
           "certificate or fingerprint, can still verify the server; tell new ones the new "
           "fingerprint.\n";
  } else {
    out << "Gateways' certificates stay good. Who knew the CA before only by itself, and not by "
           "an\nissuer of both, needs the new certificate to verify the server.\n";
  }
  if (!given.next.certificate.empty()) {
    out << "Serve the ledger with this --ca-cert and --ca-key from now on.\n";
  } else if (!given.current.certificate.empty()) {
    out << "Serve the ledger without --ca-cert and --ca-key from now on.\n";
  }
  if (!given.current.key.empty()) {
    out << "Destroy the key " << given.current.key << ". It is no longer needed.\n";
  }
}

CliResult<void> RotateAuthority(const RotateArguments& given, Io& io) {
  const auto data = OpenDataDirectory(given.data, io.err);
  if (!data) return data.error();
  NextCa next{std::nullopt, given.without_transition, given.key_lost};
  if (!given.next.certificate.empty()) {
    auto material = ReadGivenCa(given.next.certificate, given.next.key);
    if (!material) return Fail(ExitCode::kFailed, material.error().detail);
    next.given = *std::move(material);
  }
  auto ledger = OpenUnserved(*data, given.current, kServed, io.err, given.key_lost);
  if (!ledger) return ledger.error();
  auto rotated = RotateCa(**ledger, std::move(next));
  if (!rotated) return Fail(rotated.error());
  TellCa(*rotated, given, io.out);
  return {};
}

}  // namespace

void AddRotate(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<RotateArguments>();
  CLI::App* rotate = app.add_subcommand(
      "rotate",
      "Replace the master key or the CA. The ledger must not "
      "be\nserved meanwhile; what the old one made stays good. May be killed and run again at any "
      "point");
  rotate->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = rotate->add_subcommand(name, help);
    command->add_option("--data", given->data, "Data directory")->required();
    return command;
  };

  CLI::App* master = add(
      "master-key",
      "Replace the master key for the registration keys issued from now on. Active keys go on "
      "working\n"
      "and can be shown: the old master key is kept while one of them needs it, then destroyed");
  AddCaFiles(master, &given->current, "--", kSameCaHelp);
  master->callback([given, &context] { context.Finish(RotateMaster(*given, context.io)); });

  CLI::App* ca =
      add("ca",
          "Replace the CA that signs certificates from now on; the ledger records it.\n"
          "Registered gateways go on as they are. The new CA is signed by the old one, so that\n"
          "clients which know only the old one can still verify the server; then the old key is "
          "destroyed");
  AddCaFiles(ca, &given->next, "--",
             "Intermediate CA (PEM, its issuers behind it) to put in force, instead of one made "
             "here");
  AddCaFiles(ca, &given->current, "--from-",
             "For a ledger that is served with --ca-cert: the one it is served with now");
  ca->add_flag("--without-transition", given->without_transition,
               "Go on also where the CA in force cannot sign the new one: clients that know only "
               "the old one must be given the new certificate");
  CLI::Option* lost = ca->add_flag(
      "--lost-key", given->key_lost,
      "The key of the CA in force is lost. The server goes on presenting its certificate of that "
      "CA until it ends, and gateways that check in by then are told the new CA");
  for (const char* other : {"--without-transition", "--from-ca-cert", "--from-ca-key"}) {
    lost->excludes(other);
  }
  ca->callback([given, &context] { context.Finish(RotateAuthority(*given, context.io)); });
}

}  // namespace latchkey::tools
