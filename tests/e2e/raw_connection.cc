#include "tests/e2e/raw_connection.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <utility>

#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"

namespace latchkey::testing {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kHandshakePatience{20};

crypto::X509Ptr ReadCertificate(const std::string& pem) {
  return crypto::X509Ptr(PEM_read_bio_X509(crypto::OpenText(pem).get(), nullptr, nullptr, nullptr));
}

int Left(SteadyClock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

}  // namespace

struct TlsSession::Impl {
  crypto::SslSessionPtr session;
};
TlsSession::TlsSession() = default;
TlsSession::~TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;
bool TlsSession::empty() const { return !impl_ || !impl_->session; }

struct RawConnection::Impl {
  int fd = -1;
  crypto::SslContextPtr context;
  crypto::SslPtr ssl;
  crypto::SslSessionPtr ticket;  // the last one the server sent
  std::string received;
  bool ended = false;  // by the peer

  ~Impl() {
    if (fd >= 0) ::close(fd);
  }

  bool WaitFor(short what, SteadyClock::time_point until) const {
    pollfd waited{fd, what, 0};
    return ::poll(&waited, 1, Left(until)) == 1;
  }

  // Runs a step of OpenSSL until it is through; false when it fails or takes too long.
  template <typename Step>
  bool Drive(Step step, std::chrono::milliseconds patience) {
    const auto until = SteadyClock::now() + patience;
    while (true) {
      const int done = step();
      if (done == 1) return true;
      const int error = SSL_get_error(ssl.get(), done);
      ERR_clear_error();
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
      if (!WaitFor(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until)) return false;
    }
  }
};

RawConnection::RawConnection(const std::string& address) : impl_(std::make_unique<Impl>()) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  impl_->fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(impl_->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  EXPECT_EQ(::connect(impl_->fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0)
      << "cannot connect to " << address;
}

RawConnection::~RawConnection() = default;
RawConnection::RawConnection(RawConnection&&) noexcept = default;

bool RawConnection::SendPlain(std::string_view bytes) {
  return ::send(impl_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

bool RawConnection::StartTls(const TlsChoice& choice) {
  Impl& impl = *impl_;
  impl.context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = impl.context.get();
  if (choice.only_tls12) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  if (!choice.ca_pem.empty()) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const crypto::X509Ptr ca = ReadCertificate(choice.ca_pem);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
  }
  if (choice.identity) {
    const crypto::X509Ptr certificate = ReadCertificate(choice.identity->certificate_pem);
    const crypto::PkeyPtr key = crypto::ReadPrivateKey(choice.identity->key_pem);
    SSL_CTX_use_certificate(context, certificate.get());
    SSL_CTX_use_PrivateKey(context, key.get());
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
    static_cast<Impl*>(SSL_get_app_data(ssl))->ticket.reset(session);
    return 1;  // ours now
  });
  impl.ssl.reset(SSL_new(context));
  SSL_set_app_data(impl.ssl.get(), &impl);
  SSL_set_fd(impl.ssl.get(), impl.fd);
  if (choice.resume != nullptr && !choice.resume->empty()) {
    SSL_set_session(impl.ssl.get(), choice.resume->impl_->session.get());
  }
  ::fcntl(impl.fd, F_SETFL, O_NONBLOCK);
  return impl.Drive([&] { return SSL_connect(impl.ssl.get()); }, kHandshakePatience);
}

bool RawConnection::Send(std::string_view bytes) {
  if (bytes.empty()) return true;
  std::size_t written = 0;
  return impl_->Drive(
      [&] { return SSL_write_ex(impl_->ssl.get(), bytes.data(), bytes.size(), &written); },
      kHandshakePatience);
}

bool RawConnection::Renegotiate() {
  if (SSL_renegotiate(impl_->ssl.get()) != 1) return false;
  return impl_->Drive([&] { return SSL_do_handshake(impl_->ssl.get()); }, kHandshakePatience);
}

bool RawConnection::resumed() const { return SSL_session_reused(impl_->ssl.get()) == 1; }

TlsSession RawConnection::session() {
  TlsSession session;
  session.impl_ = std::make_unique<TlsSession::Impl>();
  session.impl_->session = std::move(impl_->ticket);
  return session;
}

// More bytes into `received`; false at the end of the connection, or too late.
bool RawConnection::Fill(SteadyClock::time_point until) {
  Impl& impl = *impl_;
  std::array<char, 16 * 1024> buffer;
  while (true) {
    std::size_t count = 0;
    bool again = false;
    if (impl.ssl) {
      const int done = SSL_read_ex(impl.ssl.get(), buffer.data(), buffer.size(), &count);
      again = done != 1 && SSL_get_error(impl.ssl.get(), done) == SSL_ERROR_WANT_READ;
      ERR_clear_error();
    } else {
      if (!impl.WaitFor(POLLIN, until)) return false;
      const ssize_t got = ::recv(impl.fd, buffer.data(), buffer.size(), 0);
      count = got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    if (count > 0) {
      impl.received.append(buffer.data(), count);
      return true;
    }
    impl.ended = !again;
    if (impl.ended || !impl.WaitFor(POLLIN, until)) return false;
  }
}

RawConnection::Answer RawConnection::ReadAnswer(std::chrono::milliseconds patience) {
  const auto until = SteadyClock::now() + patience;
  std::string& received = impl_->received;
  std::size_t end = 0;
  while ((end = received.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill(until)) return {};
  }
  Answer answer;
  answer.head = received.substr(0, end + 2);
  std::from_chars(received.data() + 9, received.data() + 12, answer.status);
  std::size_t length = 0;
  const auto value = tools::HeaderValue(answer.head, "Content-Length");
  std::from_chars(value.begin(), value.end(), length);
  while (received.size() < end + 4 + length) {
    if (!Fill(until)) return {};
  }
  answer.body = received.substr(end + 4, length);
  received.erase(0, end + 4 + length);
  return answer;
}

std::optional<std::string> RawConnection::ReadToEnd(std::chrono::milliseconds patience) {
  const auto until = SteadyClock::now() + patience;
  while (Fill(until)) {
  }
  if (!impl_->ended) return std::nullopt;
  return std::exchange(impl_->received, {});
}

std::string RawConnection::ReadSome(std::size_t at_most) {
  const auto until = SteadyClock::now() + kHandshakePatience;
  while (impl_->received.size() < at_most && Fill(until)) {
  }
  std::string some = impl_->received.substr(0, at_most);
  impl_->received.erase(0, some.size());
  return some;
}

void RawConnection::Cut() {
  const linger at_once{1, 0};
  ::setsockopt(impl_->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(impl_->fd, -1));
}

}  // namespace latchkey::testing
