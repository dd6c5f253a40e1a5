// One thread of the server and the connections that are pinned to it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/limits.h"
#include "api/log.h"
#include "api/metrics.h"
#include "api/parts.h"
#include "api/throttle.h"
#include "core/sequencer/head_watch.h"

namespace latchkey::api {

class Session;

// Everything but Start, Drain, Finish and Join is for its own thread. Whoever calls back from
// another thread (the sequencer) holds a shared_ptr, for the io_context must outlive the posting.
class Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(const Parts& parts, Metrics& metrics, Throttle& throttle, Logger logger,
         const limits::Patience& patience);
  ~Worker();

  void Start();   // begins the thread
  void Drain();   // from now on: idle connections close, others after their answer
  void Finish();  // closes every connection; the thread ends once nobody owes it an answer
  void Join();

  boost::asio::io_context& io() { return io_; }
  const Parts& parts() const { return parts_; }
  Metrics& metrics() { return metrics_; }
  Throttle& throttle() { return throttle_; }
  const Logger& logger() const { return logger_; }
  const limits::Patience& patience() const { return patience_; }
  bool draining() const { return draining_; }
  std::size_t open() const { return open_.load(); }  // connections; any thread

  void Add(std::shared_ptr<Session> session);
  void Remove(Session* session);

  // The session is told once when the head moves next.
  void AwaitHead(std::shared_ptr<Session> session);

  // A command was given to the sequencer, and was answered: the thread lives as long as one is
  // owed.
  void Owe() { ++owed_; }
  void Repaid();

  std::string_view RequestId();  // 16 random bytes, good until the next call
  std::string_view Date(Time now);
  char* scratch() { return scratch_.data(); }  // kReadBytes
  std::size_t scratch_size() const { return scratch_.size(); }

 private:
  void Tick();
  void HeadMoved();
  void EndIfDone();

  const Parts& parts_;
  Metrics& metrics_;
  Throttle& throttle_;
  const Logger logger_;
  const limits::Patience patience_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer timer_;
  HeadWatch::Listener head_listener_;
  std::thread thread_;

  std::vector<std::shared_ptr<Session>> sessions_;
  std::vector<std::shared_ptr<Session>> waiting_;
  std::atomic<std::size_t> open_{0};
  std::size_t owed_ = 0;
  bool draining_ = false;
  bool finishing_ = false;

  std::string request_ids_;
  std::size_t request_id_at_ = 0;
  std::time_t date_of_ = -1;
  std::string date_;
  std::string scratch_;
};

}  // namespace latchkey::api
