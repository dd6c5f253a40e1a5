// A gateway of the HTTP contract as people see it.
#pragma once

#include <ostream>
#include <string>

#include <boost/json/value.hpp>

#include "tools/client/format.h"

namespace latchkey::tools {

// A list of gateways, and of those that were just added, with their keys.
Listing::Form GatewaysForm();
Listing::Form AddedForm();

// All members, one per line.
void PrintGateway(const boost::json::value& gateway, std::ostream& out, bool colours);

// What ends with the identity and the key that this gateway has, in sentences that each begin with
// a space: its certificate, its active key, its pending registration. Empty when it has none.
std::string LossWords(const boost::json::value& gateway);

}  // namespace latchkey::tools
