// The options that name what keeps watch over a ledger from outside its directory.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/ledger/guards.h"

namespace latchkey::tools {

struct GuardArguments {
  std::string checkpoint_file;
  std::vector<std::string> witnesses;  // VKEY@URL each
  std::string witness_ca;
};

// Adds --witness, described by `help`, and --witness-ca.
void AddWitnesses(CLI::App* command, GuardArguments* given, const std::string& help);

// Of arguments that the command line has taken.
Guards GuardsIn(const GuardArguments& given);

}  // namespace latchkey::tools
