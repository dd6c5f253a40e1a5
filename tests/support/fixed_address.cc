#include "tests/support/fixed_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <set>

#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

constexpr std::uint16_t kFirstPort = 10'000;
constexpr std::uint16_t kPorts = 20'000;  // net.ipv4.ip_local_port_range begins at 32768

bool IsFree(std::uint16_t port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int reuse = 1;
  ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound =
      ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return bound;
}

}  // namespace

std::string FixedAddress() { return FixedAddresses(1).front(); }

std::vector<std::string> FixedAddresses(std::size_t count) {
  // Not the seed alone: tests that run side by side with the same one must not meet.
  SeededRandom random(Seed() ^ static_cast<std::uint64_t>(::getpid()));
  std::set<std::uint16_t> ports;
  while (ports.size() < count) {
    const auto port = static_cast<std::uint16_t>(kFirstPort + random.Below(kPorts));
    if (IsFree(port)) ports.insert(port);
  }
  std::vector<std::string> addresses;
  for (const std::uint16_t port : ports) addresses.push_back("127.0.0.1:" + std::to_string(port));
  return addresses;
}

}  // namespace latchkey::testing
