#include "tools/cli/serve_banner.h"

#include <ostream>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/hex.h"
#include "core/base/printable.h"
#include "tools/ledger/run_directory.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

void OfferSignIn(Service& service, std::ostream& out) {
  const Result<crypto::Secret> link = service.SignInLink();
  if (link) {
    out << "  sign in once, within 15 minutes, as the owner:\n  " << link->view() << "\n\n";
  } else {
    out << "Note: The sign-in link could not be made: " << text::PrintableLines(link.error().detail)
        << '\n';
  }
}

void ShowWarnings(const Ledger& ledger, std::ostream& out) {
  for (const std::string& warning : ledger.warnings()) {
    out << "Note: " << text::PrintableLines(warning) << '\n';
  }
}

void GreetReader(Service& service, const Banner& banner, std::ostream& out) {
  const std::filesystem::path data = std::filesystem::absolute(banner.data);
  Ledger& ledger = service.ledger();
  out << fmt::format("Latchkey " LATCHKEY_VERSION
                     " serves {} {} read-only. It has {} events.\n\n"
                     "  management   {}   for operators; gateways cannot connect\n"
                     "  data         {}\n"
                     "  owner token  {}   the only valid one, until this process ends\n"
                     "  CA           {}   made for this process\n\n",
                     ledger.is_copy() ? "a copy of the ledger" : "the ledger",
                     text::ToHex(ledger.row().ledger_id()), ledger.log().size(),
                     service.management_url(), data.string(),
                     (RunDirectory(data) / std::string(kOwnerTokenFile)).string(),
                     service.ca_sha256());
  ShowWarnings(ledger, out);
  if (banner.sign_in_link) OfferSignIn(service, out);
  out << "On this machine try: latchkey gateway list --data " << ShellWord(banner.data) << '\n';
  out.flush();
}

// What would show that the whole directory is an old copy.
void ShowGuards(const LedgerOptions& options, std::ostream& out) {
  std::vector<std::string> guards;
  if (!options.checkpoint_copy.empty()) {
    guards.push_back("the checkpoint in " + options.checkpoint_copy.string());
  }
  for (const witness::WitnessAddress& witness : options.witnesses.witnesses) {
    guards.push_back("the witness " + witness.key.name);
  }
  if (guards.empty()) {
    out << "Note: an old copy of the whole directory would not be noticed: no checkpoint is kept "
           "outside\nit. See --checkpoint-file and --witness.\n";
    return;
  }
  out << fmt::format("An old copy of this directory would be noticed by {}.\n",
                     fmt::join(guards, ", "));
}

}  // namespace

void ShowBanner(Service& service, const Banner& banner, std::ostream& out) {
  if (banner.options.read_only) return GreetReader(service, banner, out);
  const std::filesystem::path data = std::filesystem::absolute(banner.data);
  out << fmt::format("Latchkey " LATCHKEY_VERSION
                     " {} the ledger {}.\n\n"
                     "  management   {}   for operators\n"
                     "  gateways     {}   for installers and gateways\n"
                     "  data         {}\n"
                     "  owner token  {}   it may do everything: keep it safe\n"
                     "  CA           {}\n\n",
                     service.ledger().made() ? "has made and serves" : "serves",
                     text::ToHex(service.ledger().row().ledger_id()), service.management_url(),
                     service.gateways_url(), data.string(),
                     (data / "secrets" / std::string(kOwnerTokenFile)).string(),
                     service.ca_sha256());
  ShowWarnings(service.ledger(), out);
  if (const auto problem = service.ledger().sequencer().WriteProblem()) {
    out << "Note: writes are refused: " << problem->detail << '\n';
  }
  if (service.gateways_without_ca() > 0) {
    out << fmt::format("Note: {} gateways have not been told the CA in force.\n",
                       service.gateways_without_ca());
  }
  if (banner.sign_in_link) OfferSignIn(service, out);
  ShowGuards(banner.options, out);
  out << "\nOn this machine try: latchkey whoami --data " << ShellWord(banner.data) << '\n';
  out.flush();
}

}  // namespace latchkey::tools
