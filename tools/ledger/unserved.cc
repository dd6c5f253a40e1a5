#include "tools/ledger/unserved.h"

#include <ostream>
#include <utility>

#include <rocksdb/env.h>

#include "core/base/printable.h"
#include "tools/ledger/guards.h"

namespace latchkey::tools {

CliResult<std::unique_ptr<Ledger>> OpenUnserved(const std::filesystem::path& data,
                                                const CaFiles& ca, const std::string& when_served,
                                                std::ostream& err, bool ca_key_lost) {
  if (!std::filesystem::exists(data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + data.string() + ".");
  }
  auto guards = RememberedGuards(data, rocksdb::Env::Default());
  if (!guards) return Fail(guards.error());
  auto ledger = Ledger::Open({.data = data,
                              .credentials = CredentialsDirectory(),
                              .ca_certificate = ca.certificate,
                              .ca_key = ca.key,
                              .ca_key_lost = ca_key_lost,
                              .checkpoint_copy = guards->checkpoint_copy,
                              .witnesses = guards->witnesses});
  if (ledger) {
    for (const std::string& warning : (*ledger)->warnings()) {
      err << "Note: " << text::PrintableLines(warning) << '\n';
    }
    return *std::move(ledger);
  }
  if (ledger.error().code != ErrorCode::kInUse) return Fail(ledger.error());
  return Fail(ExitCode::kLedger, when_served);
}

}  // namespace latchkey::tools
