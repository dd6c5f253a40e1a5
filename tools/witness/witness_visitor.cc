#include "tools/witness/witness_visitor.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/status.hpp>

#include "api/call/response_writer.h"
#include "api/http/limits.h"

namespace latchkey::tools {
namespace {

using std::chrono::steady_clock;

static_assert(kMaxAddCheckpointBytes == api::limits::kMaxBodyBytes,
              "the parser of requests keeps the limit of the protocol");

constexpr std::string_view kAddCheckpoint = "/add-checkpoint";
constexpr std::string_view kCheckpointOf = "/checkpoint";  // behind the hash of an origin
constexpr std::size_t kOriginHashChars = 64;
constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kBlankLine = "\r\n";

// The hash in "/HASH/checkpoint"; empty for any other target.
std::string_view HashInTarget(std::string_view target) {
  if (target.size() != 1 + kOriginHashChars + kCheckpointOf.size()) return {};
  if (!target.starts_with('/') || !target.ends_with(kCheckpointOf)) return {};
  const std::string_view hash = target.substr(1, kOriginHashChars);
  const bool hex = std::all_of(hash.begin(), hash.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return hex ? hash : std::string_view();
}

int StatusOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kHeadersTooLarge:
      return 431;
    default:
      return 400;
  }
}

}  // namespace

WitnessVisitor::WitnessVisitor(boost::asio::io_context& io, Witness& witness, Socket socket,
                               const api::TlsContext& tls, const witness_limits::Patience& patience,
                               Host host)
    : io_(io),
      witness_(witness),
      socket_(std::move(socket)),
      patience_(patience),
      host_(std::move(host)),
      timer_(io) {
  if (tls) tls_.emplace(tls, socket_);
}

void WitnessVisitor::Start() {
  Within(tls_ ? patience_.handshake : patience_.idle);
  Watch();
  boost::asio::co_spawn(io_, Run(),
                        [self = shared_from_this()](const std::exception_ptr&) { self->Close(); });
}

api::Task<void> WitnessVisitor::Run() {
  if (tls_) {
    const bool greeted = co_await Handshake();
    if (!greeted) co_return;
  }
  for (;;) {
    const bool whole = co_await ReadRequest();
    if (!whole) co_return;
    AnswerRequest();
    const bool sent = co_await Flush();
    if (!sent) co_return;
    if (last_) break;
    // Others have their turn, whatever this peer has sent already.
    co_await boost::asio::post(io_, api::kUseTask);
    if (closed_) co_return;
  }
  co_await Linger();
}

api::Task<bool> WitnessVisitor::Handshake() {
  for (;;) {
    const Io io = tls_->Handshake();
    if (io == Io::kDone) break;
    if (io == Io::kClosed) co_return false;
    const bool ready = co_await Ready(io);
    if (!ready) co_return false;
  }
  Within(patience_.idle);
  co_return true;
}

api::Task<bool> WitnessVisitor::ReadRequest() {
  while (!Parse()) {
    std::array<char, api::limits::kReadBytes> buffer;
    std::size_t read = 0;
    const Io io = Read(buffer.data(), buffer.size(), &read);
    if (io == Io::kDone) {
      in_.append(buffer.data(), read);
      continue;
    }
    if (io == Io::kClosed) co_return false;
    const bool ready = co_await Ready(io);
    if (!ready) co_return false;
  }
  co_return !closed_;
}

bool WitnessVisitor::Parse() {
  using State = api::HttpParser::State;
  if (!reading_) {
    // RFC 9112 §2.2: empty lines before a request are passed over.
    while (in_.starts_with(kBlankLine)) in_.erase(0, kBlankLine.size());
    if (in_.empty()) return false;
    request_.Clear();
    parser_.Begin(&request_);
    reading_ = true;
    Within(patience_.header);
  }
  while (!in_.empty()) {
    const State before = parser_.state();
    const std::size_t taken = parser_.Feed(in_);
    in_.erase(0, taken);
    if (parser_.state() == State::kBody && before == State::kHeader) {
      Within(patience_.body);
      if (request_.expects_continue && request_.http_1_1 && in_.empty()) SendContinue();
    }
    if (parser_.state() != State::kBody || taken == 0) break;
  }
  return parser_.state() == State::kDone || parser_.state() == State::kFailed;
}

// What does not go out now goes out in front of the answer.
void WitnessVisitor::SendContinue() {
  out_ += kGoOn;
  std::size_t written = 0;
  (void)Write(out_.data(), out_.size(), &written);
  out_.erase(0, written);
}

void WitnessVisitor::AnswerRequest() {
  reading_ = false;
  writing_ = true;
  if (parser_.state() == api::HttpParser::State::kFailed) {
    last_ = true;  // where the next request begins is not known
    return Append({StatusOf(parser_.error()), parser_.error().detail + "\n"});
  }
  last_ = last_ || !request_.keep_alive;
  if (!host_.may_ask()) {
    return Append({429, "This address has asked too often. Try again later.\n"},
                  "Retry-After: " + std::to_string(witness_limits::kRetrySeconds) + "\r\n");
  }
  if (request_.http_1_1 && !request_.has_host) {
    last_ = true;
    return Append({400, "The request has no Host header.\n"});
  }
  if (request_.target == kAddCheckpoint) {
    if (request_.method == api::Method::kPost) return Append(witness_.AddCheckpoint(request_.body));
    return Append({405, "A checkpoint is sent with POST.\n"}, "Allow: POST\r\n");
  }
  if (const std::string_view hash = HashInTarget(request_.target); !hash.empty()) {
    if (request_.method == api::Method::kGet || request_.method == api::Method::kHead) {
      return Append(witness_.Latest(std::string(hash)));
    }
    return Append({405, "A checkpoint is read with GET.\n"}, "Allow: GET, HEAD\r\n");
  }
  Append({404, "A witness has /add-checkpoint and /HASH/checkpoint.\n"});
}

// `more` are further fields, as whole lines.
void WitnessVisitor::Append(const WitnessAnswer& answer, std::string_view more) {
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(answer.status));
  out_.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ");
  out_.append(reason.data(), reason.size()).append(kBlankLine);
  const auto field = [&](std::string_view name, std::string_view value) {
    out_.append(name).append(": ").append(value).append(kBlankLine);
  };
  field("Date", api::HttpDate(SystemClock().Now()));
  field("Content-Type", answer.type);
  field("Content-Length", std::to_string(answer.body.size()));
  field("Cache-Control", "no-store");
  field("X-Content-Type-Options", "nosniff");
  out_ += more;
  if (last_) {
    field("Connection", "close");
  } else if (!request_.http_1_1) {
    field("Connection", "keep-alive");
  }
  out_ += kBlankLine;
  if (request_.method != api::Method::kHead) out_ += answer.body;
}

api::Task<bool> WitnessVisitor::Flush() {
  Within(patience_.write);
  std::size_t sent = 0;
  while (sent < out_.size()) {
    std::size_t written = 0;
    const Io io = Write(out_.data() + sent, out_.size() - sent, &written);
    sent += written;
    if (io == Io::kDone) continue;
    if (io == Io::kClosed) co_return false;
    const bool ready = co_await Ready(io);
    if (!ready) co_return false;
  }
  // Nothing is kept for the next request while the peer is idle.
  std::string().swap(out_);
  std::string().swap(request_.body);
  writing_ = false;
  if (!last_) Within(patience_.idle);
  co_return !closed_;
}

// The answer is out. Closing now would take it back if the peer has sent what was never read, so
// its side is read, and ignored, until it closes or a bound is met.
api::Task<void> WitnessVisitor::Linger() {
  if (tls_) tls_->SendClose();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  Within(witness_limits::kLinger);
  std::size_t discarded = 0;
  while (discarded <= api::limits::kMaxDiscardedBytes) {
    std::array<char, api::limits::kReadBytes> buffer;
    const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      const bool ready = co_await Ready(Io::kWantRead);
      if (!ready) co_return;
      continue;
    }
    if (got <= 0) co_return;
    discarded += static_cast<std::size_t>(got);
  }
}

api::Task<bool> WitnessVisitor::Ready(Io wanted) {
  const auto [error] =
      co_await socket_.async_wait(wanted == Io::kWantWrite ? Socket::wait_write : Socket::wait_read,
                                  boost::asio::as_tuple(api::kUseTask));
  co_return !error && !closed_;
}

WitnessVisitor::Io WitnessVisitor::Read(char* buffer, std::size_t size, std::size_t* read) {
  if (closed_) return Io::kClosed;
  if (tls_) return tls_->Read(buffer, size, read);
  const ssize_t got = ::recv(socket_.native_handle(), buffer, size, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Io::kWantRead;
  if (got <= 0) return Io::kClosed;
  *read = static_cast<std::size_t>(got);
  return Io::kDone;
}

WitnessVisitor::Io WitnessVisitor::Write(const char* data, std::size_t size, std::size_t* written) {
  if (closed_) return Io::kClosed;
  if (tls_) return tls_->Write(data, size, written);
  const ssize_t put = ::send(socket_.native_handle(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Io::kWantWrite;
  if (put < 0) return Io::kClosed;
  *written = static_cast<std::size_t>(put);
  return Io::kDone;
}

void WitnessVisitor::Within(std::chrono::milliseconds patience) {
  deadline_ = steady_clock::now() + patience;
  timer_.cancel();  // Watch waits for the new one
}

void WitnessVisitor::Watch() {
  timer_.expires_at(deadline_);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
    const auto self = weak.lock();
    if (!self || self->closed_) return;
    if (steady_clock::now() >= self->deadline_) return self->Close();
    self->Watch();
  });
}

void WitnessVisitor::Drain() {
  last_ = true;
  if (!writing_) Close();
}

void WitnessVisitor::Close() {
  if (closed_) return;
  closed_ = true;
  timer_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  host_.gone(this);
}

}  // namespace latchkey::tools
