// What help calls the values of options.
#pragma once

namespace CLI {
class App;
}

namespace latchkey::tools {

// Gives each option below `command` that takes a value the name of that value, such as FILE or DIR;
// completion offers files and directories accordingly.
void NameValues(CLI::App* command);

}  // namespace latchkey::tools
