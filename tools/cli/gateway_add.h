// `gateway add`: one gateway, or all those of a list.
#pragma once

#include <string>
#include <vector>

#include "tools/cli/io.h"
#include "tools/client/management_client.h"

namespace latchkey::tools {

struct AddArguments {
  ConnectionFlags flags;
  std::string account;
  std::string name;
  std::string from;  // a file, or "-"; then there is no name
  bool skip_existing = false;
  std::string primary;
  std::string expires;
  std::vector<std::string> labels;  // key:value
  std::string note;
};

// `KEY:VALUE` as members of an object; kUsage for another form or for a key that appears twice.
CliResult<boost::json::object> ReadLabels(const std::vector<std::string>& labels);

// Adds one gateway and prints its key, and the command that installs it.
CliResult<void> AddOneGateway(const AddArguments& given, Io& io);

// Adds those of the list in its order and prints their keys. The whole list is checked before the
// first is added.
CliResult<void> AddManyGateways(const AddArguments& given, Io& io);

}  // namespace latchkey::tools
