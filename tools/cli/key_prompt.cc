#include "tools/cli/key_prompt.h"

#include <bsd/readpassphrase.h>

#include <cstring>
#include <istream>
#include <ostream>
#include <utility>

#include "core/crypto/files.h"
#include "core/domain/key_codec.h"
#include "tools/installer/key_text.h"

namespace latchkey::tools {
namespace {

using Text = std::optional<crypto::Secret>;

constexpr int kMaxSlips = 3;
constexpr std::size_t kMaxKeyFileBytes = 1024;

bool Blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

CliResult<Text> Read(const crypto::Secret& text) {
  auto key = ReadKeyText(text.view());
  if (!key) return key.error();
  return Text(*std::move(key));
}

// What is wrong with a key, in a sentence; empty when nothing is.
std::string SlipIn(const CliResult<Text>& text) {
  if (!text) return text.error().message;
  const auto key = domain::ParseKey((*text)->view());
  return key ? std::string() : key.error().detail;
}

// The terminal does not echo, and is restored however this ends, also by a signal.
CliResult<Text> Ask(const Io& io) {
  for (int slips = 0;; ++slips) {
    io.err.flush();
    std::string line(kMaxKeyFileBytes, '\0');
    const bool read = ::readpassphrase("Registration key (is not shown): ", line.data(),
                                       line.size(), RPP_ECHO_OFF) != nullptr;
    line.resize(std::strlen(line.c_str()));
    crypto::Secret typed(std::move(line));
    const bool last = slips + 1 == kMaxSlips;
    if (!read || (last && Blank(typed.view()))) {
      return Fail(ExitCode::kUsage, "No key was entered.");
    }
    auto text = Read(typed);
    if (last) return text;
    const std::string slip = SlipIn(text);
    if (slip.empty()) return text;
    io.err << slip << " Try again.\n";
  }
}

CliResult<Text> ReadStream(std::istream& in) {
  std::string text(kMaxKeyFileBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return Text(crypto::Secret(std::move(text)));
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
    return Read(*text);
  };
}

}  // namespace latchkey::tools
