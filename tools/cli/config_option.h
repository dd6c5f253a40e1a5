// --config FILE: options of a command from a file.
#pragma once

namespace CLI {
class App;
}

namespace latchkey::tools {

// Adds --config to `command`, before its other options. The names in the file are those of the
// options, without dashes; an option that the command line gives wins. A file that cannot be read,
// an unknown name, a single option that is given twice and a bad value end the parse with a
// CLI::ParseError that names file and line.
void AddConfig(CLI::App* command);

}  // namespace latchkey::tools
