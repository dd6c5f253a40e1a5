// Opens a ledger for a command while nobody serves it.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>

#include "tools/ledger/ledger.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// A CA that is not in DIR/secrets/: both or none.
struct CaFiles {
  std::string certificate;
  std::string key;
};

// Opens it as its server would, with systemd's credentials if there are any, and with the guards
// that the server was last given (tools/ledger/guards.h): an old copy that they show is not written
// to. Warnings go to `err`. Fails with kLedger when it is served (the message is `when_served`),
// unusable or missing: never creates one. With `ca_key_lost` without its CA, see LedgerOptions.
CliResult<std::unique_ptr<Ledger>> OpenUnserved(const std::filesystem::path& data,
                                                const CaFiles& ca, const std::string& when_served,
                                                std::ostream& err, bool ca_key_lost = false);

}  // namespace latchkey::tools
