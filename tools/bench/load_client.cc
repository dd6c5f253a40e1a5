#include "tools/bench/load_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <deque>

#include <boost/beast/core/string.hpp>

#include "core/crypto/certificates.h"
#include "core/crypto/openssl.h"

namespace latchkey::tools {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kOpenTimeout{10};
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr int kEventsPerWait = 256;

using crypto::BioPtr;
using crypto::OpenText;
using crypto::PkeyPtr;
using crypto::SslContextPtr;
using crypto::SslPtr;
using crypto::X509Ptr;

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

std::chrono::duration<double> ThreadCpu() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

// A blocking socket is connected when it is returned; another may still be connecting. `source` is
// of IPv4; empty: the system chooses.
Result<Socket> OpenSocket(const std::string& address, const std::string& source, bool blocking) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return Refuse(ErrorCode::kIo, "no port in the address");
  std::string host = address.substr(0, colon);
  const bool six = host.starts_with('[');
  if (six) host = host.substr(1, host.size() - 2);
  const auto port = static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1));

  sockaddr_in6 to6{};
  sockaddr_in to4{};
  to6.sin6_family = AF_INET6;
  to6.sin6_port = htons(port);
  to4.sin_family = AF_INET;
  to4.sin_port = htons(port);
  const int parsed = six ? ::inet_pton(AF_INET6, host.c_str(), &to6.sin6_addr)
                         : ::inet_pton(AF_INET, host.c_str(), &to4.sin_addr);
  if (parsed != 1) return Refuse(ErrorCode::kIo, "the address is not numeric");

  const int type = SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK);
  Socket socket(::socket(six ? AF_INET6 : AF_INET, type, 0));
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!source.empty()) {
    ::setsockopt(socket.fd(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    if (::inet_pton(AF_INET, source.c_str(), &from.sin_addr) != 1 ||
        ::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
      return Refuse(ErrorCode::kIo, "cannot connect from " + source);
    }
  }
  if (blocking) {
    const timeval patience{kOpenTimeout.count(), 0};  // until the handshake is done
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  const int connected =
      six ? ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&to6), sizeof to6)
          : ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&to4), sizeof to4);
  if (connected != 0 && (blocking || errno != EINPROGRESS)) {
    return Refuse(ErrorCode::kIo, std::string("cannot connect: ") + std::strerror(errno));
  }
  return socket;
}

Result<SslContextPtr> MakeContext(const std::string& ca_pem) {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context.get(), 1);  // one read for a whole record, header and all
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (ca_pem.empty()) return context;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const BioPtr bio = OpenText(ca_pem);
  unsigned trusted = 0;
  while (const X509Ptr ca{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    trusted += X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca.get()) == 1;
  }
  ERR_clear_error();
  if (trusted == 0) return Refuse(ErrorCode::kIo, "no CA certificate in the PEM given");
  return context;
}

Status UseIdentity(SSL* ssl, const LoadIdentity& identity) {
  const X509Ptr certificate(
      PEM_read_bio_X509(OpenText(identity.certificate_pem).get(), nullptr, nullptr, nullptr));
  const PkeyPtr key(
      PEM_read_bio_PrivateKey(OpenText(identity.key_pem).get(), nullptr, nullptr, nullptr));
  if (!certificate || !key || SSL_use_certificate(ssl, certificate.get()) != 1 ||
      SSL_use_PrivateKey(ssl, key.get()) != 1) {
    return Refuse(ErrorCode::kIo, "the client certificate cannot be used");
  }
  return {};
}

enum class Reading { kPart, kComplete, kBlocked, kEnded };

struct Connection {
  Socket socket;
  SslPtr ssl;
  std::string_view unsent;       // the unsent rest of the request
  std::string received;          // the part of the answer received so far
  std::size_t answer_bytes = 0;  // length of head and body; 0: the head is not complete yet
  std::size_t head_bytes = 0;
  SteadyClock::time_point sent_at;
  bool waiting = false;      // for an answer
  bool streams = false;      // its answer does not end, and is not looked at
  bool chunked = false;      // its answer says no length
  bool wants_write = false;  // as epoll has it
  bool opening = false;      // its handshake is under way
};

}  // namespace

void LatencyHistogram::Add(std::chrono::nanoseconds latency) {
  // Buckets are linear within each doubling; everything below 32 µs has one of its own.
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count() / 1000, 0));
  std::size_t bucket = micros;
  if (micros >= kStepsPerDoubling) {
    const auto shift = static_cast<unsigned>(std::bit_width(micros) - 6);
    bucket = (shift + 1) * kStepsPerDoubling + ((micros >> shift) & (kStepsPerDoubling - 1));
  }
  ++counts_[std::min(bucket, counts_.size() - 1)];
  ++total_;
}

std::chrono::microseconds LatencyHistogram::Percentile(double share) const {
  if (total_ == 0) return {};
  const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_ - 1)) + 1;
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while ((seen += counts_[bucket]) < wanted) ++bucket;
  if (bucket < kStepsPerDoubling) return std::chrono::microseconds(bucket);
  const auto shift = bucket / kStepsPerDoubling - 1;
  return std::chrono::microseconds((kStepsPerDoubling + bucket % kStepsPerDoubling) << shift);
}

std::string_view HeaderValue(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
    const std::size_t start = at + 2;
    const std::size_t end = head.find("\r\n", start);
    if (end == std::string_view::npos) break;
    const std::string_view line = head.substr(start, end - start);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && boost::beast::iequals(line.substr(0, colon), name)) {
      std::string_view value = line.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      while (value.ends_with(' ')) value.remove_suffix(1);
      return value;
    }
    at = end;
  }
  return {};
}

std::string ComposeRequest(std::string_view method, std::string_view target,
                           std::string_view headers, std::string_view body) {
  std::string request;
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  request.append(headers);
  if (!body.empty()) {
    request.append("Content-Type: application/json\r\nContent-Length: ");
    request.append(std::to_string(body.size())).append("\r\n");
  }
  return request.append("\r\n").append(body);
}

struct LoadClient::Impl {
  LoadOptions options;
  SslContextPtr context;
  Socket poll{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<Connection> connections;
  unsigned open = 0;
  unsigned in_flight = 0;
  LoadReport report;
  std::atomic<bool> cut{false};
  unsigned opening = 0;
  std::deque<std::pair<SteadyClock::time_point, unsigned>> retries;  // when, and which
  std::array<char, kReadBytes> buffer;

  // With connect_each the handshake goes on as the request is written.
  Status Open(unsigned index) {
    Connection& connection = connections[index];
    const auto& sources = options.sources;
    auto socket =
        OpenSocket(options.address, sources.empty() ? "" : sources[index % sources.size()],
                   !options.connect_each);
    if (!socket) return socket.error();
    connection.socket = std::move(*socket);
    connection.ssl.reset(SSL_new(context.get()));
    ++open;
    SSL* ssl = connection.ssl.get();
    SSL_set_fd(ssl, connection.socket.fd());
    SSL_set_connect_state(ssl);
    const LoadIdentity* identity = options.identity ? options.identity(index) : nullptr;
    if (!options.identities.empty()) {
      identity = &options.identities[index % options.identities.size()];
    }
    if (identity != nullptr) {
      if (const auto used = UseIdentity(ssl, *identity); !used) return used;
    }
    if (!options.connect_each && SSL_do_handshake(ssl) != 1) {
      ERR_clear_error();
      return Refuse(ErrorCode::kIo, "the TLS handshake failed");
    }
    const int flags = SOCK_NONBLOCK;
    static_assert(SOCK_NONBLOCK == O_NONBLOCK);
    ::fcntl(connection.socket.fd(), F_SETFL, flags);
    epoll_event interest{EPOLLIN, {.u32 = index}};
    ::epoll_ctl(poll.fd(), EPOLL_CTL_ADD, connection.socket.fd(), &interest);
    connection.received.reserve(kReadBytes);
    return {};
  }

  void WatchWrites(unsigned index, bool wanted) {
    Connection& connection = connections[index];
    if (connection.wants_write == wanted) return;
    connection.wants_write = wanted;
    epoll_event interest{EPOLLIN | (wanted ? EPOLLOUT : 0u), {.u32 = index}};
    ::epoll_ctl(poll.fd(), EPOLL_CTL_MOD, connection.socket.fd(), &interest);
  }

  // Returns whether the connection is still open.
  bool Write(unsigned index) {
    Connection& connection = connections[index];
    while (!connection.unsent.empty()) {
      std::size_t written = 0;
      const int done = SSL_write_ex(connection.ssl.get(), connection.unsent.data(),
                                    connection.unsent.size(), &written);
      if (done != 1) {
        const int problem = SSL_get_error(connection.ssl.get(), done);
        if (problem != SSL_ERROR_WANT_WRITE && problem != SSL_ERROR_WANT_READ) return false;
        WatchWrites(index, problem == SSL_ERROR_WANT_WRITE);
        return true;
      }
      connection.unsent.remove_prefix(written);
    }
    WatchWrites(index, false);
    return true;
  }

  bool Start(unsigned index, const Next& next) {
    Connection& connection = connections[index];
    connection.unsent = next(index);
    if (connection.unsent.empty()) return true;
    connection.waiting = true;
    connection.sent_at = SteadyClock::now();
    ++in_flight;
    if (!options.connect_each) return Write(index);
    connection.opening = true;
    ++opening;
    return Open(index) && Write(index);
  }

  // One read of received bytes.
  Reading Read(unsigned index) {
    Connection& connection = connections[index];
    std::size_t count = 0;
    const int done = SSL_read_ex(connection.ssl.get(), buffer.data(), buffer.size(), &count);
    if (done != 1) {
      return SSL_get_error(connection.ssl.get(), done) == SSL_ERROR_WANT_READ ? Reading::kBlocked
                                                                              : Reading::kEnded;
    }
    if (connection.streams) return Reading::kPart;
    if (!connection.waiting) return Reading::kEnded;  // an answer without a request
    connection.received.append(buffer.data(), count);
    if (connection.chunked) {
      MeasureChunks(&connection);
    } else if (connection.answer_bytes == 0 && !MeasureAnswer(&connection)) {
      return Reading::kEnded;
    }
    const bool complete =
        connection.answer_bytes != 0 && connection.received.size() >= connection.answer_bytes;
    return complete ? Reading::kComplete : Reading::kPart;
  }

  // Finds the length of the answer once its head is complete. False: not an answer we understand.
  static bool MeasureAnswer(Connection* connection) {
    const std::string_view received = connection->received;
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string_view::npos) return true;
    if (received.size() < 12 || !received.starts_with("HTTP/1.1 ")) return false;
    connection->head_bytes = end + 4;
    const std::string_view head = received.substr(0, end + 2);
    const std::string_view length = HeaderValue(head, "Content-Length");
    std::size_t body = 0;
    if (HeaderValue(head, "Transfer-Encoding") == "chunked") {
      connection->chunked = true;
      MeasureChunks(connection);
      return true;
    }
    if (length.empty()) {
      const std::string_view status = received.substr(9, 3);
      connection->streams = status == "200";
      if (!connection->streams && status != "204" && status != "304") return false;
    } else if (std::from_chars(length.begin(), length.end(), body).ptr != length.end()) {
      return false;
    }
    connection->answer_bytes = connection->head_bytes + body;
    return true;
  }

  // The last chunk is recognised by its bytes, which JSON without line breaks does not contain.
  static void MeasureChunks(Connection* connection) {
    const std::string_view received = connection->received;
    if (received.ends_with("\r\n0\r\n\r\n")) connection->answer_bytes = received.size();
  }

  void Finish(unsigned index, const Done& done) {
    Connection& connection = connections[index];
    report.latency.Add(SteadyClock::now() - connection.sent_at);
    const std::string_view received = connection.received;
    LoadAnswer answer;
    std::from_chars(received.data() + 9, received.data() + 12, answer.status);
    answer.head = received.substr(0, connection.head_bytes - 2);
    answer.body = received.substr(connection.head_bytes);
    ++report.answered;
    ++report.by_class[std::clamp(answer.status / 100, 0, 5)];
    connection.waiting = false;
    --in_flight;
    if (done) done(index, answer);
    connection.received.clear();
    connection.answer_bytes = connection.head_bytes = 0;
    connection.chunked = false;
    if (!options.connect_each) return;
    SSL_shutdown(connection.ssl.get());  // tells the server, and does not wait for it
    ERR_clear_error();
    connection = Connection{};
    --open;
  }

  void Drop(unsigned index, const Done& done) {
    Connection& connection = connections[index];
    ERR_clear_error();
    const bool lost = connection.waiting;
    if (connection.socket.fd() >= 0) --open;
    if (connection.opening) --opening;
    connection = Connection{};
    if (!lost) return;
    --in_flight;
    ++report.lost;
    if (done) done(index, LoadAnswer{});
    if (options.retry.count() > 0) retries.emplace_back(SteadyClock::now() + options.retry, index);
  }

  // Each is found to have ended, one after the other.
  void CutAll() {
    for (const Connection& connection : connections) {
      if (connection.socket.fd() >= 0) ::shutdown(connection.socket.fd(), SHUT_RDWR);
    }
  }

  void Retry(SteadyClock::time_point now, const Next& next, const Done& done) {
    while (!retries.empty() && retries.front().first <= now && opening < options.at_once) {
      const unsigned index = retries.front().second;
      retries.pop_front();
      if (!Start(index, next)) Drop(index, done);
    }
  }

  // Handles all `events` of one connection.
  void Serve(unsigned index, std::uint32_t events, bool more, const Next& next, const Done& done) {
    if (connections[index].socket.fd() < 0) return;
    bool stands = connections[index].unsent.empty() || Write(index);
    // Reading now could finish a handshake, and no event would come for the request behind it.
    if (stands && SSL_is_init_finished(connections[index].ssl.get()) != 1) return;
    if (std::exchange(connections[index].opening, false)) --opening;
    if (stands && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
      Reading reading = Read(index);
      // With read-ahead OpenSSL may hold bytes that epoll will not report again.
      while (reading == Reading::kPart) reading = Read(index);
      stands = reading != Reading::kEnded;
      if (reading == Reading::kComplete) {
        Finish(index, done);
        if (more) stands = Start(index, next);
      }
    }
    if (!stands) Drop(index, done);
  }
};

LoadClient::LoadClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LoadClient::~LoadClient() = default;

Result<std::unique_ptr<LoadClient>> LoadClient::Connect(const LoadOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a closing peer is a result, not an error of ours
  auto impl = std::make_unique<Impl>();
  auto context = MakeContext(options.ca_pem);
  if (!context) return context.error();
  impl->options = options;
  impl->context = std::move(*context);
  impl->connections.resize(options.connections);
  for (unsigned i = 0; i < options.connections && !options.connect_each; ++i) {
    if (const auto opened = impl->Open(i); !opened) return opened.error();
  }
  return std::unique_ptr<LoadClient>(new LoadClient(std::move(impl)));
}

LoadReport LoadClient::Run(const Next& next, const Done& done, std::chrono::milliseconds limit,
                           std::chrono::milliseconds patience) {
  Impl& impl = *impl_;
  impl.report = {};
  const auto cpu_before = ThreadCpu();
  const auto begin = SteadyClock::now();
  auto now = begin;
  const auto count = static_cast<unsigned>(impl.connections.size());
  for (unsigned i = 0; i < count; ++i) {
    if (impl.options.retry.count() > 0) {
      impl.retries.emplace_back(begin, i);
      continue;
    }
    const bool takes_part = impl.options.connect_each || impl.connections[i].socket.fd() >= 0;
    if (takes_part && !impl.Start(i, next)) impl.Drop(i, done);
  }
  std::array<epoll_event, kEventsPerWait> events;
  while ((impl.in_flight > 0 || !impl.retries.empty()) && now < begin + limit + patience) {
    const int ready = ::epoll_wait(impl.poll.fd(), events.data(), kEventsPerWait, 100);
    now = SteadyClock::now();
    const bool more = now < begin + limit;
    if (!more) impl.retries.clear();
    if (impl.cut.exchange(false)) impl.CutAll();
    impl.Retry(now, next, done);
    for (int i = 0; i < ready; ++i) {
      impl.Serve(events[i].data.u32, events[i].events, more, next, done);
    }
  }
  for (unsigned i = 0; impl.in_flight > 0 && i < count; ++i) {
    if (impl.connections[i].waiting) impl.Drop(i, done);  // `patience` has passed
  }
  impl.report.elapsed = SteadyClock::now() - begin;
  impl.report.cpu = ThreadCpu() - cpu_before;
  return impl.report;
}

void LoadClient::Cut() { impl_->cut = true; }

unsigned LoadClient::open_connections() const { return impl_->open; }

}  // namespace latchkey::tools
