#include "api/log.h"

#include <utility>

#include <spdlog/sinks/stdout_sinks.h>

#include "api/call/json_writer.h"
#include "core/base/error.h"
#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/printable.h"
#include "core/base/time_text.h"
#include "events/actor_text.h"

namespace latchkey::api {
namespace {

using spdlog::level::level_enum;

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

LogWriter::Queue QueueOf(const Call& call) {
  return call.IsKnown() ? LogWriter::Queue::kOurs : LogWriter::Queue::kStrangers;
}

// Whether the line counts against the share of the address. What operators changed, first
// redemptions and first renewals are always written.
bool IsCharged(const Call& call) {
  if (call.response.status >= 400) return true;
  if (call.notes.redemption == Notes::Issuance::kFirst) return false;
  if (call.notes.renewal == Notes::Issuance::kFirst) return false;
  return !call.caller.who || call.request.route == nullptr || !call.request.route->writes();
}

}  // namespace

Logger MakeLogger(spdlog::sink_ptr sink, level_enum level) {
  return std::make_shared<LogWriter>(std::move(sink), level);
}

Logger MakeStderrLogger(level_enum level) {
  return MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level);
}

void LogRequest(const Logger& logger, Throttle& throttle, const Call& call, Micros took) {
  const level_enum level = LevelOf(call);
  if (logger == nullptr || !logger->Wants(level)) return;
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
  if (IsCharged(call) && !throttle.TakeLog(call, line.size())) return logger->CountDropped();
  logger->Write(QueueOf(call), std::move(line));
}

void LogLimited(const Logger& logger, const Call& call, LimitedBy by) {
  if (logger == nullptr || !logger->Wants(level_enum::warn)) return;
  std::string line;
  JsonWriter json(&line);
  BeginLine(level_enum::warn, "rate_limited", &json);
  json.Member("request_id", text::ToHex(call.request.id));
  json.Member("limit", LimitedByName(by));
  json.Member("peer", call.caller.address.text);
  if (call.notes.gateway != 0) json.Member("gateway", text::GatewayId(call.notes.gateway));
  json.EndObject();
  logger->Write(QueueOf(call), std::move(line));
}

void LogEvent(const Logger& logger, level_enum level, std::string_view what,
              std::string_view detail, std::string_view request_id) {
  if (logger == nullptr || !logger->Wants(level)) return;
  std::string line;
  JsonWriter json(&line);
  BeginLine(level, what, &json);
  if (!request_id.empty()) json.Member("request_id", text::ToHex(request_id));
  // It may quote a file or another server.
  if (!detail.empty()) json.Member("detail", text::Printable(detail));
  json.EndObject();
  logger->Write(LogWriter::Queue::kOurs, std::move(line));
}

}  // namespace latchkey::api
