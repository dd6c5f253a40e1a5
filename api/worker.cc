#include "api/worker.h"

#include <csignal>
#include <utility>

#include <boost/asio/post.hpp>

#include "api/response_writer.h"
#include "api/session.h"

namespace latchkey::api {
namespace {

constexpr std::size_t kRequestIdBytes = 16;
constexpr std::size_t kRequestIdsDrawn = 256;

// SIGPIPE would come from writing to a closed socket; the others are for whoever runs the server.
void BlockSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Worker::Worker(const Parts& parts, Metrics& metrics, Throttle& throttle, Logger logger,
               const limits::Patience& patience)
    : parts_(parts),
      metrics_(metrics),
      throttle_(throttle),
      logger_(std::move(logger)),
      patience_(patience),
      guard_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      head_listener_([this] { boost::asio::post(io_, [this] { HeadMoved(); }); }) {
  scratch_.resize(limits::kReadBytes);
}

Worker::~Worker() = default;

void Worker::Start() {
  parts_.sequencer.head_watch().Add(&head_listener_);
  boost::asio::post(io_, [this] { Tick(); });
  thread_ = std::thread([this] {
    BlockSignals();
    io_.run();
  });
}

void Worker::Drain() {
  boost::asio::post(io_, [this] {
    draining_ = true;
    const std::vector<std::shared_ptr<Session>> sessions = sessions_;
    for (const auto& session : sessions) session->Drain();
  });
}

void Worker::Finish() {
  boost::asio::post(io_, [this] {
    draining_ = finishing_ = true;
    while (!sessions_.empty()) {
      const std::shared_ptr<Session> session = sessions_.back();
      session->Close();
    }
    EndIfDone();
  });
}

void Worker::Join() {
  if (!thread_.joinable()) return;
  thread_.join();
  parts_.sequencer.head_watch().Remove(&head_listener_);
}

void Worker::EndIfDone() {
  if (!finishing_ || owed_ != 0) return;
  timer_.cancel();
  waiting_.clear();
  guard_.reset();
}

void Worker::Repaid() {
  --owed_;
  EndIfDone();
}

void Worker::Add(std::shared_ptr<Session> session) {
  if (finishing_) return session->Close();
  session->set_index(sessions_.size());
  sessions_.push_back(std::move(session));
  ++open_;
}

void Worker::Remove(Session* session) {
  const std::size_t index = session->index();
  if (index >= sessions_.size() || sessions_[index].get() != session) return;
  sessions_[index].swap(sessions_.back());
  sessions_[index]->set_index(index);
  sessions_.pop_back();
  --open_;
  if (session->awaits_head()) {
    std::erase_if(waiting_, [&](const auto& waiting) { return waiting.get() == session; });
  }
}

void Worker::Tick() {
  if (finishing_) return;
  const auto now = std::chrono::steady_clock::now();
  // From the back: a session that closes itself lets the last one, seen already, take its place.
  for (std::size_t i = sessions_.size(); i-- > 0;) {
    if (i < sessions_.size() && sessions_[i]->deadline() <= now) {
      const std::shared_ptr<Session> session = sessions_[i];
      session->OnDeadline();
    }
  }
  timer_.expires_after(limits::kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

void Worker::AwaitHead(std::shared_ptr<Session> session) {
  if (!session->awaits_head()) {
    session->set_awaits_head(true);
    waiting_.push_back(std::move(session));
  }
  head_listener_.Arm();
}

void Worker::HeadMoved() {
  const std::vector<std::shared_ptr<Session>> waiting = std::exchange(waiting_, {});
  for (const auto& session : waiting) session->set_awaits_head(false);
  for (const auto& session : waiting) session->OnHead();
}

std::string_view Worker::RequestId() {
  if (request_id_at_ == request_ids_.size()) {
    request_ids_ = parts_.random.Bytes(kRequestIdBytes * kRequestIdsDrawn);
    request_id_at_ = 0;
  }
  const std::string_view id =
      std::string_view(request_ids_).substr(request_id_at_, kRequestIdBytes);
  request_id_at_ += kRequestIdBytes;
  return id;
}

std::string_view Worker::Date(Time now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  if (seconds != date_of_) {
    date_of_ = seconds;
    date_ = HttpDate(now);
  }
  return date_;
}

}  // namespace latchkey::api
