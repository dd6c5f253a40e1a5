// Completion in the shells themselves.
#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

using testing::Cli;

// In a directory with a file, a directory and the completion script of a shell.
class Completion : public ::testing::Test {
 protected:
  Completion() {
    std::filesystem::create_directory(directory_ / "folder");
    std::ofstream(directory_ / "fine file") << '\n';
  }

  // What the shell prints when it runs `script`.
  std::string Run(const std::string& shell, const std::string& script) {
    const auto printed = Cli({"completion", shell});
    EXPECT_EQ(printed.exit, 0) << printed.err;
    std::ofstream(directory_ / "completion") << printed.out;
    std::ofstream(directory_ / "script") << script;
    const std::string command = "cd '" + directory_.path().string() + "' && HOME=$PWD timeout 60 " +
                                shell + " ./script 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> part{};
    for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
      out.append(part.data(), got);
    }
    EXPECT_EQ(::pclose(pipe), 0) << shell << " is in dev.packages: " << out;
    return out;
  }

  latchkey::testing::TempDir directory_;
};

std::set<std::string> LinesOf(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.insert(line.substr(0, line.find('\t')));
  return lines;
}

struct OfferRow {
  std::string line;                     // up to the cursor
  std::set<std::string> offered;        // at least
  std::set<std::string> not_offered{};  // none of these
};

const std::vector<OfferRow>& OfferRows() {
  static const std::vector<OfferRow> rows = {
      {"latchkey gatew", {"gateway"}, {"serve"}},
      {"latchkey ", {"serve", "gateway", "completion"}, {"add", "--help"}},
      {"latchkey gateway ", {"add", "deregister"}, {"serve"}},
      {"latchkey gateway list --sta", {"--status"}, {"--registration"}},
      {"latchkey gateway list acme --", {"--status", "--data", "--color"}, {"--expires"}},
      {"latchkey gateway list --status ", {"gray", "green", "red"}, {"folder"}},
      {"latchkey gateway list --color never --status r", {"red"}, {"gray"}},
      {"latchkey whoami -o ", {"table", "json"}, {}},
      {"latchkey register --ca fi", {"fine file"}, {"folder"}},
      {"latchkey serve --data fo", {"folder"}, {"fine file"}},
      {"latchkey serve --data f", {"folder"}, {"fine file"}},
      {"latchkey completion ", {"bash", "zsh", "fish"}, {"serve"}},
      {"latchkey bench --f", {}, {"--fill"}},  // hidden
  };
  return rows;
}

void ExpectOffered(const OfferRow& row, const std::set<std::string>& offered) {
  for (const std::string& word : row.offered) {
    EXPECT_TRUE(offered.contains(word) || offered.contains(word + "/")) << row.line << " " << word;
  }
  for (const std::string& word : row.not_offered) {
    EXPECT_FALSE(offered.contains(word)) << row.line << " " << word;
  }
}

TEST_F(Completion, InBash) {
  for (const OfferRow& row : OfferRows()) {
    // Split at blanks, with the word at the cursor last.
    ExpectOffered(row, LinesOf(Run("bash",
                                   "source ./completion\n"
                                   "line='" +
                                       row.line +
                                       "'\n"
                                       "read -ra COMP_WORDS <<<\"$line\"\n"
                                       "[[ $line != *' ' ]] || COMP_WORDS+=('')\n"
                                       "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                                       "complete -p latchkey >/dev/null || exit 1\n"
                                       "_latchkey\n"
                                       "printf '%s\\n' \"${COMPREPLY[@]}\"\n")));
  }
  const std::string assigned = Run("bash",
                                   "source ./completion\n"
                                   "COMP_WORDS=(latchkey gateway list --status = gr)\n"
                                   "COMP_CWORD=5\n"
                                   "_latchkey\n"
                                   "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
  EXPECT_EQ(LinesOf(assigned), (std::set<std::string>{"gray", "green"}));
}

TEST_F(Completion, InFish) {
  for (const OfferRow& row : OfferRows()) {
    const std::string out = Run("fish", "source ./completion\ncomplete -C '" + row.line + "'\n");
    ExpectOffered(row, LinesOf(out));
  }
}

// zsh completes only on a terminal: what it offers is caught where it is added to the list.
TEST_F(Completion, InZsh) {
  for (const OfferRow& row : OfferRows()) {
    const std::string out =
        Run("zsh",
            "zmodload zsh/zpty\n"
            "zpty shell zsh -f -i\n"
            "zpty -w shell 'PROMPT=; autoload -Uz compinit; compinit -u -D; source ./completion'\n"
            "zpty -w shell 'compadd() { builtin compadd -O offered_now \"$@\"; "
            "offered+=($offered_now); builtin compadd \"$@\" }'\n"
            "zpty -w shell 'show() { print -l -- \"BEGIN\" $offered \"END\"; zle kill-buffer }'\n"
            "zpty -w shell 'typeset -ga offered offered_now; zle -N show; bindkey \"^X\" show; "
            "bindkey \"^I\" expand-or-complete; print REA\"\"DY'\n"
            "zpty -r shell seen '*READY*'\n"
            "zpty -n -w shell $'" +
                row.line +
                "\\t\\x18'\n"
                "zpty -r shell seen '*BEGIN*END*'\n"
                "print -r -- ${seen//$'\\r'/}\n"
                "zpty -d shell\n");
    ExpectOffered(row, LinesOf(out));
  }
}

}  // namespace
}  // namespace latchkey::tools
