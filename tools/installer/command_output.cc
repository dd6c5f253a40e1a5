#include "tools/installer/command_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/base32.h"
#include "core/base/printable.h"
#include "core/base/unicode.h"
#include "core/base/utf8.h"
#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"
#include "tools/installer/key_text.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kKeyPrefix = "LK1";
constexpr std::size_t kKeyChars = 40;  // after the prefix
constexpr std::string_view kStruck = "[registration key]";
constexpr std::string_view kBetweenLines = " | ";
constexpr std::string_view kCut = "…";
constexpr std::size_t kPieceBytes = 4'096;
// What may still be in a pipe when the command has ended: its capacity, as Linux sets it.
constexpr std::size_t kPipePieces = 64 * 1024 / kPieceBytes;

// A character of an output as a key would have it.
struct Symbol {
  int value;  // in base32, -1 for a character that no key has
  std::size_t begin, end;
};

// Without the characters that are skipped in a key.
std::vector<Symbol> SymbolsOf(std::string_view text) {
  std::vector<Symbol> symbols;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t begin = text.size() - rest.size();
    const auto meant = KeyCharacter(text::TakeCharacter(&rest));
    if (meant && (*meant == '\0' || *meant == ' ' || *meant == '-')) continue;
    symbols.push_back({meant ? text::Base32Value(*meant) : -1, begin, text.size() - rest.size()});
  }
  return symbols;
}

// What a terminal shows of a line whose beginning was written again and again, as progress is.
std::string_view LastShown(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  const auto again = line.rfind('\r');
  return again == std::string_view::npos ? line : line.substr(again + 1);
}

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t") == line.npos; }

// The last lines that are not blank, in order.
std::vector<std::string_view> LastLines(std::string_view text, std::size_t count) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < count) {
    const auto before = text.rfind('\n');
    const std::string_view line = LastShown(before == text.npos ? text : text.substr(before + 1));
    if (!IsBlank(line)) lines.push_back(line);
    text = before == text.npos ? std::string_view() : text.substr(0, before);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

// The last `max` characters of printable text, with a mark where it was cut.
std::string LastChars(std::string_view text, std::size_t max) {
  const std::size_t chars = text::CountChars(text).value_or(0);
  if (chars <= max) return std::string(text);
  for (std::size_t left = chars - max + 1; left > 0; --left) (void)text::TakeCharacter(&text);
  return std::string(kCut).append(text);
}

// Without the beginning that may be the rest of a key.
std::string_view WithoutHalfKey(std::string_view text) {
  std::size_t count = 0;
  for (const Symbol& symbol : SymbolsOf(text)) {
    if (symbol.value < 0 || ++count == kKeyChars) return text.substr(symbol.begin);
  }
  return {};
}

// Output that cannot be passed on is dropped: the command must not fail for that.
void PassOn(int ours, std::string_view piece) {
  while (!piece.empty()) {
    const ssize_t written = ::write(ours, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

OutputTail::~OutputTail() { crypto::Wipe(&bytes_); }

void OutputTail::Add(std::string_view piece) {
  crypto::AppendWiping(&bytes_, piece);
  if (bytes_.size() > 2 * kKeptOutputBytes) {
    crypto::DropFront(&bytes_, bytes_.size() - kKeptOutputBytes);
    cut_ = true;
  }
}

std::string OutputTail::LastLine(std::size_t max_chars) const {
  const auto lines = LastLines(bytes_, 1);
  return lines.empty() ? "" : text::Printable(lines.back(), max_chars);
}

std::string OutputTail::Words(std::string_view key_text, std::size_t max_chars) const {
  const std::string struck = StrikeOut(bytes_, key_text);
  const std::string_view safe = cut_ ? WithoutHalfKey(struck) : struck;
  std::string words;
  for (const std::string_view line : LastLines(safe, kReportedLines)) {
    if (!words.empty()) words.append(kBetweenLines);
    words.append(text::Printable(line, line.size()));
  }
  return LastChars(words, max_chars);
}

std::string StrikeOut(std::string_view output, std::string_view key_text) {
  const std::vector<Symbol> symbols = SymbolsOf(output);
  const std::vector<Symbol> key = SymbolsOf(key_text.substr(kKeyPrefix.size()));
  const auto same = [](const Symbol& a, const Symbol& b) { return a.value == b.value; };
  std::string struck;
  std::size_t copied = 0;
  auto from = symbols.begin();
  while (true) {
    const auto found = std::search(from, symbols.end(), key.begin(), key.end(), same);
    if (found == symbols.end()) return struck.append(output.substr(copied));
    from = found + static_cast<std::ptrdiff_t>(key.size());
    struck.append(output.substr(copied, found->begin - copied)).append(kStruck);
    copied = std::prev(from)->end;
  }
}

Result<CapturedStreams> CapturedStreams::Open() {
  CapturedStreams opened;
  for (Stream& stream : opened.streams_) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      return Refuse(ErrorCode::kIo, std::system_category().message(errno));
    }
    stream.read = ends[0];
    stream.write = ends[1];
    ::fcntl(stream.read, F_SETFL, O_NONBLOCK);
  }
  return opened;
}

CapturedStreams::~CapturedStreams() {
  CloseWriters();
  for (const Stream& stream : streams_) {
    if (stream.read >= 0) ::close(stream.read);
  }
}

CapturedStreams::CapturedStreams(CapturedStreams&& other) noexcept {
  std::copy(std::begin(other.streams_), std::end(other.streams_), std::begin(streams_));
  for (Stream& stream : other.streams_) stream.read = stream.write = -1;
}

void CapturedStreams::Connect(posix_spawn_file_actions_t* actions) const {
  for (const Stream& stream : streams_) {
    posix_spawn_file_actions_adddup2(actions, stream.write, stream.ours);
  }
}

void CapturedStreams::Follow(pid_t child, OutputTail* tail) {
  CloseWriters();
  // <sys/pidfd.h> of glibc 2.36 cannot be linked from C++.
  const int ended = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  pollfd waited[] = {
      {streams_[0].read, POLLIN, 0}, {streams_[1].read, POLLIN, 0}, {ended, POLLIN, 0}};
  const auto is_open = [](const pollfd& stream) { return stream.fd >= 0; };
  while (waited[2].revents == 0 && (is_open(waited[0]) || is_open(waited[1]))) {
    if (::poll(waited, std::size(waited), -1) < 0) continue;
    for (std::size_t i = 0; i < std::size(streams_); ++i) {
      // At its end a stream is not waited for again.
      if (waited[i].revents != 0 && !Copy(streams_[i], tail)) waited[i].fd = -1;
    }
  }
  for (const Stream& stream : streams_) {
    for (std::size_t i = 0; i < kPipePieces && Copy(stream, tail); ++i) {
    }
  }
  ::close(ended);
}

bool CapturedStreams::Copy(const Stream& stream, OutputTail* tail) {
  char piece[kPieceBytes];
  const ssize_t size = ::read(stream.read, piece, sizeof piece);
  if (size <= 0) return false;
  const std::string_view read(piece, static_cast<std::size_t>(size));
  PassOn(stream.ours, read);
  tail->Add(read);
  crypto::WipeBytes(piece, read.size());
  return true;
}

void CapturedStreams::CloseWriters() {
  for (Stream& stream : streams_) {
    if (stream.write >= 0) ::close(std::exchange(stream.write, -1));
  }
}

}  // namespace latchkey::tools
