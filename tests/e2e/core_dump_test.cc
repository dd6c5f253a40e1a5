// A crash leaves nothing of the server's memory on disk, whatever limits it was started under.
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

// The soft limit in /proc/PID/limits, in bytes.
std::string CoreLimit(pid_t process) {
  constexpr std::string_view kName = "Max core file size";
  std::ifstream limits("/proc/" + std::to_string(process) + "/limits");
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with(kName)) continue;
    const auto from = line.find_first_not_of(' ', kName.size());
    return line.substr(from, line.find(' ', from) - from);
  }
  return "not found";
}

class CoreDumpTest : public E2eTest {
 protected:
  // What the server inherits: as large a core as it likes, and a folder where one can be written.
  // The sanitizer would lower the limit by itself and hide what is tested here.
  void SetUp() override {
    const char* options = std::getenv("ASAN_OPTIONS");
    options_ = options == nullptr ? "" : options;
    ::setenv("ASAN_OPTIONS", (options_ + ":disable_coredump=0").c_str(), 1);
    ASSERT_EQ(::getrlimit(RLIMIT_CORE, &before_), 0);
    raised_ = before_;
    raised_.rlim_cur = raised_.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_CORE, &raised_), 0);
    std::filesystem::current_path(directory().path());
    E2eTest::SetUp();
  }

  void TearDown() override {
    std::filesystem::current_path(folder_);
    ::setrlimit(RLIMIT_CORE, &before_);
    ::setenv("ASAN_OPTIONS", options_.c_str(), 1);
    E2eTest::TearDown();
  }

  const std::filesystem::path folder_ = std::filesystem::current_path();
  std::string options_;
  rlimit before_{};
  rlimit raised_{};
};

TEST_F(CoreDumpTest, TheServerLeavesNone) {
  ASSERT_NE(raised_.rlim_cur, 0u) << "raise the hard limit (ulimit -Hc)";
  const pid_t process = server().process().pid();
  EXPECT_EQ(CoreLimit(process), "0");
  // Were the limit raised once more, as a core handler behind a pipe ignores it: still none.
  ASSERT_EQ(::prlimit(process, RLIMIT_CORE, &raised_, nullptr), 0);
  server().process().Signal(SIGABRT);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(ended.si_status, SIGABRT);
  EXPECT_EQ(ended.si_code, CLD_KILLED) << "not CLD_DUMPED";
  Forget();
}

}  // namespace
}  // namespace latchkey::testing
