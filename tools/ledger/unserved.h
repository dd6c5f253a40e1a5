// A ledger opened by a command, in its directory, while nobody serves it.
#pragma once

#include <filesystem>
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

// Opens it as its server would, with systemd's credentials if there are any. Fails with kLedger
// when it is served (saying `when_served`), unusable or not there: never makes one.
CliResult<std::unique_ptr<Ledger>> OpenUnserved(const std::filesystem::path& data,
                                                const CaFiles& ca, const std::string& when_served);

}  // namespace latchkey::tools
