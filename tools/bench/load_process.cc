#include "tools/bench/load_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace latchkey::tools {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kCannotExecute = 127;
constexpr std::chrono::milliseconds kWaitStep{2};

struct Account {
  uid_t user;
  gid_t group;
};

// Everything the child needs after fork, prepared before it: nothing may allocate between fork and
// exec.
struct Prepared {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::optional<Account> account;
  const char* directory;
  int input;
  int output;
  int error;  // -1: ours
};

[[noreturn]] void BecomeChild(const Prepared& prepared) {
  bool good = ::dup2(prepared.input, STDIN_FILENO) >= 0 &&
              ::dup2(prepared.output, STDOUT_FILENO) >= 0 &&
              (prepared.error < 0 || ::dup2(prepared.error, STDERR_FILENO) >= 0);
  if (prepared.account) {
    good = good && ::setgroups(0, nullptr) == 0 && ::setgid(prepared.account->group) == 0 &&
           ::setuid(prepared.account->user) == 0;
  }
  if (*prepared.directory != '\0') good = good && ::chdir(prepared.directory) == 0;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (good)
    ::execvpe(prepared.arguments[0], prepared.arguments.data(), prepared.environment.data());
  ::_exit(kCannotExecute);
}

int OpenLog(const std::filesystem::path& path) {
  if (path.empty()) return -1;
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<ChildProcess> ChildProcess::Start(const Options& options) {
  Prepared prepared{};
  if (!options.user.empty()) {
    const passwd* entry = ::getpwnam(options.user.c_str());
    if (entry == nullptr) return Refuse(ErrorCode::kIo, "there is no user " + options.user);
    prepared.account = Account{entry->pw_uid, entry->pw_gid};
  }
  std::vector<std::string> environment = options.environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  prepared.arguments = Pointers(options.arguments);
  prepared.environment = Pointers(environment);
  prepared.directory = options.directory.c_str();
  prepared.error = OpenLog(options.error_log);
  const int output_log = OpenLog(options.output_log);
  std::array<int, 2> input{-1, -1};
  std::array<int, 2> output{-1, -1};
  const bool piped =
      ::pipe2(input.data(), O_CLOEXEC) == 0 && ::pipe2(output.data(), O_CLOEXEC) == 0;
  prepared.input = input[0];
  prepared.output = output_log < 0 ? output[1] : output_log;

  const pid_t pid = piped ? ::fork() : -1;
  if (pid == 0) BecomeChild(prepared);
  for (const int fd : {input[0], output[1], output_log, prepared.error}) {
    if (fd >= 0) ::close(fd);
  }
  ChildProcess child;
  child.pid_ = pid;
  child.input_ = input[1];
  child.output_ = output[0];
  if (pid < 0) return Refuse(ErrorCode::kIo, "cannot start " + options.arguments[0]);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(input_, other.input_);
  std::swap(output_, other.output_);
  std::swap(pending_, other.pending_);
  std::swap(output_ended_, other.output_ended_);
  return *this;
}

ChildProcess::~ChildProcess() {
  Kill();
  CloseInput();
  if (output_ >= 0) ::close(output_);
}

bool ChildProcess::Fill(SteadyClock::time_point until) {
  if (output_ended_ || output_ < 0) return false;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock::now());
  pollfd ready{output_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) != 1)
    return false;
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(output_, buffer.data(), buffer.size());
  output_ended_ = count <= 0;
  if (count > 0) pending_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::optional<std::string> ChildProcess::ReadLine(std::chrono::milliseconds patience) {
  const auto until = SteadyClock::now() + patience;
  while (true) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    if (!Fill(until)) return std::nullopt;
  }
}

std::optional<std::string> ChildProcess::ReadAll(std::chrono::milliseconds patience) {
  const auto until = SteadyClock::now() + patience;
  while (Fill(until)) {
  }
  if (!output_ended_) return std::nullopt;
  return std::exchange(pending_, {});
}

void ChildProcess::CloseInput() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

void ChildProcess::Signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

std::optional<int> ChildProcess::Wait(std::chrono::milliseconds patience) {
  const auto until = SteadyClock::now() + patience;
  while (pid_ > 0) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (SteadyClock::now() >= until) return std::nullopt;
    std::this_thread::sleep_for(kWaitStep);
  }
  return std::nullopt;
}

void ChildProcess::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::chrono::duration<double> ChildProcess::Cpu() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  // After the program's name in parentheses; user and system time are the 12th and 13th fields from
  // there.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return std::chrono::duration<double>((user + system) /
                                       static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

std::uint64_t ChildProcess::ResidentBytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

std::filesystem::path OwnProgram() { return std::filesystem::read_symlink("/proc/self/exe"); }

}  // namespace latchkey::tools
