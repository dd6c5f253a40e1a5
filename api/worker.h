// One thread of the server and the connections that are pinned to it.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/auth/throttle.h"
#include "api/call/head_signal.h"
#include "api/call/ledger_view.h"
#include "api/call/loop.h"
#include "api/dispatch.h"
#include "api/handlers/stream_count.h"
#include "api/handlers/stream_hub.h"
#include "api/http/buffer_budget.h"
#include "api/http/limits.h"
#include "api/log.h"
#include "api/metrics.h"
#include "api/parts.h"
#include "api/webhooks/webhooks.h"
#include "projections/turns.h"

namespace latchkey::api {

// A connection as its worker sees it.
class Pinned {
 public:
  virtual ~Pinned() = default;
  virtual void Drain() = 0;       // close when idle, else after the answer
  virtual void Close() = 0;       // at once
  virtual void OnDeadline() = 0;  // the deadline has passed

  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::size_t index = 0;  // the worker's
};

// What all workers of a server count together. Thread-safe.
struct ServerWide {
  Metrics metrics{};
  Throttle throttle;
  projections::Turns turns{};  // of the programs that check in
  WaitingCheckIns waiting{limits::kMaxWaiting, limits::kWaitingOfAddress};
  BufferBudget buffers{limits::kMaxBufferBytes, limits::kMaxBufferBytesOfAddress};
  StreamCount streams{limits::kStreamsOfOperator};
  projections::AccountCounts account_counts{};
  std::unique_ptr<Webhooks> webhooks{};  // null: nothing is sent; the same once workers have begun
};

// Everything but Start, Drain, Finish, Join and open is for its own thread.
class Worker {
 public:
  // All of it outlives the worker.
  Worker(const Parts& parts, const LedgerView& ledger, ServerWide& server_wide, Logger logger,
         const limits::Patience& patience);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();   // begins the thread
  void Drain();   // from now on: idle connections close, others after their answer
  void Finish();  // closes every connection; the thread ends once nobody owes it an answer
  void Join();

  boost::asio::io_context& io() { return loop_->io(); }
  const Contexts& contexts() const { return contexts_; }
  StreamHub& streams() { return streams_; }
  Metrics& metrics() { return server_.metrics; }
  Throttle& throttle() { return server_.throttle; }
  BufferBudget& buffers() { return server_.buffers; }
  const Logger& logger() const { return logger_; }
  const limits::Patience& patience() const { return patience_; }
  bool draining() const { return draining_; }
  std::size_t open() const { return open_.load(); }  // connections; any thread

  void Add(std::shared_ptr<Pinned> connection);
  void Remove(Pinned* connection);

  std::string_view RequestId();  // 16 random bytes, good until the next call
  std::string_view Date(Time now);
  char* scratch() { return scratch_.data(); }  // kReadBytes
  std::size_t scratch_size() const { return scratch_.size(); }

 private:
  void Tick();

  Random& random_;
  ServerWide& server_;
  const Logger logger_;
  const limits::Patience patience_;
  const std::shared_ptr<Loop> loop_;
  HeadSignal head_;
  StreamHub streams_;
  const Contexts contexts_;
  LoopTimer timer_;
  std::thread thread_;

  std::vector<std::shared_ptr<Pinned>> connections_;
  std::atomic<std::size_t> open_{0};
  bool draining_ = false;
  bool finishing_ = false;

  std::string request_ids_;
  std::size_t request_id_at_ = 0;
  std::time_t date_of_ = -1;
  std::string date_;
  std::string scratch_;
};

}  // namespace latchkey::api
