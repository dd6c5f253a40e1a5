#include "api/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "api/dispatch.h"
#include "api/limits.h"
#include "api/response_writer.h"
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
                 const boost::asio::ip::address& peer, std::shared_ptr<ConnectionCount> count)
    : worker_(worker),
      socket_(std::move(socket)),
      tls_(tls, socket_.native_handle()),
      count_(std::move(count)),
      x_(worker.parts(), worker.metrics(), worker.throttle()) {
  x_.listener = listener;
  const ClientAddresses& addresses = worker.throttle().addresses();
  x_.connection = x_.client = addresses.Of(peer);
  x_.through_proxy = addresses.Trusts(peer);
  ++count_->open;
  worker_.metrics().Connection(listener, 1);
}

Session::~Session() {
  crypto::Wipe(&in_);
  crypto::Wipe(&out_);
  x_.Clear();
  --count_->open;
  count_->closed();
}

void Session::Start() {
  SetDeadline(worker_.patience().handshake);
  Handshake();
}

void Session::Wait(bool for_writing, Step then) {
  socket_.async_wait(
      for_writing ? Socket::wait_write : Socket::wait_read,
      [self = shared_from_this(), for_writing, then](const boost::system::error_code& error) {
        if (self->state_ == State::kClosed) return;
        if (error) return self->Close();
        if (!for_writing) self->readable_ = true;
        (self.get()->*then)();
      });
}

void Session::SetDeadline(std::chrono::milliseconds from_now) {
  deadline_ = steady_clock::now() + from_now;
}

// The next keep-alive, or the end of the token if that comes first.
void Session::SetStreamDeadline() {
  const Micros life = std::max<Micros>(stream_->Life(), limits::kTick);
  SetDeadline(std::chrono::ceil<std::chrono::milliseconds>(
      std::min<Micros>(life, worker_.patience().keep_alive)));
}

void Session::NoDeadline() { deadline_ = steady_clock::time_point::max(); }

// An exception that reaches this far is a fault of ours: it costs this one answer.
void Session::Guarded(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    LogEvent(worker_.logger(), spdlog::level::err, "exception", typeid(error).name(),
             x_.request_id);
    Reject({ErrorCode::kUnusable, std::string("an exception: ") + typeid(error).name(), {}}, &x_);
  }
}

void Session::Handshake() {
  switch (tls_.Handshake()) {
    case Io::kWantRead:
      return Wait(false, &Session::Handshake);
    case Io::kWantWrite:
      return Wait(true, &Session::Handshake);
    case Io::kClosed:
      worker_.metrics().HandshakeFailed(x_.listener);
      return Close();
    case Io::kDone:
      break;
  }
  x_.peer = tls_.Peer();
  state_ = State::kIdle;
  SetDeadline(worker_.patience().header);
  ReadRequests();
}

void Session::ReadRequests() {
  for (int answered = 0; answered < limits::kRequestsPerTurn;) {
    if (in_.empty() || !ParseSome()) {
      if (!Fill()) return;
      continue;
    }
    if (!HandleRequest()) return;
    ++answered;
  }
  boost::asio::post(worker_.io(), [self = shared_from_this()] {
    if (self->state_ == State::kIdle) self->ReadRequests();
  });
}

bool Session::Fill() {
  if (!readable_ && !tls_.HasPending()) {
    Wait(false, &Session::ReadRequests);
    return false;
  }
  std::size_t read = 0;
  readable_ = false;
  switch (tls_.Read(worker_.scratch(), worker_.scratch_size(), &read)) {
    case Io::kDone:
      crypto::AppendWiping(&in_, {worker_.scratch(), read});
      crypto::WipeBytes(worker_.scratch(), read);
      return true;
    case Io::kWantRead:
      Wait(false, &Session::ReadRequests);
      return false;
    case Io::kWantWrite:
      Wait(true, &Session::ReadRequests);
      return false;
    case Io::kClosed:
      Close();
      return false;
  }
  return false;
}

bool Session::ParseSome() {
  if (state_ == State::kIdle) {
    // RFC 9112 §2.2: empty lines before a request are passed over.
    while (in_.starts_with(kEmptyLine)) crypto::DropFront(&in_, kEmptyLine.size());
    if (in_.empty()) return false;
    parser_.Begin(&x_.request);
    state_ = State::kReading;
    SetDeadline(worker_.patience().header);
  }
  std::size_t taken = 0;
  do {
    const HttpParser::State before = parser_.state();
    taken = parser_.Feed(in_);
    crypto::DropFront(&in_, taken);
    if (parser_.state() == HttpParser::State::kBody && before == HttpParser::State::kHeader) {
      SetDeadline(worker_.patience().body);
      if (x_.request.expects_continue && x_.request.http_1_1 && in_.empty()) {
        // What does not go out now goes out in front of the answer.
        out_.append(kContinue);
        std::size_t written = 0;
        (void)tls_.Write(out_.data() + sent_, out_.size() - sent_, &written);
        sent_ += written;
      }
    }
  } while (parser_.state() == HttpParser::State::kBody && taken > 0 && !in_.empty());
  return parser_.state() == HttpParser::State::kDone ||
         parser_.state() == HttpParser::State::kFailed;
}

void Session::BeginExchange() {
  x_.request_id = worker_.RequestId();
  x_.received = worker_.parts().clock.Now();
  x_.ledger_time = worker_.parts().sequencer.LedgerTime();
  x_.started = worker_.parts().clock.Steady();
  NoDeadline();
}

bool Session::HandleRequest() {
  BeginExchange();
  if (parser_.state() == HttpParser::State::kFailed) {
    last_answer_ = true;  // where the next request begins is not known
    Reject(parser_.error(), &x_);
    return Respond();
  }
  Next next = Answered{};
  Guarded([&] { next = Dispatch(&x_); });
  return Run(std::move(next));
}

bool Session::Run(Next next) {
  while (const AwaitHead* await = std::get_if<api::AwaitHead>(&next)) {
    awaited_ = await->sequence;
    state_ = State::kAwaitHead;
    SetDeadline(limits::kPositionWait);
    worker_.AwaitHead(shared_from_this());
    if (worker_.parts().projections.size() <= awaited_) return false;
    Guarded([&] { next = Dispatch(&x_); });
  }
  if (auto* stream = std::get_if<std::unique_ptr<EventStream>>(&next)) {
    StartStream(std::move(*stream));
    return false;
  }
  if (auto* later = std::get_if<std::unique_ptr<Later>>(&next)) return Await(std::move(*later));
  if (auto* command = std::get_if<Command>(&next)) return Submit(std::move(*command));
  return Respond();
}

bool Session::Submit(Command command) {
  state_ = State::kCommand;
  NoDeadline();
  domain::Request request = std::move(command.request);
  command_ = std::move(command);
  worker_.Owe();
  Status queued = worker_.parts().sequencer.Submit(
      std::move(request), [worker = worker_.shared_from_this(),
                           self = shared_from_this()](latchkey::Outcome outcome) mutable {
        boost::asio::post(worker->io(), [session = std::move(self), outcome = std::move(outcome)] {
          session->OnOutcome(outcome);
        });
      });
  if (queued) return false;
  worker_.Repaid();
  command_.then = nullptr;
  Reject(queued.error(), &x_);
  return Respond();
}

void Session::OnOutcome(const Outcome& outcome) {
  worker_.Repaid();
  if (state_ == State::kClosed) return;
  Guarded([&] { Complete(command_, outcome, &x_); });
  command_.then = nullptr;
  if (Respond()) ReadRequests();
}

bool Session::Await(std::unique_ptr<Later> later) {
  state_ = State::kLater;
  NoDeadline();  // whoever does the work has one
  later_ = std::move(later);
  worker_.Owe();
  // Handed on when resumed, so that no copy of the callback keeps the session for another thread to
  // destroy.
  const auto waiting = std::make_shared<std::shared_ptr<Session>>(shared_from_this());
  const Status begun = later_->start(x_, [worker = worker_.shared_from_this(), waiting] {
    boost::asio::post(worker->io(), [session = std::move(*waiting)] { session->OnLater(); });
  });
  if (begun) return false;
  worker_.Repaid();
  const std::unique_ptr<Later> refused = std::move(later_);
  return Run(GoOn(*refused, begun));
}

void Session::OnLater() {
  worker_.Repaid();
  const std::unique_ptr<Later> done = std::move(later_);
  if (state_ == State::kClosed) return;
  if (Run(GoOn(*done, {}))) ReadRequests();
}

Next Session::GoOn(Later& later, const Status& begun) {
  Next next = Answered{};
  Guarded([&] {
    Result<Next> result = later.then(begun, x_);
    if (result) {
      next = *std::move(result);
    } else {
      Reject(result.error(), &x_);
    }
  });
  return next;
}

bool Session::Respond() {
  const Micros took = worker_.parts().clock.Steady() - x_.started;
  worker_.metrics().Request(x_, took);
  LogRequest(worker_.logger(), x_, took);
  for (const LimitedBy by : worker_.throttle().Count(x_)) LogLimited(worker_.logger(), x_, by);
  last_answer_ = last_answer_ || !x_.request.keep_alive || worker_.draining();
  AppendResponse(x_, last_answer_, Framing::kLength, worker_.Date(x_.received), &out_);
  state_ = State::kWriting;
  return Flush() && AfterResponse();
}

bool Session::Flush() {
  while (sent_ < out_.size()) {
    std::size_t written = 0;
    switch (tls_.Write(out_.data() + sent_, out_.size() - sent_, &written)) {
      case Io::kDone:
        sent_ += written;
        break;
      case Io::kWantWrite:
        SetDeadline(worker_.patience().write);
        Wait(true, &Session::OnWritable);
        return false;
      case Io::kWantRead:
        SetDeadline(worker_.patience().write);
        Wait(false, &Session::OnWritable);
        return false;
      case Io::kClosed:
        Close();
        return false;
    }
  }
  if (x_.response.cache_control == kNoStore) crypto::Wipe(&out_);
  Empty(&out_);
  sent_ = 0;
  return true;
}

void Session::OnWritable() {
  if (!Flush()) return;
  if (state_ == State::kStreaming) {
    SetStreamDeadline();
    PumpStream();
  } else if (AfterResponse()) {
    ReadRequests();
  }
}

bool Session::AfterResponse() {
  if (last_answer_) {
    EndGently();
    return false;
  }
  x_.Clear();  // wipes secrets, before their memory is given back
  Empty(&x_.request.body);
  Empty(&x_.response.body);
  if (in_.empty()) Empty(&in_);
  state_ = State::kIdle;
  SetDeadline(worker_.patience().idle);
  return true;
}

void Session::StartStream(std::unique_ptr<EventStream> stream) {
  stream_ = std::move(stream);
  const Micros took = worker_.parts().clock.Steady() - x_.started;
  worker_.metrics().Request(x_, took);
  LogRequest(worker_.logger(), x_, took);
  last_answer_ = true;
  AppendResponse(x_, true, Framing::kUntilClose, worker_.Date(x_.received), &out_);
  state_ = State::kStreaming;
  WatchStreamPeer();
  if (state_ != State::kStreaming || !Flush()) return;
  SetStreamDeadline();
  PumpStream();
}

void Session::PumpStream() {
  if (state_ != State::kStreaming || sent_ < out_.size()) return;  // OnWritable comes back
  EventStream::Pulled pulled = EventStream::Pulled::kEnd;
  Guarded([&] {
    const Result<EventStream::Pulled> got = stream_->Pull(&out_);
    if (got) {
      pulled = *got;
    } else {  // its answer began long ago
      LogEvent(worker_.logger(), spdlog::level::err, "stream_ended", got.error().detail,
               x_.request_id);
      worker_.metrics().Trouble(got.error().code);
    }
  });
  if (worker_.draining()) pulled = EventStream::Pulled::kEnd;
  if (!out_.empty()) {
    if (!Flush()) return;
    SetStreamDeadline();
  }
  if (pulled == EventStream::Pulled::kEnd) return EndGently();
  bool again = pulled == EventStream::Pulled::kMore;
  if (!again) {
    worker_.AwaitHead(shared_from_this());
    again = worker_.parts().projections.size() > stream_->reached() + 1;
  }
  if (again) boost::asio::post(worker_.io(), [self = shared_from_this()] { self->PumpStream(); });
}

// Nothing is expected from the reader of a stream but that it goes away.
void Session::WatchStreamPeer() {
  if (state_ != State::kStreaming) return;
  std::size_t read = 0;
  Io result = Io::kDone;
  while (result == Io::kDone && discarded_ <= limits::kMaxDiscardedBytes) {
    result = tls_.Read(worker_.scratch(), worker_.scratch_size(), &read);
    crypto::WipeBytes(worker_.scratch(), read);
    discarded_ += read;
  }
  if (result == Io::kClosed || discarded_ > limits::kMaxDiscardedBytes) return Close();
  Wait(false, &Session::WatchStreamPeer);
}

void Session::OnHead() {
  if (state_ == State::kStreaming) return PumpStream();
  if (state_ != State::kAwaitHead) return;
  if (worker_.parts().projections.size() <= awaited_) {
    return worker_.AwaitHead(shared_from_this());
  }
  Next next = Answered{};
  Guarded([&] { next = Dispatch(&x_); });
  if (Run(std::move(next))) ReadRequests();
}

void Session::OnDeadline() {
  switch (state_) {
    case State::kIdle:
    case State::kLingering:
      tls_.SendClose();
      return Close();
    case State::kAwaitHead:
      Reject({ErrorCode::kBehind,
              "This server has not seen that position yet. Try again in a moment.",
              {}},
             &x_);
      if (Respond()) ReadRequests();
      return;
    case State::kStreaming:
      if (sent_ == out_.size()) {
        if (!stream_->KeepAlive(&out_)) return EndGently();
        if (Flush()) SetStreamDeadline();
        return;
      }
      [[fallthrough]];
    case State::kHandshake:
    case State::kReading:
    case State::kWriting:
      worker_.metrics().TimedOut(x_.listener);
      return Close();
    case State::kCommand:
    case State::kLater:
    case State::kClosed:
      return;
  }
}

void Session::Drain() {
  if (state_ == State::kIdle || state_ == State::kHandshake) {
    tls_.SendClose();
    Close();
  } else if (state_ == State::kStreaming) {
    PumpStream();  // ends it, behind what is already on its way
  }
}

// The answer is out. Closing now would take it back if the peer has sent what we never read, so its
// side is read, without looking, until it closes or a bound is met.
void Session::EndGently() {
  tls_.SendClose();
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  state_ = State::kLingering;
  SetDeadline(limits::kLingerTime);
  Linger();
}

void Session::Linger() {
  while (state_ == State::kLingering) {
    const ssize_t got =
        ::recv(socket_.native_handle(), worker_.scratch(), worker_.scratch_size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return Wait(false, &Session::Linger);
    }
    discarded_ += got > 0 ? static_cast<std::size_t>(got) : 0;
    if (got <= 0 || discarded_ > limits::kMaxDiscardedBytes) return Close();
  }
}

void Session::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  worker_.metrics().Connection(x_.listener, -1);
  stream_.reset();
  worker_.Remove(this);
}

}  // namespace latchkey::api
