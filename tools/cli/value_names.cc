#include "tools/cli/value_names.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "tools/cli/command_text.h"

namespace latchkey::tools {
namespace {

struct ValueName {
  std::string_view option;
  const char* value;
  std::string_view command{};  // only of this command; such lines come first
};

constexpr ValueName kValueNames[] = {
    {"--name", "HOST", "latchkey serve"},
    {"--name", "PART", "latchkey gateway list"},
    {"--name", "NAME", "latchkey witness"},
    {"--witness", "V@URL", "latchkey recover"},
    {"--witness", "V@URL", "latchkey restore"},
    {"--witness", "V@URL", "latchkey serve"},
    {"--out", "DIR", "latchkey register"},
    {"--expires", "D|never", "latchkey token create"},
    {"--until", "P", "latchkey replay"},
    {"--account", "ACCOUNT"},
    {"--after", "POSITION"},
    {"--actor", "ACTOR"},
    {"--adopt-checkpoint", "SIZE"},
    {"--backup", "SOURCE"},
    {"--ca", "FILE"},
    {"--checkpoint", "FILE"},
    {"--checkpoint-file", "FILE"},
    {"--passphrase-file", "FILE"},
    {"--rate", "MB"},
    {"--vkey", "V|@FILE"},
    {"--ca-cert", "FILE"},
    {"--ca-fingerprint", "sha256:HEX"},
    {"--ca-key", "FILE"},
    {"--certificate-lifetime", "D"},
    {"--check-in", "D"},
    {"--config", "FILE"},
    {"--confirm-within", "D"},
    {"--data", "DIR"},
    {"--dir", "DIR"},
    {"--directory", "DIR"},
    {"--events", "N"},
    {"--event", "FILE"},
    {"--expires", "D"},
    {"--from-ca-cert", "FILE"},
    {"--from-ca-key", "FILE"},
    {"--from", "FILE"},
    {"--gateway", "GATEWAY"},
    {"--gateways", "ADDR:PORT"},
    {"--gateways-url", "URL"},
    {"--identity", "FILE"},
    {"--into", "DIR"},
    {"--key-file", "FILE"},
    {"--label", "KEY:VALUE"},
    {"--listen", "ADDR:PORT"},
    {"--log", "V|@FILE"},
    {"--management", "ADDR:PORT"},
    {"--man", "DIR"},
    {"--messages-per-second", "N"},
    {"--newest", "N"},
    {"--note", "TEXT"},
    {"--on-message", "CMD"},
    {"--open-messages", "N"},
    {"--operator", "OPERATOR"},
    {"--origin", "NAME"},
    {"--out", "FILE"},
    {"--patience", "D"},
    {"--primary", "GATEWAY"},
    {"--proof", "FILE"},
    {"--reason", "TEXT"},
    {"--receiver", "URL"},
    {"--remove", "KEY"},
    {"--resume", "DIR"},
    {"--run", "COMMAND"},
    {"--scratch", "DIR"},
    {"--since", "WHEN"},
    {"--state", "STATE"},
    {"--threads", "N"},
    {"--tls-cert", "FILE"},
    {"--tls-key", "FILE"},
    {"--to", "FILE"},
    {"--token", "TOKEN"},
    {"--token-file", "FILE"},
    {"--trusted-proxy", "ADDR[/BITS]"},
    {"--trust-domain", "NAME"},
    {"--type", "TYPE"},
    {"--until", "WHEN"},
    {"--url", "URL"},
    {"--version", "V", "latchkey agent"},
    {"--version", "V", "latchkey check-in"},
    {"--version", "V", "latchkey register"},
    {"--webhook-allow", "ADDR[/BITS]"},
    {"--webhook-ca", "FILE"},
    {"--witness", "V"},
    {"--witness-ca", "FILE"},
};

}  // namespace

void NameValues(CLI::App* command) {
  const std::string path = PathOf(*command);
  for (CLI::Option* option : command->get_options([](const CLI::Option*) { return true; })) {
    const std::string name = option->get_name();
    const auto* const found =
        std::find_if(std::begin(kValueNames), std::end(kValueNames), [&](const ValueName& row) {
          return row.option == name && (row.command.empty() || row.command == path);
        });
    if (found != std::end(kValueNames)) option->type_name(found->value);
  }
  for (CLI::App* inner : command->get_subcommands([](const CLI::App*) { return true; })) {
    NameValues(inner);
  }
}

}  // namespace latchkey::tools
