#include "tools/cli/io.h"

#include <ostream>
#include <string>

namespace latchkey::tools {

CliResult<void> Deliver(Io& io, std::string_view result, std::string_view meanwhile) {
  io.out << result << std::flush;
  if (io.out) return {};
  std::string words = "Standard output cannot be written.";
  if (!meanwhile.empty()) words.append(" ").append(meanwhile);
  return Fail(ExitCode::kFailed, std::move(words));
}

}  // namespace latchkey::tools
