#include "tools/installer/machine.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>

#include "core/base/hex.h"
#include "core/base/limits.h"
#include "core/base/printable.h"
#include "core/crypto/random.h"
#include "tools/installer/command_output.h"
#include "tools/process/process.h"

extern char** environ;

namespace latchkey::tools {
namespace {

std::string OsName() {
  std::ifstream release("/etc/os-release");
  constexpr std::string_view kName = "PRETTY_NAME=";
  for (std::string line; std::getline(release, line);) {
    if (!line.starts_with(kName)) continue;
    std::string name = line.substr(kName.size());
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    return name;
  }
  utsname system{};
  return ::uname(&system) == 0 ? std::string(system.sysname) + " " + system.release : "";
}

std::string StatusWords(int status) {
  if (WIFEXITED(status)) return "ended with exit status " + std::to_string(WEXITSTATUS(status));
  return "was ended by signal " + std::to_string(WTERMSIG(status));
}

// A file without a name that holds `input`, to be read from its beginning; -1 if there is none.
int FileOf(std::string_view input) {
  const int file = ::memfd_create("input", MFD_CLOEXEC);
  while (file >= 0 && !input.empty()) {
    const ssize_t written = ::write(file, input.data(), input.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return ::close(file), -1;
    input.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file >= 0) ::lseek(file, 0, SEEK_SET);
  return file;
}

// Returns 0, or the error.
int Spawn(char* const* arguments, char* const* environment,
          const std::optional<CapturedStreams>& streams, int input, pid_t* child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (streams) streams->Connect(&actions);
  if (input >= 0) posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  const InheritedUmask umask;  // files that the command makes may be for others
  const int error = ::posix_spawn(child, "/bin/sh", &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

Machine ThisMachine() {
  utsname system{};  // holds the longest name whole, where gethostname needs room for it
  return {::uname(&system) == 0 ? system.nodename : "", OsName()};
}

const std::string& ThisInstance() {
  constexpr std::size_t kBytes = 16;
  static const std::string instance = text::ToHex(crypto::SystemRandom().Bytes(kBytes));
  return instance;
}

std::string HostField(std::string_view text) {
  constexpr std::string_view kCut = "…";
  return text::Printable(text, ledger_limits::kMaxHostFieldChars - kCut.size());
}

CommandEnd RunCommand(const std::string& command,
                      const std::vector<std::pair<std::string, std::string>>& variables,
                      OutputTail* output, std::optional<std::string_view> input) {
  std::vector<std::string> added;
  for (const auto& [name, value] : variables) added.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  for (std::string& each : added) environment.push_back(each.data());
  environment.push_back(nullptr);
  std::string shell = "sh", flag = "-c", text = command;
  char* arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  std::optional<CapturedStreams> streams;
  if (output != nullptr) {
    auto opened = CapturedStreams::Open();
    if (!opened) return {false, "could not be started: " + opened.error().detail};
    streams.emplace(*std::move(opened));
  }
  const int given = input ? FileOf(*input) : -1;
  if (input && given < 0) return {false, "could not be given its input"};
  pid_t child = 0;
  const int error = Spawn(arguments, environment.data(), streams, given, &child);
  if (given >= 0) ::close(given);
  if (error != 0) {
    return {false, "could not be started: " + std::system_category().message(error)};
  }
  if (streams) streams->Follow(child, output);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return {false, "was lost sight of"};
  }
  return {WIFEXITED(status) && WEXITSTATUS(status) == 0, StatusWords(status)};
}

}  // namespace latchkey::tools
