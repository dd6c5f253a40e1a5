#include "api/worker.h"

#include <csignal>
#include <utility>

#include <boost/asio/post.hpp>

#include "api/call/response_writer.h"

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

Contexts ContextsOf(const Parts& parts, const LedgerView& ledger, ServerWide& server_wide,
                    const Logger& logger, Loop& loop, HeadSignal& head) {
  return {ledger,
          {ledger, parts.sequencer, loop, parts.random, parts.subjects, parts.presence,
           server_wide.turns, server_wide.waiting, server_wide.throttle, parts.confirm_window,
           parts.certificate_lifetime},
          {ledger, parts.sessions, server_wide.throttle, parts.presence, parts.people,
           parts.provider, parts.sequencer, loop},
          {ledger, server_wide.buffers, loop, server_wide.account_counts},
          {ledger, parts.sessions, server_wide.streams},
          {ledger, [&server_wide] { return server_wide.metrics.serving(); },
           [&server_wide, &parts, logger] {
             return server_wide.metrics.Text(parts, logger, server_wide.buffers,
                                             server_wide.waiting, server_wide.webhooks.get());
           }},
          head,
          [&server_wide] { return server_wide.webhooks.get(); }};
}

}  // namespace

Worker::Worker(const Parts& parts, const LedgerView& ledger, ServerWide& server_wide, Logger logger,
               const limits::Patience& patience)
    : random_(parts.random),
      server_(server_wide),
      logger_(std::move(logger)),
      patience_(patience),
      loop_(std::make_shared<Loop>()),
      head_(*loop_, parts.sequencer.head_watch()),
      streams_(*loop_, parts.sequencer.head_watch()),
      contexts_(ContextsOf(parts, ledger, server_wide, logger_, *loop_, head_)),
      timer_(loop_->io()) {
  scratch_.resize(limits::kReadBytes);
}

Worker::~Worker() = default;

void Worker::Start() {
  boost::asio::post(io(), [this] { Tick(); });
  thread_ = std::thread([this] {
    BlockSignals();
    io().run();
  });
}

void Worker::Drain() {
  boost::asio::post(io(), [this] {
    draining_ = true;
    const std::vector<std::shared_ptr<Pinned>> connections = connections_;
    for (const auto& connection : connections) connection->Drain();
  });
}

void Worker::Finish() {
  boost::asio::post(io(), [this] {
    draining_ = finishing_ = true;
    while (!connections_.empty()) {
      const std::shared_ptr<Pinned> connection = connections_.back();
      connection->Close();
    }
    timer_.cancel();
    head_.Stop();
    loop_->Finish();
  });
}

void Worker::Join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::Add(std::shared_ptr<Pinned> connection) {
  if (finishing_) return connection->Close();
  connection->index = connections_.size();
  connections_.push_back(std::move(connection));
  ++open_;
}

void Worker::Remove(Pinned* connection) {
  const std::size_t index = connection->index;
  if (index >= connections_.size() || connections_[index].get() != connection) return;
  connections_[index].swap(connections_.back());
  connections_[index]->index = index;
  connections_.pop_back();
  --open_;
}

void Worker::Tick() {
  if (finishing_) return;
  const auto now = std::chrono::steady_clock::now();
  // From the back: a connection that closes itself lets the last one, seen already, take its place.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size() && connections_[i]->deadline <= now) {
      const std::shared_ptr<Pinned> connection = connections_[i];
      connection->OnDeadline();
    }
  }
  timer_.expires_after(limits::kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

std::string_view Worker::RequestId() {
  if (request_id_at_ == request_ids_.size()) {
    request_ids_ = random_.Bytes(kRequestIdBytes * kRequestIdsDrawn);
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
