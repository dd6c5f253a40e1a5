#include "tools/cli/topics.h"

#include <algorithm>

namespace latchkey::tools {

std::span<const Topic> Topics() {
  static const std::vector<Topic> topics = {
      {.name = kConnectionTopic,
       .summary = "How a command finds its server, and as whom it acts",
       .text =
           "On the machine where a ledger is served, --data DIR is enough: address, certificate "
           "and token are those in DIR. From elsewhere give --url and --token-file, and --ca "
           "unless the system trusts the CA of the server. An option wins over its variable of "
           "the environment, in brackets; --data without --url wins over all of them but "
           "LATCHKEY_GATEWAYS_URL.",
       .connection_options = true},
      {.name = kExitCodesTopic,
       .summary = "What the exit code of a command says",
       .text = "Scripts can rely on these codes.",
       .rows = {{"0", "done"},
                {"1", "failed: read the message"},
                {"2", "usage: see --help"},
                {"3", "refused by the server: read the message"},
                {"4", "unreachable or busy: run it again; register with the same key"},
                {"5", "the ledger or its directory is unusable or in use"},
                {"10", "the registration key is refused: ask for a new key"},
                {"11", "--run failed, and the server was told: ask for a new key"}}},
  };
  return topics;
}

const Topic* FindTopic(std::string_view name) {
  const auto topics = Topics();
  const auto found =
      std::find_if(topics.begin(), topics.end(), [&](const Topic& t) { return t.name == name; });
  return found == topics.end() ? nullptr : &*found;
}

}  // namespace latchkey::tools
