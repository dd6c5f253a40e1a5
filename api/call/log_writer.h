// Writes log lines from a thread of its own, some lines at a time, so that nobody waits for a log.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include <spdlog/common.h>
#include <spdlog/sinks/sink.h>

namespace latchkey::api {

// Thread-safe. Lines wait in two queues, each of kLogQueueLines; when one is full, its oldest lines
// are dropped. What is dropped is counted, and said in a line of its own.
class LogWriter {
 public:
  enum class Queue {
    kOurs,       // what the server says of itself, and what known callers did
    kStrangers,  // what others did: it never takes the place of the first kind
  };

  // Hands `sink` the lines of one moment as one payload, parted by newlines. Lines below `level`
  // are not to be made at all.
  LogWriter(spdlog::sink_ptr sink, spdlog::level::level_enum level);
  ~LogWriter();  // writes what waits
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  bool Wants(spdlog::level::level_enum level) const { return level >= level_; }
  void Write(Queue queue, std::string line);

  // A line that was not written because its address has had its share.
  void CountDropped() { ++beyond_share_; }

  struct Dropped {
    std::uint64_t queue_full = 0;
    std::uint64_t beyond_share = 0;  // of one address

    bool operator==(const Dropped&) const = default;
  };
  Dropped dropped() const { return {queue_full_, beyond_share_}; }

 private:
  void WriteAll();

  const spdlog::sink_ptr sink_;
  const spdlog::level::level_enum level_;
  std::atomic<std::uint64_t> queue_full_{0};
  std::atomic<std::uint64_t> beyond_share_{0};

  std::mutex mutex_;  // guards the following
  std::condition_variable wake_;
  std::array<std::deque<std::string>, 2> waiting_;
  bool ending_ = false;

  // Of the writer's thread.
  Dropped told_;
  std::chrono::steady_clock::time_point told_at_{};
  std::thread thread_;
};

}  // namespace latchkey::api
