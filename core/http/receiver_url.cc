#include "core/http/receiver_url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "core/base/limits.h"
#include "core/http/network.h"

namespace latchkey {
namespace {

constexpr std::string_view kDefaultPort = "443";

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

using ParsedUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Null when the URL has no such part.
std::optional<std::string> Part(const ParsedUrl& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::optional<boost::asio::ip::address> AddressOf(std::string_view host) {
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (const auto address = ParseAddress(host)) return address;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host != "localhost" && !host.ends_with(".localhost")) return std::nullopt;  // RFC 6761 §6.3
  return boost::asio::ip::address(boost::asio::ip::address_v4::loopback());
}

// What is between https:// and the path. None when it does not begin so: libcurl also takes one
// slash or three.
std::string_view AuthorityOf(std::string_view text) {
  constexpr std::string_view kBegin = "https://";
  if (text.size() < kBegin.size() ||
      !std::equal(kBegin.begin(), kBegin.end(), text.begin(),
                  [](char wanted, char c) { return wanted == ToLower(c); })) {
    return {};
  }
  return text.substr(kBegin.size(), text.find_first_of("/?", kBegin.size()) - kBegin.size());
}

// A name as DNS has them, or an address.
bool IsHost(std::string_view host) {
  return host.starts_with('[') || std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                  c == '_';
         });
}

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<ReceiverUrl> ParseReceiverUrl(std::string_view text, std::string_view pointer) {
  const auto wrong = [&](std::string_view why) {
    return Invalid(std::string(pointer), std::string(why));
  };
  if (text.size() > ledger_limits::kMaxWebhookUrlChars) {
    return wrong("It has more than " + std::to_string(ledger_limits::kMaxWebhookUrlChars) +
                 " characters.");
  }
  if (!IsPrintableAscii(text)) {
    return wrong("Write it in ASCII without blanks: other characters as %XX, a host name as xn--.");
  }
  const std::string_view authority = AuthorityOf(text);
  if (authority.empty()) return wrong("It must be a URL that begins with https://.");
  // libcurl would resolve it and read the host otherwise the next time: 0%78a is a name, 0xa an
  // address.
  if (authority.find('%') != std::string_view::npos)
    return wrong("It must not have %XX before its path.");
  const ParsedUrl url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) {
    return wrong("Its host or port is not a valid one.");
  }
  if (Part(url, CURLUPART_USER) || Part(url, CURLUPART_PASSWORD) || Part(url, CURLUPART_OPTIONS)) {
    return wrong("It must not hold a name or password. The receiver knows us by our signature.");
  }
  if (text.find('#') != std::string_view::npos) return wrong("It must not have a fragment (#…).");
  std::string host = Part(url, CURLUPART_HOST).value_or("");
  std::transform(host.begin(), host.end(), host.begin(), &ToLower);
  if (host.empty() || !IsHost(host)) return wrong("Its host is not a valid one.");
  const std::optional<std::string> port = Part(url, CURLUPART_PORT);
  const std::optional<std::string> query = Part(url, CURLUPART_QUERY);
  ReceiverUrl parsed;
  parsed.address = AddressOf(host);
  parsed.host = port && *port != kDefaultPort ? host + ":" + *port : host;
  parsed.origin = "https://" + parsed.host;
  parsed.target = Part(url, CURLUPART_PATH).value_or("/") + (query ? "?" + *query : "");
  return parsed;
}

}  // namespace latchkey
