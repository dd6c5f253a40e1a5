// A program on a terminal of its own, with input and output as a person has them. Every wait is
// bounded.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::testing {

// The destructor kills the program. One thread.
class Terminal {
 public:
  explicit Terminal(const std::vector<std::string>& arguments);  // the program first
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Waits until `text` is on the screen, behind what was awaited before.
  bool Await(std::string_view text);
  void Type(std::string_view keys);
  // Presses Ctrl-C until the program is gone, as a person does: readpassphrase(3) reads on when the
  // signal comes between its prompt and its reading.
  void Interrupt();
  // Whether the terminal shows what is typed.
  bool Echoes() const;
  // The program's exit code, or 128 + the signal that ended it.
  std::optional<int> End();
  const std::string& seen() const { return seen_; }  // all that was on the screen

 private:
  static constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(1);

  bool ReadMore(
      std::chrono::milliseconds patience = kPatience);  // false at the end, or when nothing comes

  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string seen_;
  std::size_t awaited_ = 0;
  bool ended_ = false;
};

}  // namespace latchkey::testing
