// Creates an operator token in a data directory itself, without a server and without a token:
// anyone who may write there is an owner anyway. The way back in when every token is lost.
#pragma once

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "tools/ledger/unserved.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

struct WantedToken {
  std::string name;
  std::string role;
  std::vector<std::string> accounts;             // empty: all
  std::optional<std::chrono::seconds> lifetime;  // null: no expiry
};

// Opens the ledger as its server would (`ca`: for one that is served with an intermediate), appends
// OperatorTokenCreated by the system, and gives the members id, name, role, accounts, expires_at
// and token of the contract. `locked_out` says why the server was not asked; it is part of the
// error when the ledger turns out to be served (kLedger). Warnings go to `err`. Never creates a
// ledger.
CliResult<boost::json::value> CreateLocally(const std::filesystem::path& data, const CaFiles& ca,
                                            const WantedToken& wanted, const Failure& locked_out,
                                            std::ostream& err);

}  // namespace latchkey::tools
