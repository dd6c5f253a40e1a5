#include "tests/e2e/terminal.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace latchkey::testing {
namespace {

constexpr int kCannotExecute = 127;

}  // namespace

Terminal::Terminal(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const auto& text : arguments) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvp(pointers[0], pointers.data());
    ::_exit(kCannotExecute);
  }
  EXPECT_GT(pid_, 0) << "there is no terminal to be had";
}

Terminal::~Terminal() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (terminal_ >= 0) ::close(terminal_);
}

bool Terminal::ReadMore(std::chrono::milliseconds patience) {
  pollfd ready{terminal_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(patience.count())) != 1) return false;
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(terminal_, buffer.data(), buffer.size());
  ended_ = count <= 0;  // EIO: the program has left the terminal
  if (ended_) return false;
  seen_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

bool Terminal::Await(std::string_view text) {
  std::size_t at = 0;
  while ((at = seen_.find(text, awaited_)) == std::string::npos) {
    if (!ReadMore()) return false;
  }
  awaited_ = at + text.size();
  return true;
}

void Terminal::Type(std::string_view keys) {
  EXPECT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

void Terminal::Interrupt() {
  constexpr int kPresses = 60;
  for (int press = 0; press < kPresses && !ended_; ++press) {
    Type("\x03");
    while (ReadMore(std::chrono::seconds(1))) {
    }
  }
}

bool Terminal::Echoes() const {
  termios settings{};
  EXPECT_EQ(::tcgetattr(terminal_, &settings), 0);
  return (settings.c_lflag & ECHO) != 0;
}

std::optional<int> Terminal::End() {
  while (!ended_ && ReadMore()) {
  }
  if (!ended_) ::kill(pid_, SIGKILL);
  int status = 0;
  if (::waitpid(std::exchange(pid_, -1), &status, 0) < 0) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace latchkey::testing
