#include "tools/cli/ca_files.h"

#include <CLI/CLI.hpp>

namespace latchkey::tools {

void AddCaFiles(CLI::App* command, CaFiles* files, const std::string& prefix, const char* help) {
  CLI::Option* certificate =
      command->add_option(prefix + "ca-cert", files->certificate, help)->check(CLI::ExistingFile);
  CLI::Option* key = command->add_option(prefix + "ca-key", files->key, "Its private key (PEM)")
                         ->check(CLI::ExistingFile);
  certificate->needs(key);
  key->needs(certificate);
}

}  // namespace latchkey::tools
