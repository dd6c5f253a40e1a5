#include "core/http/network.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace latchkey::testing {
namespace {

using boost::asio::ip::make_address;

TEST(NetworkTest, HoldsItsAddressesAndNoOthers) {
  struct Row {
    std::string_view network;
    std::string address;
    bool in;
  };
  const Row rows[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},
      {"::ffff:10.0.0.0/104", "10.1.2.3", true},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.1/32", "192.0.2.1", true},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"2001:db8::1", "2001:db8::1", true},
      {"::/0", "2001:db8::1", true},
  };
  for (const Row& row : rows) {
    const auto network = Network::Parse(row.network);
    ASSERT_TRUE(network) << row.network;
    EXPECT_EQ(network->Contains(make_address(row.address)), row.in)
        << row.network << " " << row.address;
  }
}

TEST(NetworkTest, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/ 8",
        "10.0.0.1/8", "10.0.0/8", "10.0.0.0/8/8", "proxy", "2001:db8::/129", "2001:db8::1/64",
        "[2001:db8::1]", "fe80::1%1"}) {
    EXPECT_FALSE(Network::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace latchkey::testing
