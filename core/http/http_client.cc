#include "core/http/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"

namespace latchkey {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;
constexpr long kConnectTimeoutSeconds = 10;
// The server's keep-alives come every 15 s.
constexpr long kSilenceSeconds = 45;

// The list holds its own copies, including one of the token.
struct ListFree {
  void operator()(curl_slist* list) const {
    for (curl_slist* each = list; each != nullptr; each = each->next) {
      crypto::WipeBytes(each->data, std::strlen(each->data));
    }
    curl_slist_free_all(list);
  }
};
struct HandleFree {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

// The state that the callbacks of one exchange write into.
struct Exchange {
  CURL* handle;
  std::size_t max_bytes;
  ClientResponse response{};
  std::string_view media_type{};  // of a body for `data`
  const std::function<bool(std::string_view)>* data = nullptr;
  bool discard = false;
  std::size_t discarded = 0;
  bool stopped = false;  // nothing more is wanted
  bool too_long = false;
};

std::size_t OnHeader(const char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  std::string_view line(bytes, size * count);
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();
  if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) {
      value.remove_prefix(1);
    }
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) {
      value.remove_suffix(1);
    }
    exchange.response.headers[std::move(name)] = std::string(value);
  }
  return line.size();
}

std::size_t OnBody(const char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const std::string_view piece(bytes, size * count);
  if (exchange.data != nullptr) {
    long status = 0;
    curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
    const auto type = exchange.response.headers.find("content-type");
    if (status == 200 && type != exchange.response.headers.end() &&
        type->second.starts_with(exchange.media_type)) {
      exchange.stopped = !(*exchange.data)(piece);
      return exchange.stopped ? 0 : piece.size();
    }
  }
  if (exchange.discard) {
    exchange.discarded += piece.size();
    exchange.stopped = exchange.discarded > exchange.max_bytes;
    return exchange.stopped ? 0 : piece.size();
  }
  if (exchange.response.body.size() + piece.size() > exchange.max_bytes) {
    exchange.too_long = true;
    return 0;
  }
  crypto::AppendWiping(&exchange.response.body, piece);
  return piece.size();
}

int OnProgress(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(cancelled))() ? 1 : 0;
}

// What connections may be made to, and what became of those of an exchange.
struct Gate {
  const AddressRule* rule;
  bool refused = false;
  bool admitted = false;
};

curl_socket_t OnSocket(void* to, curlsocktype, curl_sockaddr* peer) {
  auto& gate = *static_cast<Gate*>(to);
  // libcurl keeps more bytes there than the declared sockaddr has.
  sockaddr_storage stored{};
  std::memcpy(&stored, static_cast<const void*>(&peer->addr),
              std::min<std::size_t>(peer->addrlen, sizeof(stored)));
  boost::asio::ip::address address;
  if (peer->family == AF_INET) {
    address = boost::asio::ip::address_v4(
        ntohl(reinterpret_cast<const sockaddr_in&>(stored).sin_addr.s_addr));
  } else if (peer->family == AF_INET6) {
    boost::asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(stored).sin6_addr,
                bytes.size());
    address = boost::asio::ip::address_v6(bytes);
  }
  if (!gate.rule->Admits(address)) {
    gate.refused = true;
    return CURL_SOCKET_BAD;
  }
  gate.admitted = true;
  return ::socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

CURLcode OnTls(CURL*, void* context, void* check) {
  static_cast<TrustCheck*>(check)->Attach(static_cast<SSL_CTX*>(context));
  return CURLE_OK;
}

TransportError::Kind KindOf(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:  // no trusted roots
      return TransportError::Kind::kUntrusted;
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, which is any bytes at all
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return TransportError::Kind::kNotHttp;
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CERTPROBLEM:
      return TransportError::Kind::kUsage;
    default:
      return TransportError::Kind::kUnreachable;
  }
}

std::string HostOf(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* part = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) {
    return {};
  }
  std::string host(part);
  curl_free(part);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return host;
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost" || host.ends_with(".localhost");
}

// Whether no_proxy of the environment has the host, or a domain that it is in.
bool IsExempt(std::string_view host) {
  for (const char* variable : {"no_proxy", "NO_PROXY"}) {
    const char* value = std::getenv(variable);
    std::string_view entries = value == nullptr ? "" : value;
    while (!entries.empty()) {
      const std::size_t end = std::min(entries.find_first_of(", "), entries.size());
      std::string_view entry = entries.substr(0, end);
      entries.remove_prefix(std::min(end + 1, entries.size()));
      if (entry.starts_with('.')) entry.remove_prefix(1);
      if (entry.empty()) continue;
      const bool within = host.size() > entry.size() && host.ends_with(entry) &&
                          host[host.size() - entry.size() - 1] == '.';
      if (entry == "*" || entry == host || within) return true;
    }
  }
  return false;
}

// The proxy that libcurl takes from the environment, for a person; empty without one. Without the
// name and password that it may hold.
std::string ProxyWords(const std::string& host) {
  if (IsExempt(host)) return {};
  for (const char* variable : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    std::string proxy(value);
    if (const auto at = proxy.rfind('@'); at != std::string::npos) proxy.erase(0, at + 1);
    return std::string(" The environment names a proxy, ") + variable + "=" + proxy +
           "; list the server in no_proxy to reach it without.";
  }
  return {};
}

}  // namespace

bool AsksToWait(int status) { return status == kUnavailable || status == kTooManyRequests; }

std::optional<std::chrono::seconds> RetryAfter(const ClientResponse& response) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return std::nullopt;
  const std::string& text = header->second;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

struct HttpClient::Impl {
  Impl(Options given, CURL* made) : options(std::move(given)), check(options.trust), handle(made) {
    while (options.url.ends_with('/')) options.url.pop_back();
    options.direct = options.direct || IsLoopback(HostOf(options.url));
  }

  void Prepare(const ClientRequest& request, Exchange* exchange, curl_slist* headers) {
    CURL* curl = handle.get();
    curl_easy_reset(curl);  // connections stay open
    const auto set = [curl](CURLoption option, auto value) {
      curl_easy_setopt(curl, option, value);
    };
    set(CURLOPT_URL, (options.url + request.target).c_str());
    set(CURLOPT_PROTOCOLS_STR, IsPlain() ? "http" : "https");
    if (options.direct) set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
    set(CURLOPT_USERAGENT, "latchkey/" LATCHKEY_VERSION);
    set(CURLOPT_ERRORBUFFER, error);
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.body) {
      set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body->size()));
      set(CURLOPT_POSTFIELDS, request.body->data());
    }
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_HEADERFUNCTION, &OnHeader);
    set(CURLOPT_HEADERDATA, exchange);
    set(CURLOPT_WRITEFUNCTION, &OnBody);
    set(CURLOPT_WRITEDATA, exchange);
    // A resolver that does not answer must not hold up whoever cancels or stops us.
    if (options.cancelled || options.rule != nullptr) set(CURLOPT_QUICK_EXIT, 1L);
    if (options.cancelled) {
      set(CURLOPT_NOPROGRESS, 0L);
      set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
      set(CURLOPT_XFERINFODATA, &options.cancelled);
    }
    if (options.rule != nullptr) {
      gate = {options.rule};
      set(CURLOPT_OPENSOCKETFUNCTION, &OnSocket);
      set(CURLOPT_OPENSOCKETDATA, &gate);
      // An owner who has mended the name's addresses and tests again is not told what they were.
      set(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    }
    PrepareTls();
  }

  void PrepareTls() {
    CURL* curl = handle.get();
    const Trust& trust = check.trust();
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, trust.server_sha256.empty() ? 2L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, &OnTls);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &check);
    // A resumed session would not show its chain again.
    curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (!trust.ca_file.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, trust.ca_file.c_str());
      curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    } else if (!trust.ca_sha256.empty() || !trust.server_sha256.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, nullptr);
      curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    }
    if (!options.certificate.empty()) {
      curl_easy_setopt(curl, CURLOPT_SSLCERT, options.certificate.c_str());
      curl_easy_setopt(curl, CURLOPT_SSLKEY, options.key.c_str());
    }
  }

  bool IsPlain() const {
    return options.plain_to_loopback && options.url.starts_with("http://") &&
           IsClientUrl(options.url);
  }

  Expected<ClientResponse, TransportError> Perform(
      const ClientRequest& request, std::string_view media_type,
      const std::function<bool(std::string_view)>* data) {
    if (!options.url.starts_with("https://") && !IsPlain()) {
      return TransportError{TransportError::Kind::kUsage,
                            "the URL must begin with https://: " + options.url};
    }
    std::unique_ptr<curl_slist, ListFree> headers(curl_slist_append(nullptr, "Expect:"));
    const auto add = [&](const std::string& header) {
      headers.reset(curl_slist_append(headers.release(), header.c_str()));
    };
    if (request.body) add("Content-Type: " + request.body_type);
    for (const std::string& header : request.headers) add(header);
    Exchange exchange{handle.get(), options.max_answer_bytes, {}, media_type, data};
    exchange.discard = options.discard_body;
    Prepare(request, &exchange, headers.get());
    if (data == nullptr) {
      curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(options.timeout.count()));
    } else {
      curl_easy_setopt(handle.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
      curl_easy_setopt(handle.get(), CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
    }
    error[0] = '\0';
    const CURLcode code = curl_easy_perform(handle.get());
    if (exchange.too_long) {
      return TransportError{TransportError::Kind::kNotHttp,
                            options.url + " gives an answer that is too long to be one of ours."};
    }
    if (code != CURLE_OK && !exchange.stopped) return Describe(code);
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

  TransportError Describe(CURLcode code) const {
    std::string why = error[0] != '\0' ? error : curl_easy_strerror(code);
    constexpr const char* kNotAdmitted = " not one that this server may connect to";
    if (gate.refused && !gate.admitted) why = std::string("its address is") + kNotAdmitted;
    if (gate.refused && gate.admitted)
      why += std::string("; one of its addresses is") + kNotAdmitted;
    const TransportError::Kind kind = KindOf(code);
    if (kind == TransportError::Kind::kUntrusted && !check.problem().empty()) why = check.problem();
    const char* what = kind == TransportError::Kind::kUntrusted     ? " cannot be trusted: "
                       : kind == TransportError::Kind::kUnreachable ? " cannot be reached: "
                       : kind == TransportError::Kind::kNotHttp     ? " does not speak HTTP: "
                                                                    : ": ";
    std::string message = options.url + what + why;
    if (message.back() != '.') message += '.';
    if (kind == TransportError::Kind::kUnreachable && !options.direct)
      message += ProxyWords(HostOf(options.url));
    return {kind, std::move(message)};
  }

  Options options;
  TrustCheck check;
  Gate gate{nullptr};
  char error[CURL_ERROR_SIZE] = {};
  std::unique_ptr<CURL, HandleFree> handle;
};

bool IsClientUrl(const std::string& url) {
  const std::string host = HostOf(url);
  return !host.empty() &&
         (url.starts_with("https://") || (url.starts_with("http://") && IsLoopback(host)));
}

void ClientRequest::Wipe() {
  if (body) crypto::Wipe(&*body);
  for (std::string& header : headers) crypto::Wipe(&header);
}

HttpClient::HttpClient(Options options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)ready;
  impl_ = std::make_unique<Impl>(std::move(options), curl_easy_init());
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Expected<ClientResponse, TransportError> HttpClient::Send(const ClientRequest& request) {
  return impl_->Perform(request, {}, nullptr);
}

Expected<ClientResponse, TransportError> HttpClient::Stream(
    const ClientRequest& request, std::string_view media_type,
    const std::function<bool(std::string_view)>& data) {
  return impl_->Perform(request, media_type, &data);
}

const std::string& HttpClient::url() const { return impl_->options.url; }
bool HttpClient::Presented(const std::string& sha256) const {
  return impl_->check.Presented(sha256);
}

}  // namespace latchkey
