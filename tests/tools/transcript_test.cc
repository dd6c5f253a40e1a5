// The first hour in docs/cli.md, walked: each command of the transcript is run, and what it prints
// is what the page shows.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::OptionsFor;
using testing::Ran;
using testing::StartService;

constexpr const char* kBegin = "```console\n";
constexpr const char* kEnd = "```\n";

std::string Transcript() {
  std::ifstream file(fs::path(LATCHKEY_GOLDEN_DIR) / "../../docs/cli.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const auto begin = page.find(kBegin);
  EXPECT_NE(begin, std::string::npos);
  if (begin == std::string::npos) return {};
  const auto from = begin + std::string(kBegin).size();
  return page.substr(from, page.find(kEnd, from) - from);
}

// The words of a command line as a shell splits them.
std::vector<std::string> Words(const std::string& line) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

// Without what differs from run to run and from machine to machine.
std::string Same(std::string text) {
  const std::pair<const char*, const char*> rules[] = {
      {R"(LK1-[0-9A-Z-]{30,})", "KEY"}, {R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(Z| UTC))", "TIME"},
      {R"([0-9a-f]{64})", "SHA256"},    {R"([0-9a-f]{12}…)", "DIGEST"},
      {R"(host [^,)]+)", "host NAME"},
  };
  for (const auto& [form, by] : rules) text = std::regex_replace(text, std::regex(form), by);
  return text;
}

// A second terminal, in which the ledger of the working directory is served.
class Walk {
 public:
  Walk() : before_(fs::current_path()) {
    fs::current_path(directory_ / ".");
    for (const char* name : {"LATCHKEY_URL", "LATCHKEY_TOKEN", "LATCHKEY_TOKEN_FILE", "LATCHKEY_CA",
                             "LATCHKEY_GATEWAYS_URL"}) {
      ::unsetenv(name);
    }
    ::setenv("TZ", "UTC0", 1);
    ::tzset();
  }
  ~Walk() { fs::current_path(before_); }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  // What the command prints.
  std::string Run(const std::string& line) {
    if (line == "latchkey serve --data ledger &") {
      service_ = StartService(OptionsFor("ledger"));
      return {};
    }
    std::vector<std::string> words = Words(line);
    std::string file;
    if (words.size() > 2 && words[words.size() - 2] == ">") {
      file = words.back();
      words.resize(words.size() - 2);
    }
    words.erase(words.begin());
    for (std::string& word : words) word = Ports(word, true);
    const Ran ran = Cli(words);
    if (!file.empty()) std::ofstream(file) << ran.out;
    std::string printed = Ports(ran.err + (file.empty() ? ran.out : ""), false);
    const std::string here = fs::current_path().string();
    for (std::size_t at = 0; (at = printed.find(here, at)) != std::string::npos;) {
      printed.replace(at, here.size(), "/srv");
    }
    return printed;
  }

 private:
  // The page has the usual ports, the walk free ones.
  std::string Ports(std::string text, bool real) const {
    if (!service_) return text;
    const std::pair<std::string, std::string> pairs[] = {
        {"https://127.0.0.1:8443", service_->management_url()},
        {"https://127.0.0.1:8444", service_->gateways_url()}};
    for (const auto& [usual, here] : pairs) {
      const std::string& from = real ? usual : here;
      const std::string& to = real ? here : usual;
      for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
      }
    }
    return text;
  }

  latchkey::testing::TempDir directory_;
  fs::path before_;
  std::unique_ptr<Service> service_;
};

TEST(Transcript, OfTheFirstHourIsWhatIsPrinted) {
  const std::string shown = Transcript();
  std::istringstream lines(shown);
  std::string line, printed;
  Walk walk;
  while (std::getline(lines, line)) {
    if (!line.starts_with("$ ")) continue;
    printed += line + "\n" + walk.Run(line.substr(2));
  }
  EXPECT_EQ(Same(printed), Same(shown)) << "The page should show:\n" << printed;
}

}  // namespace
}  // namespace latchkey::tools
