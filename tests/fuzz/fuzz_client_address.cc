// The input is a network to trust, as --trusted-proxy takes it, and behind a line break the
// X-Forwarded-For of a request.
#include <string>
#include <vector>

#include "api/http/client_address.h"
#include "api/http/limits.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

using api::ClientAddress;
using api::ClientAddresses;
using boost::asio::ip::make_address;
using latchkey::Network;

constexpr const char* kStranger = "203.0.113.7";

// What an address of the answer promises.
void ExpectSound(const ClientAddresses& addresses, const ClientAddress& client) {
  boost::system::error_code error;
  const auto address = make_address(client.text, error);
  Expect(!error && address.to_string() == client.text, "the text is an address in its one form");
  Expect(address.is_v4() || !address.to_v6().is_v4_mapped(), "IPv4 is written as IPv4");
  const ClientAddress again = addresses.Of(address);
  Expect(again.text == client.text && again.exempt == client.exempt &&
             again.limited_as == client.limited_as,
         "it is treated as a connection from there is");
  Expect(!client.exempt || !client.limited_as, "who is exempt has no bucket");
}

void ReadOne(std::string_view input) {
  const auto network = Network::Parse(TakeUntil('\n', &input));
  const ClientAddresses addresses(network ? std::vector{*network} : std::vector<Network>(), true);
  const auto client = addresses.Behind(input);
  if (client) {
    ExpectSound(addresses, *client);
  } else {
    Expect(client.error().code == ErrorCode::kRequestMalformed, "refusals have one code");
  }

  const std::string added = std::string(input) + ", " + kStranger;
  if (addresses.Trusts(make_address(kStranger))) return;
  const auto stranger = addresses.Behind(added);
  Expect(stranger && stranger->text == kStranger, "what a client writes in front changes nothing");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
