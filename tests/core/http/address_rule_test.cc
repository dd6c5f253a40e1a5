#include "core/http/address_rule.h"

#include <gtest/gtest.h>

namespace latchkey::testing {
namespace {

using boost::asio::ip::make_address;

// Addresses beside each border of what is not of the Internet.
TEST(AddressRuleTest, AdmitsTheInternetAlone) {
  const AddressRule rule;
  for (const char* address :
       {"1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "192.0.1.0",       "192.167.255.255", "192.169.0.0",    "198.17.255.255",
        "198.20.0.0",      "223.255.255.255", "2600::1",         "2a00:1450::1",   "2001:200::",
        "2003::"}) {
    EXPECT_TRUE(rule.Admits(make_address(address))) << address;
  }
  for (const char* address : {"0.0.0.0",
                              "0.255.255.255",
                              "10.0.0.0",
                              "10.255.255.255",
                              "100.64.0.0",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.0.0",
                              "169.254.169.254",
                              "172.16.0.0",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.0",
                              "192.168.255.255",
                              "198.18.0.0",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.0",
                              "239.255.255.255",
                              "240.0.0.0",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::7f00:1",
                              "::ffff:127.0.0.1",
                              "::ffff:1.1.1.1",
                              "64:ff9b::a00:1",
                              "64:ff9b:1::1",
                              "100::1",
                              "2001::1",
                              "2001:1ff::",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "3fff::1",
                              "4000::1",
                              "5f00::1",
                              "fc00::1",
                              "fd12:3456::1",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1"}) {
    EXPECT_FALSE(rule.Admits(make_address(address))) << address;
  }
}

TEST(AddressRuleTest, AdmitsWhatItsOwnerAllows) {
  const AddressRule rule({*Network::Parse("10.1.0.0/16"), *Network::Parse("fd00::/8")});
  EXPECT_TRUE(rule.Admits(make_address("10.1.255.255")));
  EXPECT_TRUE(rule.Admits(make_address("::ffff:10.1.0.1")));
  EXPECT_TRUE(rule.Admits(make_address("fd12::1")));
  EXPECT_TRUE(rule.Admits(make_address("1.1.1.1")));
  EXPECT_FALSE(rule.Admits(make_address("10.2.0.0")));
  EXPECT_FALSE(rule.Admits(make_address("fc00::1")));
}

}  // namespace
}  // namespace latchkey::testing
