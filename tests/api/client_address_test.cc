// Which address a request comes from, and which proxies may name it.
#include "api/http/client_address.h"

#include <gtest/gtest.h>

#include "api/http/limits.h"

namespace latchkey::testing {
namespace {

using api::ClientAddress;
using api::ClientAddresses;
using boost::asio::ip::make_address;

std::vector<Network> Networks(std::initializer_list<std::string_view> texts) {
  std::vector<Network> networks;
  for (const std::string_view text : texts) {
    const auto network = Network::Parse(text);
    EXPECT_TRUE(network) << text;
    if (network) networks.push_back(*network);
  }
  return networks;
}

TEST(ClientAddressTest, OneBucketForOneSource) {
  const ClientAddresses addresses({}, false);
  const auto bucket = [&](const char* text) { return addresses.Of(make_address(text)).limited_as; };
  EXPECT_NE(bucket("192.0.2.1"), bucket("192.0.2.2"));
  EXPECT_EQ(bucket("192.0.2.1"), bucket("::ffff:192.0.2.1"));
  EXPECT_EQ(bucket("2001:db8::1"), bucket("2001:db8::ffff:ffff:ffff:ffff"));
  EXPECT_NE(bucket("2001:db8::1"), bucket("2001:db8:0:1::1"));
  EXPECT_NE(bucket("0.0.0.0"), bucket("::2"));
  EXPECT_EQ(addresses.Of(make_address("::ffff:192.0.2.1")).text, "192.0.2.1");
  EXPECT_EQ(addresses.Of(make_address("2001:DB8:0:0::1")).text, "2001:db8::1");
}

TEST(ClientAddressTest, LoopbackIsLimitedIfThatIsWanted) {
  const ClientAddresses exempt({}, false);
  const ClientAddresses limited({}, true);
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(exempt.Of(make_address(text)).exempt) << text;
    EXPECT_FALSE(exempt.Of(make_address(text)).limited_as) << text;
    EXPECT_FALSE(limited.Of(make_address(text)).exempt) << text;
    EXPECT_TRUE(limited.Of(make_address(text)).limited_as) << text;
  }
}

// It has many clients: if it were limited, strangers among them would lock the others out.
TEST(ClientAddressTest, AProxyItselfIsNotLimited) {
  const ClientAddresses addresses(Networks({"10.0.0.0/8"}), true);
  EXPECT_FALSE(addresses.Of(make_address("10.0.0.1")).limited_as);
  EXPECT_FALSE(addresses.Of(make_address("10.0.0.1")).exempt) << "its keys are";
  EXPECT_TRUE(addresses.Of(make_address("11.0.0.1")).limited_as);
}

struct ForwardedRow {
  std::string name;
  std::string forwarded_for;
  std::string client;  // empty: refused
};

void PrintTo(const ForwardedRow& row, std::ostream* out) { *out << row.name; }

const ForwardedRow kForwardedRows[] = {
    {"one", "192.0.2.1", "192.0.2.1"},
    {"ipv6", "2001:db8::7", "2001:db8::7"},
    {"mapped", "::ffff:192.0.2.1", "192.0.2.1"},
    {"blanks", " \t192.0.2.1 \t", "192.0.2.1"},
    {"port", "192.0.2.1:50000", "192.0.2.1"},
    {"ipv6_with_port", "[2001:db8::7]:443", "2001:db8::7"},
    {"ipv6_in_brackets", "[2001:db8::7]", "2001:db8::7"},
    // Addresses sent by the client are to the left of the one that the proxy saw.
    {"spoofed_by_the_client", "198.51.100.9, 192.0.2.1", "192.0.2.1"},
    {"spoofed_as_loopback", "127.0.0.1, 192.0.2.1", "192.0.2.1"},
    {"spoofed_as_a_proxy", "10.0.0.7, 192.0.2.1", "192.0.2.1"},
    {"spoofed_as_nonsense", "<script>, 192.0.2.1", "192.0.2.1"},
    {"spoofed_in_a_field_of_its_own", "198.51.100.9,192.0.2.1", "192.0.2.1"},
    {"through_two_proxies", "192.0.2.1, 10.0.0.7", "192.0.2.1"},
    {"spoofed_through_two_proxies", "198.51.100.9, 192.0.2.1, 10.0.0.7", "192.0.2.1"},
    {"a_proxy_asks_for_itself", "10.0.0.8", "10.0.0.8"},
    {"proxies_all_the_way", "10.0.0.9, 10.0.0.8, 10.0.0.7", "10.0.0.9"},
    {"a_mapped_proxy", "192.0.2.1, ::ffff:10.0.0.7", "192.0.2.1"},
    // The proxy's field has no usable address.
    {"empty_member", ",", ""},
    {"empty_at_the_end", "192.0.2.1,", ""},
    {"unknown", "unknown", ""},
    {"a_name", "client.example.net", ""},
    {"obfuscated", "_hidden", ""},
    {"two_without_a_comma", "192.0.2.1 192.0.2.2", ""},
    {"octal", "0300.0.2.1", ""},
    {"short", "192.2", ""},
    {"zone", "fe80::1%eth0", ""},
    {"no_port_behind_the_colon", "192.0.2.1:", ""},
    {"port_too_large", "192.0.2.1:65536", ""},
    {"bracket_open", "[2001:db8::7", ""},
    {"ipv4_in_brackets", "[192.0.2.1]", ""},
    {"text_behind_brackets", "[2001:db8::7]x", ""},
    {"nonsense_behind_a_proxy", "nonsense, 10.0.0.7", ""},
    {"form_of_rfc_7239", "for=192.0.2.1", ""},
};

class ForwardedForTest : public ::testing::TestWithParam<ForwardedRow> {};

TEST_P(ForwardedForTest, NamesTheClient) {
  const ClientAddresses addresses(Networks({"10.0.0.0/8"}), false);
  const Result<ClientAddress> client = addresses.Behind(GetParam().forwarded_for);
  ASSERT_EQ(client.has_value(), !GetParam().client.empty());
  if (client) {
    EXPECT_EQ(client->text, GetParam().client);
  } else {
    EXPECT_EQ(client.error().code, ErrorCode::kRequestMalformed);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, ForwardedForTest, ::testing::ValuesIn(kForwardedRows),
                         [](const auto& row) { return row.param.name; });

TEST(ClientAddressTest, LooksAtABoundedNumberOfProxies) {
  const ClientAddresses addresses(Networks({"10.0.0.0/8"}), false);
  std::string chain = "192.0.2.1";
  for (std::size_t i = 1; i < api::limits::kMaxProxiesPassed; ++i) chain += ", 10.0.0.7";
  EXPECT_EQ(addresses.Behind(chain)->text, "192.0.2.1");
  EXPECT_FALSE(addresses.Behind(chain + ", 10.0.0.7"));
}

TEST(ClientAddressTest, AClientThatAProxyNamesIsLimited) {
  const ClientAddresses addresses(Networks({"127.0.0.1"}), false);
  EXPECT_TRUE(addresses.Trusts(make_address("127.0.0.1")));
  EXPECT_FALSE(addresses.Trusts(make_address("127.0.0.2")));
  EXPECT_EQ(addresses.Behind("192.0.2.1")->limited_as,
            addresses.Of(make_address("192.0.2.1")).limited_as);
}

}  // namespace
}  // namespace latchkey::testing
