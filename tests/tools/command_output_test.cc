// What is kept of a command's output, and that no key is in it.
#include "tools/installer/command_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>

#include <gtest/gtest.h>

#include "core/base/unicode.h"
#include "core/crypto/files.h"
#include "core/domain/key_codec.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"
#include "tools/installer/key_text.h"
#include "tools/installer/machine.h"

namespace latchkey::tools {
namespace {

const std::string kKey(domain::FormatKey({7, 2, crypto::Secret(std::string(16, 'k'))}).view());
const std::string kOtherKey(domain::FormatKey({7, 3, crypto::Secret(std::string(16, 'k'))}).view());
constexpr std::size_t kMaxChars = 1'024;

// The key with `between` in place of its dashes.
std::string BrokenKey(const std::string& between) {
  std::string text;
  for (const char c : kKey) text += c == '-' ? between : std::string(1, c);
  return text;
}

std::string Spread(const std::string& between) {
  std::string text;
  for (const char c : kKey) text += c + between;
  return text;
}

std::string ChangedKey(char (*change)(char)) {
  std::string text = kKey;
  for (char& c : text) c = change(c);
  return text;
}

std::string WordsOf(std::string_view output) {
  OutputTail tail;
  tail.Add(output);
  return tail.Words(kKey, kMaxChars);
}

// While it lives, what this process writes to `stream` goes to a file.
class Redirected {
 public:
  Redirected(int stream, const std::filesystem::path& file)
      : stream_(stream), saved_(::dup(stream)) {
    const int opened = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(opened, stream);
    ::close(opened);
  }
  ~Redirected() {
    ::dup2(saved_, stream_);
    ::close(saved_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  int stream_;
  int saved_;
};

TEST(StrikeOut, FindsTheKeyInEveryFormThatIsRead) {
  const auto lower = [](char c) { return static_cast<char>(std::tolower(c)); };
  const auto confused = [](char c) { return c == '0' ? 'o' : c == '1' ? 'l' : c; };
  const std::string forms[] = {
      kKey,
      BrokenKey(""),
      BrokenKey(" "),
      BrokenKey("\n"),
      BrokenKey("\r\n  "),
      BrokenKey("\xe2\x80\x93"),  // en dash
      BrokenKey("\xc2\xa0"),      // no-break space
      BrokenKey("\xe2\x80\x8b"),  // zero-width space
      BrokenKey("\"\n\""),        // quoted, in two lines of a program
      Spread("\n"),               // a character in each line
      ChangedKey(lower),
      ChangedKey(confused),
  };
  for (const std::string& form : forms) {
    SCOPED_TRACE(form);
    const auto read = ReadKeyText(form);
    ASSERT_TRUE(read) << "register would not read it";
    ASSERT_TRUE(domain::ParseKey(read->view()));
    const std::string struck = StrikeOut("key=<" + form + ">; twice: " + form + ".", kKey);
    std::size_t count = 0;
    for (auto at = struck.find("[registration key]"); at != struck.npos;
         at = struck.find("[registration key]", at + 1)) {
      ++count;
    }
    EXPECT_EQ(count, 2u) << struck;
    EXPECT_TRUE(struck.starts_with("key=<")) << struck;
    EXPECT_NE(struck.find("; twice: "), struck.npos) << struck;
    EXPECT_LT(struck.size(), 80u) << struck;
  }
  EXPECT_EQ(StrikeOut("secret: " + kKey.substr(4), kKey), "secret: [registration key]");
  EXPECT_EQ(StrikeOut(kOtherKey, kKey), kOtherKey);
  EXPECT_EQ(StrikeOut("", kKey), "");
}

TEST(OutputTail, IsItsLastLinesInOneLine) {
  std::string many;
  for (int i = 1; i <= 30; ++i) many += "line " + std::to_string(i) + "\n";
  std::string last;
  for (int i = 11; i <= 30; ++i) last += (i == 11 ? "line " : " | line ") + std::to_string(i);
  const struct {
    std::string output, words;
  } rows[] = {
      {"", ""},
      {"\n \n\t\n", ""},
      {"one", "one"},
      {"one\n\n\ntwo\r\n", "one | two"},
      {"1 %\r50 %\r100 %\ndone\n", "100 % | done"},
      {"\x1b[31mred\x1b[0m \xff \xe2\x80\xae"
       "back",
       "?[31mred?[0m ? ?back"},
      {many, last},
      {Spread("\n"), "L | K | 1 | - | [registration key]"},
  };
  for (const auto& row : rows) EXPECT_EQ(WordsOf(row.output), row.words);
}

TEST(OutputTail, IsBounded) {
  for (const char* piece : {"x", "\xc3\xbc", "\xf0\x9f\x94\x91"}) {
    std::string output;
    for (int i = 0; i < 3'000; ++i) output += piece;
    const std::string words = WordsOf(output + " the end");
    EXPECT_EQ(text::CountChars(words), kMaxChars);
    EXPECT_TRUE(words.starts_with("…")) << words;
    EXPECT_TRUE(words.ends_with(" the end")) << words;
  }
}

// However a long output is cut, no part of the key is left of it.
TEST(OutputTail, DoesNotKeepHalfAKey) {
  latchkey::testing::SeededRandom random;
  for (int run = 0; run < 50; ++run) {
    OutputTail tail;
    tail.Add(std::string(kKeptOutputBytes, 'x'));
    tail.Add(kKey);
    // Where the output is cut, the rest of the key and blank lines alone are left.
    tail.Add(std::string(kKeptOutputBytes - random.Below(kKey.size()), '\n'));
    tail.Add("\n");
    const std::string words = tail.Words(kKey, kMaxChars);
    EXPECT_TRUE(words.empty() || words.ends_with("[registration key]")) << words;
  }
}

TEST(CapturedCommand, IsFollowedToItsEnd) {
  const struct {
    const char* command;
    bool succeeded;
    const char* words;
  } rows[] = {
      {"echo out; exit 3", false, "out"},
      {"echo err >&2; exit 3", false, "err"},
      {"exec >&- 2>&-; exit 3", false, ""},
      {"printf no-newline; kill -9 $$", false, "no-newline"},
      {"true", true, ""},
      // A service that it leaves behind holds its output open.
      {"echo started; sleep 3600 & echo $! >pid", true, "started"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.command);
    latchkey::testing::TempDir directory;
    OutputTail tail;
    const CommandEnd end =
        RunCommand("cd " + directory.path().string() + "; " + row.command, {}, &tail);
    EXPECT_EQ(end.succeeded, row.succeeded) << end.words;
    EXPECT_EQ(tail.Words(kKey, kMaxChars), row.words);
    EXPECT_EQ(RunCommand("test ! -e " + (directory / "pid").string() + " || kill $(cat " +
                             (directory / "pid").string() + ")",
                         {})
                  .succeeded,
              true);
  }
}

TEST(CapturedCommand, IsPassedOnWhole) {
  latchkey::testing::TempDir directory;
  const std::filesystem::path file = directory / "passed-on";
  OutputTail tail;
  CommandEnd end;
  {
    const Redirected standard_error(STDERR_FILENO, file);
    end = RunCommand("seq 1 50000 >&2; exit 7", {}, &tail);
  }
  EXPECT_EQ(end.words, "ended with exit status 7");
  EXPECT_TRUE(tail.Words(kKey, kMaxChars).ends_with(" | 49999 | 50000"));
  std::string all;
  for (int i = 1; i <= 50'000; ++i) all += std::to_string(i) + "\n";
  EXPECT_EQ(crypto::ReadSmallFile(file).value_or(""), all);
}

}  // namespace
}  // namespace latchkey::tools
