#include "api/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "api/call/problem.h"
#include "api/call/response_writer.h"
#include "api/http/limits.h"
#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"

namespace latchkey::api {
namespace {

using boost::asio::ip::tcp;
using Io = TlsStream::Io;
using std::chrono::steady_clock;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kEmptyLine = "\r\n";

// Memory that one large message needed is not kept for the life of the connection.
void Empty(std::string* buffer) {
  if (buffer->capacity() > limits::kKeptBufferBytes) {
    std::string().swap(*buffer);
  } else {
    buffer->clear();
  }
}

}  // namespace

Session::Session(Worker& worker, Listener listener, const TlsContext& tls, Socket socket,
                 const ClientAddress& address, bool through_proxy,
                 std::shared_ptr<ConnectionCount> count)
    : worker_(worker),
      socket_(std::move(socket)),
      tls_(tls, socket_),
      count_(std::move(count)),
      connection_{listener, address, through_proxy, {}},
      call_(connection_),
      wake_(worker.io()) {
  call_.caller.address = connection_.address;
  worker_.metrics().Connection(listener, 1);
}

Session::~Session() {
  crypto::Wipe(&in_);
  crypto::Wipe(&out_);
  call_.Clear();
  (void)worker_.buffers().Change(connection_.address, held_, 0);
  count_->Close(connection_.address);
}

void Session::Start() { Spawn(Run(), true); }

void Session::Spawn(Task<void> task, bool closes) {
  boost::asio::co_spawn(worker_.io(), std::move(task),
                        [self = shared_from_this(), closes](const std::exception_ptr& exception) {
                          if (exception != nullptr) {
                            LogEvent(self->worker_.logger(), spdlog::level::err, "exception",
                                     "it ended a connection", self->call_.request.id);
                          }
                          if (closes || exception != nullptr) self->Close();
                        });
}

Task<void> Session::Run() {
  if (co_await Handshake()) {
    while (co_await ReadRequest()) {
      const Handled handled = co_await Answer();
      if (handled.stream != nullptr) {
        co_await Stream(*handled.stream);
        break;
      }
      if (handled.wait != nullptr) co_await Hold(*handled.wait);
      if (!co_await Respond()) break;
    }
    if (last_answer_) co_await Linger();
  }
}

Task<bool> Session::Handshake() {
  Enter(State::kHandshake, worker_.patience().handshake);
  for (;;) {
    const Io io = tls_.Handshake();
    if (io == Io::kDone) break;
    if (io == Io::kClosed) {
      worker_.metrics().ConnectionDropped(connection_.listener, DropReason::kTls);
      co_return false;
    }
    if (!co_await Ready(io)) co_return false;
  }
  connection_.peer = tls_.Peer();
  Enter(State::kIdle, worker_.patience().header);
  co_return true;
}

Task<bool> Session::ReadRequest() {
  if (answered_ == 0) turn_began_ = steady_clock::now();
  if (++answered_ > limits::kRequestsPerTurn ||
      steady_clock::now() - turn_began_ > limits::kTurnTime) {
    answered_ = 0;
    co_await boost::asio::post(worker_.io(), kUseTask);
  }
  while (state_ != State::kClosed && !Parse()) {
    const Io io = Fill();
    if (io == Io::kDone) continue;
    if (io == Io::kClosed) co_return false;
    answered_ = 0;
    if (!co_await Ready(io)) co_return false;
  }
  co_return state_ != State::kClosed;
}

Task<bool> Session::Ready(Io wanted) {
  if (!TakeBuffers()) {
    worker_.metrics().ConnectionDropped(connection_.listener, DropReason::kBuffers);
    Close();
    co_return false;
  }
  const bool for_writing = wanted == Io::kWantWrite;
  const auto [error] = co_await socket_.async_wait(
      for_writing ? Socket::wait_write : Socket::wait_read, boost::asio::as_tuple(kUseTask));
  if (!for_writing) readable_ = true;
  co_return !error && state_ != State::kClosed;
}

// Counts what is held while waiting for the peer; what others are waited for is short.
bool Session::TakeBuffers() {
  const std::size_t all = in_.capacity() + out_.capacity() + call_.request.body.capacity() +
                          call_.response.body.capacity() +
                          (call_.response.shared_body ? call_.response.shared_body->size() : 0);
  const std::size_t holds = all - std::min(all, limits::kFreeBufferBytes);
  if (holds == held_) return true;
  if (!worker_.buffers().Change(connection_.address, held_, holds)) return false;
  held_ = holds;
  return true;
}

Io Session::Fill() {
  if (!readable_ && !tls_.HasPending()) return Io::kWantRead;
  std::size_t read = 0;
  readable_ = false;
  const Io io = tls_.Read(worker_.scratch(), worker_.scratch_size(), &read);
  if (io == Io::kDone) {
    crypto::AppendWiping(&in_, {worker_.scratch(), read});
    crypto::WipeBytes(worker_.scratch(), read);
  }
  return io;
}

bool Session::Parse() {
  if (state_ == State::kIdle) {
    // RFC 9112 §2.2: empty lines before a request are passed over.
    while (in_.starts_with(kEmptyLine)) crypto::DropFront(&in_, kEmptyLine.size());
    if (in_.empty()) return false;
    parser_.Begin(&call_.request);
    Enter(State::kReading, worker_.patience().header);
  }
  std::size_t taken = 0;
  while (!in_.empty()) {
    const HttpParser::State before = parser_.state();
    taken = parser_.Feed(in_);
    crypto::DropFront(&in_, taken);
    if (parser_.state() == HttpParser::State::kBody && before == HttpParser::State::kHeader) {
      Enter(State::kReading, worker_.patience().body);
      if (call_.request.expects_continue && call_.request.http_1_1 && in_.empty()) SendContinue();
    }
    if (parser_.state() != HttpParser::State::kBody || taken == 0) break;
  }
  return parser_.state() == HttpParser::State::kDone ||
         parser_.state() == HttpParser::State::kFailed;
}

// What does not go out now goes out in front of the answer.
void Session::SendContinue() {
  out_.append(kContinue);
  std::size_t written = 0;
  (void)tls_.Write(out_.data() + sent_, out_.size() - sent_, &written);
  sent_ += written;
}

void Session::BeginCall() {
  const LedgerView& ledger = worker_.contexts().ledger;
  call_.request.id = worker_.RequestId();
  call_.request.received = ledger.clock.Now();
  call_.request.ledger_time = ledger.ledger_time();
  call_.request.started = ledger.clock.Steady();
  Enter(State::kAnswering);
}

Task<Handled> Session::Answer() {
  BeginCall();
  if (parser_.state() == HttpParser::State::kFailed) {
    last_answer_ = true;  // where the next request begins is not known
    RenderProblem(worker_.throttle().Refusal(&call_, parser_.error()), &call_);
    co_return Handled();
  }
  co_return co_await Dispatch(worker_.contexts(), call_);
}

void Session::AppendHead(bool stream) {
  const LedgerView& ledger = worker_.contexts().ledger;
  const Micros took = ledger.clock.Steady() - call_.request.started;
  worker_.metrics().Answered(call_, took);
  LogRequest(worker_.logger(), worker_.throttle(), call_, took);
  for (const LimitedBy by : worker_.throttle().Count(call_)) {
    LogLimited(worker_.logger(), call_, by);
  }
  last_answer_ = last_answer_ || stream || !call_.request.keep_alive ||
                 call_.notes.identity_ended || worker_.draining();
  body_ = AppendResponse(call_, last_answer_, stream ? Framing::kUntilClose : Framing::kLength,
                         worker_.Date(call_.request.received), ledger.epoch, &out_);
}

Task<bool> Session::Respond() {
  if (state_ == State::kClosed) co_return false;
  AppendHead(false);
  Enter(State::kWriting, worker_.patience().write);
  const bool flushed = co_await Flush();
  if (!flushed || last_answer_) co_return false;
  call_.Clear();  // wipes secrets, before their memory is given back
  Empty(&call_.request.body);
  Empty(&call_.response.body);
  if (in_.empty()) Empty(&in_);
  Enter(State::kIdle, worker_.patience().idle);
  co_return true;
}

Io Session::WriteSome() {
  std::size_t written = 0;
  if (sent_ < out_.size()) {
    const Io io = tls_.Write(out_.data() + sent_, out_.size() - sent_, &written);
    sent_ += written;
    return io;
  }
  const Io io = tls_.Write(body_.data(), body_.size(), &written);
  body_.remove_prefix(written);
  return io;
}

Task<bool> Session::Flush() {
  while (sent_ < out_.size() || !body_.empty()) {
    const Io io = WriteSome();
    if (io == Io::kDone) continue;
    if (io == Io::kClosed) co_return false;
    Enter(State::kWriting, worker_.patience().write);
    if (!co_await Ready(io)) co_return false;
  }
  if (call_.response.cache_control == kNoStore) crypto::Wipe(&out_);
  Empty(&out_);
  sent_ = 0;
  if (held_ != 0) (void)TakeBuffers();  // a stream may not wait for its peer again for long
  co_return true;
}

Task<void> Session::Stream(EventStream& stream) {
  if (state_ == State::kClosed) co_return;
  AppendHead(true);
  Enter(State::kStreaming);
  Spawn(WatchPeer(), false);
  StreamHub::Place place(worker_.streams(), stream.query(), wake_);
  for (;;) {
    place.Begin();
    const EventStream::Pulled pulled = Pull(stream);
    const bool flushed = co_await Flush();
    if (!flushed || pulled == EventStream::Pulled::kEnd || worker_.draining()) co_return;
    Enter(State::kStreaming);
    if (pulled == EventStream::Pulled::kMore) {
      co_await boost::asio::post(worker_.io(), kUseTask);
    } else {
      const auto keep_alive_at = KeepAliveAt(stream);
      const bool concerned = co_await place.Wait(keep_alive_at);
      if (!concerned && state_ != State::kClosed) {
        stream.PassOver(worker_.streams().size());
        if (!stream.KeepAlive(&out_)) co_return;
      }
    }
    if (state_ == State::kClosed) co_return;
  }
}

// The next keep-alive, or the end of the caller's credentials if that comes first.
steady_clock::time_point Session::KeepAliveAt(const EventStream& stream) const {
  const Micros life = std::max<Micros>(stream.Life(), limits::kTick);
  return steady_clock::now() + std::min<Micros>(life, worker_.patience().keep_alive);
}

EventStream::Pulled Session::Pull(EventStream& stream) {
  if (worker_.draining()) return EventStream::Pulled::kEnd;
  Result<EventStream::Pulled> pulled = EventStream::Pulled::kEnd;
  try {
    pulled = stream.Pull(&out_);
  } catch (const std::exception& error) {
    pulled = Error{ErrorCode::kUnusable, std::string("an exception: ") + typeid(error).name()};
  }
  if (pulled) return *pulled;
  // Its answer began long ago.
  LogEvent(worker_.logger(), spdlog::level::err, "stream_ended", pulled.error().detail,
           call_.request.id);
  worker_.metrics().MachineFailed(pulled.error().code);
  return EventStream::Pulled::kEnd;
}

// Nothing is expected from the reader of a stream but that it goes away.
Task<void> Session::WatchPeer() {
  for (;;) {
    Io io = Io::kDone;
    while (io == Io::kDone && discarded_ <= limits::kMaxDiscardedBytes) {
      std::size_t read = 0;
      io = tls_.Read(worker_.scratch(), worker_.scratch_size(), &read);
      crypto::WipeBytes(worker_.scratch(), read);
      discarded_ += read;
    }
    if (io == Io::kClosed || discarded_ > limits::kMaxDiscardedBytes) co_return Close();
    if (!co_await Ready(Io::kWantRead)) co_return;
    if (state_ != State::kStreaming && state_ != State::kWriting) co_return;
  }
}

// A place of the listener's is not taken meanwhile.
Task<void> Session::Hold(CheckInWait& wait) {
  if (state_ == State::kClosed) co_return;
  Enter(State::kWaiting);
  call_.request.json = nullptr;
  // Nothing is kept for the next request while very many wait.
  for (std::string* buffer : {&call_.request.body, &call_.response.body, &out_}) {
    std::string().swap(*buffer);
  }
  if (in_.empty()) std::string().swap(in_);
  wait.Begin([&io = worker_.io(), weak = weak_from_this()] {
    boost::asio::post(io, [weak] {
      if (const auto self = weak.lock()) self->wake_.cancel();
    });
  });
  count_->Leave(connection_.address);
  Spawn(ReadAhead(), false);
  StreamHub::Place place(worker_.streams(), wait.query(), wake_);
  while (state_ == State::kWaiting) {
    place.Begin();
    const Result<bool> over = Look(wait);
    if (!over) RenderProblem(worker_.throttle().Refusal(&call_, over.error()), &call_);
    if (!over || *over) Enter(State::kAnswering);
    if (state_ == State::kWaiting) co_await place.Wait(wait.next());
  }
  count_->Return(connection_.address);
  boost::system::error_code ignored;
  if (state_ != State::kClosed) socket_.cancel(ignored);  // whoever reads ahead
  call_.request.started = worker_.contexts().ledger.clock.Steady();
}

Result<bool> Session::Look(CheckInWait& wait) {
  try {
    return wait.Look(worker_.draining());
  } catch (const std::exception& error) {
    return Error{ErrorCode::kUnusable, std::string("an exception: ") + typeid(error).name()};
  }
}

// Notices that the peer goes away, and keeps what it sends already.
Task<void> Session::ReadAhead() {
  while (state_ == State::kWaiting && in_.size() < limits::kMaxHeaderBytes) {
    const Io io = Fill();
    if (io == Io::kDone) continue;
    if (io == Io::kClosed) co_return Close();
    if (!co_await Ready(io)) co_return;
  }
}

// The answer is out. Closing now would take it back if the peer has sent what we never read, so its
// side is read, and ignored, until it closes or a bound is met.
Task<void> Session::Linger() {
  if (state_ == State::kClosed) co_return;
  tls_.SendClose();
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  Enter(State::kLingering, limits::kLingerTime);
  while (discarded_ <= limits::kMaxDiscardedBytes) {
    const ssize_t got =
        ::recv(socket_.native_handle(), worker_.scratch(), worker_.scratch_size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!co_await Ready(Io::kWantRead)) co_return;
      continue;
    }
    if (got <= 0) co_return;
    discarded_ += static_cast<std::size_t>(got);
  }
}

void Session::Enter(State state, std::chrono::milliseconds from_now) {
  if (state_ == State::kClosed) return;
  state_ = state;
  deadline = steady_clock::now() + from_now;
}

void Session::Enter(State state) {
  if (state_ == State::kClosed) return;
  state_ = state;
  deadline = steady_clock::time_point::max();
}

void Session::OnDeadline() {
  switch (state_) {
    case State::kIdle:
    case State::kLingering:
      tls_.SendClose();
      return Close();
    case State::kHandshake:
    case State::kReading:
    case State::kWriting:
      worker_.metrics().ConnectionDropped(connection_.listener, DropReason::kSlow);
      return Close();
    case State::kAnswering:
    case State::kStreaming:
    case State::kWaiting:
    case State::kClosed:
      return;
  }
}

void Session::Drain() {
  if (state_ == State::kIdle || state_ == State::kHandshake) {
    tls_.SendClose();
    Close();
  } else if (state_ == State::kStreaming || state_ == State::kWaiting) {
    wake_.cancel();  // ends it, behind what is already on its way
  }
}

void Session::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  wake_.cancel();
  worker_.metrics().Connection(connection_.listener, -1);
  worker_.Remove(this);
}

}  // namespace latchkey::api
