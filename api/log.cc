#include "api/log.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "api/call/json_writer.h"
#include "api/http/limits.h"
#include "core/base/error.h"
#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/printable.h"
#include "core/base/time_text.h"
#include "events/actor_text.h"

namespace latchkey::api {
namespace {

using spdlog::level::level_enum;

// Lines wait a moment for others and are then written together by a thread of their own: one line
// at a time would cost a busy server as much as reading its requests.
class DeferringSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit DeferringSink(spdlog::sink_ptr out)
      : out_(std::move(out)), writer_([this] { WriteAll(); }) {}

  ~DeferringSink() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    writer_.join();
  }

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (waiting_.size() == limits::kLogQueueLines) waiting_.pop_front();
    waiting_.emplace_back(line.payload.data(), line.payload.size());
    if (waiting_.size() == 1) wake_.notify_one();
  }
  void flush_() override {}

  void WriteAll() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return !waiting_.empty() || ending_; });
      if (waiting_.empty()) return;
      wake_.wait_for(lock, limits::kLogDelay, [this] { return ending_; });
      const std::deque<std::string> lines = std::exchange(waiting_, {});
      lock.unlock();
      Write(lines);
      lock.lock();
    }
  }

  void Write(const std::deque<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text.append(text.empty() ? "" : "\n").append(line);
    out_->log({"", spdlog::level::info, text});
    out_->flush();
  }

  const spdlog::sink_ptr out_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;
  bool ending_ = false;
  std::thread writer_;
};

void BeginLine(level_enum level, std::string_view what, JsonWriter* json) {
  const auto name = spdlog::level::to_string_view(level);
  json->BeginObject();
  json->Member("time", text::FormatTime(ToMicros(SystemClock().Now())));
  json->Member("level", std::string_view(name.data(), name.size()));
  json->Member("event", what);
}

level_enum LevelOf(const Call& call) {
  if (call.notes.trouble) return level_enum::err;
  if (call.response.status >= 500) return level_enum::warn;
  // Whoever is over a limit must not fill the log: that it was met is a line of its own.
  if (call.response.refusal == ErrorCode::kRateLimited) return level_enum::debug;
  const bool read = call.request.route == nullptr || !call.request.route->writes();
  return call.response.status < 400 && read ? level_enum::debug : level_enum::info;
}

std::string ActorOf(const Call& call) {
  if (call.caller.who) return ActorText(*call.caller.who);
  if (call.caller.certificate) {
    return std::string(events::kCertificateActor) + text::ToHex(call.connection.peer.sha256);
  }
  return "";
}

}  // namespace

Logger MakeLogger(spdlog::sink_ptr sink, level_enum level) {
  sink->set_pattern("%v");
  auto logger = std::make_shared<spdlog::logger>("latchkey",
                                                 std::make_shared<DeferringSink>(std::move(sink)));
  logger->set_level(level);
  return logger;
}

Logger MakeStderrLogger(level_enum level) {
  return MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level);
}

void LogRequest(const Logger& logger, const Call& call, Micros took) {
  const level_enum level = LevelOf(call);
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string line;
  JsonWriter json(&line);
  BeginLine(level, "request", &json);
  json.Member("request_id", text::ToHex(call.request.id));
  json.Member("listener", ListenerName(call.connection.listener));
  json.Member("method", MethodName(call.request.method));
  json.MemberOrNull("route", call.request.route == nullptr ? "" : call.request.route->pattern);
  json.Number("status", static_cast<std::uint64_t>(call.response.status));
  if (call.response.refusal) json.Member("code", CodeName(*call.response.refusal));
  if (call.notes.trouble) {
    json.Member("trouble", CodeName(call.notes.trouble->code));
    json.Member("detail", text::Printable(call.notes.trouble->detail));
  }
  json.Number("micros", static_cast<std::uint64_t>(took.count()));
  json.Member("peer", call.caller.address.text);
  if (const std::string actor = ActorOf(call); !actor.empty()) json.Member("actor", actor);
  if (call.notes.gateway != 0) json.Member("gateway", text::GatewayId(call.notes.gateway));
  json.EndObject();
  logger->log(level, spdlog::string_view_t(line));
}

void LogLimited(const Logger& logger, const Call& call, LimitedBy by) {
  if (logger == nullptr || !logger->should_log(level_enum::warn)) return;
  std::string line;
  JsonWriter json(&line);
  BeginLine(level_enum::warn, "rate_limited", &json);
  json.Member("request_id", text::ToHex(call.request.id));
  json.Member("limit", LimitedByName(by));
  json.Member("peer", call.caller.address.text);
  if (call.notes.gateway != 0) json.Member("gateway", text::GatewayId(call.notes.gateway));
  json.EndObject();
  logger->log(level_enum::warn, spdlog::string_view_t(line));
}

void LogEvent(const Logger& logger, level_enum level, std::string_view what,
              std::string_view detail, std::string_view request_id) {
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string line;
  JsonWriter json(&line);
  BeginLine(level, what, &json);
  if (!request_id.empty()) json.Member("request_id", text::ToHex(request_id));
  // It may quote a file or another server.
  if (!detail.empty()) json.Member("detail", text::Printable(detail));
  json.EndObject();
  logger->log(level, spdlog::string_view_t(line));
}

}  // namespace latchkey::api
