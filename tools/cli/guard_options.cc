#include "tools/cli/guard_options.h"

#include "core/witness/witness_client.h"

namespace latchkey::tools {
namespace {

std::string CheckWitness(const std::string& text) {
  const auto witness = witness::ParseWitness(text);
  return witness ? "" : "'" + text + "': " + witness.error().detail + ".";
}

}  // namespace

void AddWitnesses(CLI::App* command, GuardArguments* given, const std::string& help) {
  command->add_option("--witness", given->witnesses, help)->check(CheckWitness);
  command
      ->add_option("--witness-ca", given->witness_ca,
                   "CA (PEM) that witnesses may have, beside those of the system")
      ->check(CLI::ExistingFile);
}

Guards GuardsIn(const GuardArguments& given) {
  Guards guards{given.checkpoint_file, {{}, given.witness_ca}};
  for (const std::string& text : given.witnesses) {
    guards.witnesses.witnesses.push_back(*witness::ParseWitness(text));
  }
  return guards;
}

}  // namespace latchkey::tools
