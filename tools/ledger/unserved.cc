#include "tools/ledger/unserved.h"

#include <utility>

namespace latchkey::tools {

CliResult<std::unique_ptr<Ledger>> OpenUnserved(const std::filesystem::path& data,
                                                const CaFiles& ca, const std::string& when_served,
                                                bool ca_key_lost) {
  if (!std::filesystem::exists(data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + data.string() + ".");
  }
  auto ledger = Ledger::Open({.data = data,
                              .credentials = CredentialsDirectory(),
                              .ca_certificate = ca.certificate,
                              .ca_key = ca.key,
                              .ca_key_lost = ca_key_lost});
  if (ledger) return *std::move(ledger);
  if (ledger.error().code != ErrorCode::kInUse) return Fail(ledger.error());
  return Fail(ExitCode::kLedger, when_served);
}

}  // namespace latchkey::tools
