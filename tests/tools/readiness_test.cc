// What `serve` tells the service manager that started it.
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/tools/served.h"
#include "tools/process/readiness.h"

namespace latchkey::tools {
namespace {

using latchkey::testing::TempDir;
using testing::Cli;
using testing::Ran;

// Stands for the service manager: a socket that $NOTIFY_SOCKET names while this lives. A name that
// begins with @ is that of an abstract socket.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Manager() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(socket_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // Waits for what it is told next.
  std::string Told() { return Receive(0); }
  // "" when nothing was told.
  std::string ToldBefore() { return Receive(MSG_DONTWAIT); }

 private:
  std::string Receive(int flags) {
    char buffer[64];
    const auto received = ::recv(socket_, buffer, sizeof buffer, flags);
    return received < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(received));
  }

  int socket_;
};

TEST(Readiness, IsToldWhenBothListenersServe) {
  TempDir directory;
  Manager manager((directory / "notify").string());
  const std::string data = (directory / "data").string();
  Ran ran;
  std::thread serving([&] {
    ran =
        Cli({"serve", "--data", data, "--management", "127.0.0.1:0", "--gateways", "127.0.0.1:0"});
  });
  EXPECT_EQ(manager.Told(), "READY=1");
  EXPECT_EQ(Cli({"whoami", "--data", data}).exit, 0);
  EXPECT_TRUE(std::filesystem::exists(directory / "data/run/gateways"));
  ::pthread_kill(serving.native_handle(), SIGTERM);
  serving.join();
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(manager.ToldBefore(), "");
}

TEST(Readiness, IsNotToldByAStartThatFails) {
  TempDir directory;
  Manager manager((directory / "notify").string());
  EXPECT_EQ(Cli({"serve", "--data", (directory / "data").string(), "--management",
                 "192.0.2.1:1" /* nobody's */})
                .exit,
            1);
  EXPECT_EQ(manager.ToldBefore(), "");
}

TEST(Readiness, ReachesAnAbstractSocket) {
  Manager manager("@latchkey-readiness-" + std::to_string(::getpid()));
  TellReady();
  EXPECT_EQ(manager.ToldBefore(), "READY=1");
}

TEST(Readiness, IsNoTroubleWithoutAManager) {
  TempDir directory;
  TellReady();
  for (const std::string& nowhere :
       {std::string(), (directory / "gone").string(), std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", nowhere.c_str(), 1);
    TellReady();
  }
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace latchkey::tools
