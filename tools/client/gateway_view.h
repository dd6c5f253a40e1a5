// A gateway of the HTTP contract as people see it.
#pragma once

#include <ostream>
#include <vector>

#include <boost/json/value.hpp>

#include "tools/client/table.h"

namespace latchkey::tools {

Table GatewayTable();  // with its header
std::vector<Cell> GatewayRow(const boost::json::value& gateway);

// All members, one per line.
void PrintGateway(const boost::json::value& gateway, std::ostream& out, bool colours);

}  // namespace latchkey::tools
