// The input is a URL that somebody wants a webhook's events sent to.
#include <netdb.h>

#include <algorithm>
#include <memory>
#include <string>

#include <boost/url/parse.hpp>

#include "core/http/network.h"
#include "core/http/receiver_url.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

constexpr std::string_view kScheme = "https://";

// Without the port and the brackets of IPv6.
std::string HostOf(const ReceiverUrl& url) {
  std::string host = url.origin.substr(kScheme.size());
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

// What the resolver makes of a host that it need not ask anybody about.
std::optional<boost::asio::ip::address> Numeric(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> kept(found, &freeaddrinfo);
  char text[NI_MAXHOST];
  Expect(getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0,
                     NI_NUMERICHOST) == 0,
         "an address can be written");
  return ParseAddress(text);
}

// Another house's reader of RFC 3986 finds the same server in it.
void ExpectBoostAgrees(std::string_view input, const ReceiverUrl& url) {
  const auto boost = boost::urls::parse_uri(input);
  if (!boost) return;
  Expect(!boost->has_userinfo(), "there is no name or password in it");
  Expect(!boost->has_fragment(), "there is no fragment in it");
  if (url.address) return;  // written in another of its forms, it may be
  std::string host(boost->encoded_host());
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  Expect(host.find('%') != std::string::npos || host == HostOf(url), "the host is the same");
}

void ReadOne(std::string_view input) {
  const auto url = ParseReceiverUrl(input, "/url");
  if (!url) {
    Expect(url.error().code == ErrorCode::kValidationFailed, "refusals have one code");
    return;
  }
  Expect(url->origin == std::string(kScheme) + url->host, "the origin is that host over TLS");
  Expect(url->target.starts_with('/'), "the target begins with the path");
  const std::string whole = url->origin + url->target;
  Expect(std::all_of(whole.begin(), whole.end(), [](char c) { return c > ' ' && c < '\x7f'; }),
         "it can stand in a request");
  const auto again = ParseReceiverUrl(whole, "/url");
  Expect(again && again->origin == url->origin && again->target == url->target &&
             again->host == url->host && again->address == url->address,
         "what was read is read again as the same");
  const auto numeric = Numeric(HostOf(*url));
  Expect(!numeric || url->address == numeric, "an address in any form is known to be one");
  ExpectBoostAgrees(input, *url);
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
