#include "tools/key_prompt.h"

#include <termios.h>
#include <unistd.h>

#include <istream>
#include <utility>

#include "core/crypto/files.h"
#include "core/domain/key_codec.h"

namespace latchkey::tools {
namespace {

using Text = std::optional<crypto::Secret>;

constexpr int kMaxSlips = 3;
constexpr std::size_t kMaxKeyFileBytes = 1024;

// Turns the terminal's echo off while it lives.
class Silence {
 public:
  Silence() : quiet_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!quiet_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() {
    if (quiet_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool quiet_;
};

CliResult<Text> Ask(const Io& io) {
  for (int slips = 0;; ++slips) {
    io.err << "Registration key (is not shown): " << std::flush;
    std::string line;
    {
      const Silence silence;
      std::getline(io.in, line);
    }
    io.err << '\n';
    crypto::Secret typed(std::move(line));
    if (!io.in) return Fail(ExitCode::kUsage, "No key was entered.");
    const auto key = domain::ParseKey(typed.view());
    if (key || slips + 1 == kMaxSlips) return Text(std::move(typed));
    io.err << key.error().detail << " Try again.\n";
  }
}

CliResult<Text> ReadStream(std::istream& in) {
  std::string text(kMaxKeyFileBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return Text(crypto::Secret(std::move(text)));
}

bool Blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The codec takes spaces and dashes within a key, and nothing else around it.
crypto::Secret Stripped(const crypto::Secret& text) {
  const std::string_view all = text.view();
  const auto from = all.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return crypto::Secret(std::string(all.substr(from, all.find_last_not_of(" \t\r\n") + 1 - from)));
}

}  // namespace

KeySource KeyFrom(std::string file, const Io& io) {
  return [file = std::move(file), &io](bool registered) -> CliResult<Text> {
    if (file.empty()) {
      if (registered) return Text();
      if (io.in_terminal) return Ask(io);
      return Fail(ExitCode::kUsage,
                  "Which key? Give --key-file FILE, or --key-file - and the key on standard input. "
                  "It is never taken as an argument, which others could see.");
    }
    Text text;
    if (file == "-") {
      auto read = ReadStream(io.in);
      if (!read) return read;
      text = *std::move(read);
    } else {
      auto read = crypto::ReadSmallFile(file);
      if (!read && registered) return Text();
      if (!read) return Fail(ExitCode::kUsage, "--key-file: " + read.error().detail);
      text = crypto::Secret(*std::move(read));
    }
    if (registered && Blank(text->view())) return Text();
    return Text(Stripped(*text));
  };
}

}  // namespace latchkey::tools
