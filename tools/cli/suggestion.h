// What is wrong with words of a command line that name no command or option, and what was probably
// meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace latchkey::tools {

// The name that is most similar to `word`; empty when none is similar.
std::string Nearest(std::string_view word, const std::vector<std::string>& names);

// What is wrong with `word` where a command of `group` is expected, in a sentence.
std::string UnknownCommand(const CLI::App& group, const std::string& word);

// For an application whose parse has failed: the first word that is neither a command nor an option
// where it stands, in a sentence; empty when there is none.
std::string UnknownWord(const CLI::App& app);

}  // namespace latchkey::tools
