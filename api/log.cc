#include "api/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "api/json_writer.h"
#include "api/limits.h"
#include "api/router.h"
#include "core/base/error.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

using spdlog::level::level_enum;

// The thread that writes, one a process: at the end of the process it writes what is left.
const std::shared_ptr<spdlog::details::thread_pool>& WriterThread() {
  static const auto pool =
      std::make_shared<spdlog::details::thread_pool>(limits::kLogQueueLines, 1);
  return pool;
}

void BeginLine(level_enum level, std::string_view what, JsonWriter* json) {
  const auto name = spdlog::level::to_string_view(level);
  json->BeginObject();
  json->Member("time", text::Time(ToMicros(SystemClock().Now())));
  json->Member("level", std::string_view(name.data(), name.size()));
  json->Member("event", what);
}

level_enum LevelOf(const Exchange& x) {
  if (x.response.status >= 500) return level_enum::warn;
  const bool read = x.route == nullptr || !x.route->writes();
  return x.response.status < 400 && read ? level_enum::debug : level_enum::info;
}

std::string ActorText(const Exchange& x) {
  if (x.caller.token) return "token:" + text::TokenId(x.caller.token->number());
  if (x.caller.certificate) return "certificate:" + text::ToHex(x.peer.sha256);
  return "";
}

}  // namespace

Logger MakeLogger(spdlog::sink_ptr sink, level_enum level) {
  sink->set_pattern("%v");
  auto logger = std::make_shared<spdlog::async_logger>(
      "latchkey", std::move(sink), WriterThread(), spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(level);
  return logger;
}

Logger MakeStderrLogger(level_enum level) {
  return MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level);
}

void LogRequest(const Logger& logger, const Exchange& x, Micros took) {
  const level_enum level = LevelOf(x);
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string line;
  JsonWriter json(&line);
  BeginLine(level, "request", &json);
  json.Member("request_id", text::ToHex(x.request_id));
  json.Member("listener", ListenerName(x.listener));
  json.Member("method", MethodName(x.request.method));
  json.MemberOrNull("route", x.route == nullptr ? "" : x.route->pattern);
  json.Number("status", static_cast<std::uint64_t>(x.response.status));
  if (x.response.refusal) json.Member("code", CodeName(*x.response.refusal));
  json.Number("micros", static_cast<std::uint64_t>(took.count()));
  json.Member("peer", x.peer_address);
  if (const std::string actor = ActorText(x); !actor.empty()) json.Member("actor", actor);
  if (x.gateway != 0) json.Member("gateway", text::GatewayId(x.gateway));
  json.EndObject();
  logger->log(level, spdlog::string_view_t(line));
}

void LogEvent(const Logger& logger, level_enum level, std::string_view what,
              std::string_view detail, std::string_view request_id) {
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string line;
  JsonWriter json(&line);
  BeginLine(level, what, &json);
  if (!request_id.empty()) json.Member("request_id", text::ToHex(request_id));
  if (!detail.empty()) json.Member("detail", detail);
  json.EndObject();
  logger->log(level, spdlog::string_view_t(line));
}

}  // namespace latchkey::api
