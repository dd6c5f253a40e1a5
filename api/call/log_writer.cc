#include "api/call/log_writer.h"

#include <chrono>
#include <utility>

#include <spdlog/details/log_msg.h>

#include "api/call/json_writer.h"
#include "api/http/limits.h"
#include "core/base/time.h"
#include "core/base/time_text.h"

namespace latchkey::api {
namespace {

std::string DroppedLine(const LogWriter::Dropped& dropped) {
  std::string line;
  JsonWriter json(&line);
  json.BeginObject();
  json.Member("time", text::FormatTime(ToMicros(SystemClock().Now())));
  json.Member("level", "warning");
  json.Member("event", "log_lines_dropped");
  json.Number("queue_full", dropped.queue_full);
  json.Number("beyond_share", dropped.beyond_share);
  json.EndObject();
  return line;
}

}  // namespace

LogWriter::LogWriter(spdlog::sink_ptr sink, spdlog::level::level_enum level)
    : sink_(std::move(sink)), level_(level), thread_([this] { WriteAll(); }) {
  sink_->set_pattern("%v");
}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LogWriter::Write(Queue queue, std::string line) {
  const std::lock_guard lock(mutex_);
  std::deque<std::string>& waiting = waiting_[static_cast<std::size_t>(queue)];
  if (waiting.size() == limits::kLogQueueLines) {
    waiting.pop_front();
    ++queue_full_;
  }
  waiting.push_back(std::move(line));
  if (waiting.size() == 1) wake_.notify_one();
}

// Lines wait a moment for others: one at a time would cost a busy server as much as reading its
// requests.
void LogWriter::WriteAll() {
  std::unique_lock lock(mutex_);
  const auto some = [this] { return !waiting_[0].empty() || !waiting_[1].empty(); };
  while (true) {
    wake_.wait_for(lock, limits::kLogDropsTold, [&] { return some() || ending_; });
    if (some()) wake_.wait_for(lock, limits::kLogDelay, [this] { return ending_; });
    const bool last = ending_ && !some();
    auto lines = std::exchange(waiting_, {});
    lock.unlock();
    std::string text;
    for (const auto& queue : lines) {
      for (const std::string& line : queue) text.append(text.empty() ? "" : "\n").append(line);
    }
    const auto now = std::chrono::steady_clock::now();
    if (const Dropped all = dropped();
        all != told_ && (last || now >= told_at_ + limits::kLogDropsTold)) {
      told_at_ = now;
      text.append(text.empty() ? "" : "\n");
      text +=
          DroppedLine({all.queue_full - told_.queue_full, all.beyond_share - told_.beyond_share});
      told_ = all;
    }
    if (!text.empty()) {
      sink_->log({"", spdlog::level::info, text});
      sink_->flush();
    }
    if (last) return;
    lock.lock();
  }
}

}  // namespace latchkey::api
