// What a command writes: passed on as it comes, and its end kept for the report of a failure.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace latchkey::tools {

inline constexpr std::size_t kKeptOutputBytes = 64 * 1024;
inline constexpr std::size_t kReportedLines = 20;

// The last kKeptOutputBytes of an output, wiped on destruction. One thread.
class OutputTail {
 public:
  OutputTail() = default;
  ~OutputTail();
  OutputTail(const OutputTail&) = delete;
  OutputTail& operator=(const OutputTail&) = delete;

  void Add(std::string_view piece);

  // The last kReportedLines that are not blank, in one line and cut at the front to `max_chars`:
  // without the key, however it is written (StrikeOut), and printable. "" without any output.
  std::string Words(std::string_view key_text, std::size_t max_chars) const;
  // The last line that is not blank, printable and cut to `max_chars`. "" without any output.
  std::string LastLine(std::size_t max_chars) const;

 private:
  std::string bytes_;
  bool cut_ = false;  // more came before
};

// The output without a registration key, whose text is `key_text`: its 40 characters after LK1 are
// struck out wherever `register` would read them as that key, in any case and broken by any blanks,
// dashes or quotes, with or without LK1.
std::string StrikeOut(std::string_view output, std::string_view key_text);

// The standard output and standard error of a command that is about to start. Ours get all of it
// unchanged. One thread.
class CapturedStreams {
 public:
  static Result<CapturedStreams> Open();
  ~CapturedStreams();
  CapturedStreams(CapturedStreams&& other) noexcept;
  CapturedStreams(const CapturedStreams&) = delete;
  CapturedStreams& operator=(const CapturedStreams&) = delete;
  CapturedStreams& operator=(CapturedStreams&&) = delete;

  // Gives the command these streams.
  void Connect(posix_spawn_file_actions_t* actions) const;
  // Passes on what `child` writes until it has ended. What it leaves running can then no longer
  // write.
  void Follow(pid_t child, OutputTail* tail);

 private:
  struct Stream {
    int ours;  // to which everything is passed on
    int read = -1;
    int write = -1;
  };
  CapturedStreams() = default;
  static bool Copy(const Stream& stream, OutputTail* tail);  // false: nothing to read now
  void CloseWriters();

  Stream streams_[2] = {{1}, {2}};
};

}  // namespace latchkey::tools
