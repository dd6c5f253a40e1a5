// A token of the HTTP contract as people see it.
#pragma once

#include <span>
#include <string>

#include <boost/json/value.hpp>

#include "tools/client/format.h"

namespace latchkey::tools {

// "acme, globex", or "all".
std::string AccountsWords(const boost::json::value& token);
// "until 2026-…", or "does not expire".
std::string ExpiryWords(const boost::json::value& token);

// A list of tokens, the columns of one that was just made, with its secret, and of one's own.
Listing::Form TokensForm();
std::span<const CsvColumn> NewTokenColumns();
std::span<const CsvColumn> OwnTokenColumns();

}  // namespace latchkey::tools
