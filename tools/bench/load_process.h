// A process started by a benchmark or a test: its output, its resource use, and its end. Linux
// only.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace latchkey::tools {

// Owns the process: the destructor kills it, and the kernel does when the thread that started it
// ends. One thread.
class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> arguments;      // the program first, found along PATH
    std::vector<std::string> environment{};  // NAME=value, added to our environment
    std::string user{};                      // the user to run as, which needs root; empty: our own
    std::filesystem::path directory{};       // working directory; empty: ours
    // Files to which its output is appended. Empty: standard output is read with ReadLine and
    // ReadAll, standard error is ours.
    std::filesystem::path output_log{};
    std::filesystem::path error_log{};
  };
  // kIo when it cannot be started (a program that does not exist ends with code 127 instead).
  static Result<ChildProcess> Start(const Options& options);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  pid_t pid() const { return pid_; }

  // The next line of standard output without its newline; null at the end or after `patience`.
  std::optional<std::string> ReadLine(std::chrono::milliseconds patience);
  // The rest of standard output; null after `patience`.
  std::optional<std::string> ReadAll(std::chrono::milliseconds patience);
  void CloseInput();  // closes its standard input

  void Signal(int signal) const;
  // Its exit code, or 128 + the signal that ended it; null when it still runs after `patience`.
  std::optional<int> Wait(std::chrono::milliseconds patience);
  void Kill();  // SIGKILL, and waits

  std::chrono::duration<double> Cpu() const;  // user and system, so far
  std::uint64_t ResidentBytes() const;        // VmRSS now

 private:
  ChildProcess() = default;
  bool Fill(std::chrono::steady_clock::time_point until);  // false: the end, or a timeout

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string pending_;
  bool output_ended_ = false;
};

// The path of the running program.
std::filesystem::path OwnProgram();

}  // namespace latchkey::tools
