// What happened: events by filters, one by one, as they happen; and the ledger that holds them.
#include <charconv>

#include "api/auth.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/limits.h"
#include "api/positions.h"
#include "api/queries.h"
#include "api/render.h"
#include "api/stream.h"
#include "core/base/position.h"
#include "events/codec.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

using projections::HistoryPage;
using projections::HistoryQuery;

bool IsActor(std::string_view actor) {
  const auto rest = [&](std::string_view prefix) { return actor.substr(prefix.size()); };
  if (actor == "system") return true;
  if (actor.starts_with("token:")) return text::ParseTokenId(rest("token:")).has_value();
  if (actor.starts_with("person:")) return text::ParsePersonId(rest("person:")).has_value();
  if (actor.starts_with("certificate:")) {
    const auto digest = text::FromHex(rest("certificate:"));
    return digest && digest->size() == 32;
  }
  return actor.starts_with("address:") && actor.size() > std::string_view("address:").size();
}

// The filters that lists and streams share. Things named that the operator may not see are
// kNotFound.
Result<HistoryQuery> ReadFilters(const Exchange& x, Queries* queries) {
  HistoryQuery query;
  if (const auto account = queries->Text("account")) {
    const auto row = RequireAccount(x, *account);
    if (!row) return row.error();
    query.account = *account;
  } else {
    query.accounts = x.caller.op->accounts;
  }
  if (const auto gateway = queries->Text("gateway")) {
    const auto row = FindNamedGateway(x, *gateway);
    if (!row) return row.error();
    query.gateway = row->number();
  }
  for (const auto& [name, value] : x.target.query()) {
    if (name != "type") continue;
    if (const auto type = events::TypeFromName(value)) {
      query.types.push_back(*type);
    } else {
      queries->Wrong("type", "There is no such type of event.");
    }
  }
  if (const auto actor = queries->Text("actor")) {
    if (!IsActor(*actor)) {
      queries->Wrong("actor",
                     "It must be token:<id>, person:<id>, certificate:<sha256>, address:<ip> or "
                     "system.");
    } else if (Status seen = RequireActor(x, *actor); !seen)
      return seen.error();
    query.actor = *actor;
  }
  query.since = queries->TimeOf("since");
  query.until = queries->TimeOf("until");
  return query;
}

// Where to start, if anything was given; the position is of the request's at `place`.
Result<std::optional<std::uint64_t>> ReadAfter(const Exchange& x, std::string_view text,
                                               std::string place) {
  if (text.empty()) return std::optional<std::uint64_t>();
  return ReadPosition(x, text, std::move(place)).map([](std::uint64_t sequence) {
    return std::optional(sequence);
  });
}

Result<events::Event> ReadEvent(const Parts& parts, std::uint64_t sequence) {
  const Result<std::string> entry = parts.log.Read(sequence);
  if (!entry) return entry.error();
  events::Event event;
  std::string why;
  if (!events::Decode(*entry, &event, &why)) return Refuse(ErrorCode::kUnusable, why);
  return event;
}

Status RenderPage(const HistoryPage& page, Exchange* x) {
  x->response.Begin(Success::kOk);
  std::string& out = x->response.body;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("events");
  json.BeginArray();
  std::optional<std::uint64_t> next = page.next;
  for (std::size_t i = 0; i < page.sequences.size(); ++i) {
    const Result<events::Event> event = ReadEvent(x->parts, page.sequences[i]);
    if (!event) return event.error();
    if (Sees(*x, event->account())) RenderEvent(*event, x->parts, &out);
    if (out.size() > limits::kMaxPageBytes && i + 1 < page.sequences.size()) {
      next = page.sequences[i];
      break;
    }
  }
  json.EndArray();
  json.MemberOrNull("next", next ? Format({x->parts.epoch, *next}) : "");
  json.EndObject();
  return {};
}

// The event named in the path, if the caller may see it.
Result<std::pair<std::uint64_t, events::Event>> NamedEvent(const Exchange& x) {
  const std::string_view text = x.params[0];
  std::uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  const bool exact = error == std::errc() && end == text.data() + text.size() &&
                     (text.size() == 1 || text.front() != '0');
  if (!exact || sequence >= x.parts.projections.size()) {
    return Refuse(ErrorCode::kNotFound, "There is no such event.");
  }
  Result<events::Event> event = ReadEvent(x.parts, sequence);
  if (!event) return event.error();
  if (!Sees(x, event->account())) return Refuse(ErrorCode::kNotFound, "There is no such event.");
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  return std::pair(sequence, *std::move(event));
}

}  // namespace

Result<Next> ListEvents(Exchange& x) {
  Queries queries(
      x.target,
      {"account", "gateway", "type", "actor", "since", "until", "order", "after", "limit"}, "type");
  Result<HistoryQuery> query = ReadFilters(x, &queries);
  if (!query) return query.error();
  query->newest_first = queries.OneOf("order", {"asc", "desc"}) == "desc";
  query->limit = queries.Limit();
  if (Status valid = queries.Done(); !valid) return valid.error();
  const auto after = ReadAfter(x, queries.Text("after").value_or(""), "?after");
  if (!after) return after.error();
  query->after = *after;
  const Result<HistoryPage> page = x.parts.projections.FindEvents(*query);
  if (!page) return page.error();
  if (Status rendered = RenderPage(*page, &x); !rendered) return rendered.error();
  return Answered{};
}

Result<Next> StreamEvents(Exchange& x) {
  Queries queries(x.target, {"account", "gateway", "type", "actor", "since", "until", "after"},
                  "type");
  Result<HistoryQuery> query = ReadFilters(x, &queries);
  if (!query) return query.error();
  if (Status valid = queries.Done(); !valid) return valid.error();
  const bool resumed = !x.request.last_event_id.empty();
  const auto after = resumed ? ReadAfter(x, x.request.last_event_id, "Last-Event-ID")
                             : ReadAfter(x, queries.Text("after").value_or(""), "?after");
  if (!after) return after.error();
  x.response.Begin(Success::kOk, "text/event-stream");
  x.response.cache_control = kNoStore;
  if (x.request.method == Method::kHead) return Answered{};
  return std::make_unique<EventStream>(x.parts, *std::move(query), x.caller,
                                       after->value_or(x.parts.projections.size() - 1));
}

Result<Next> GetEvent(Exchange& x) {
  const auto event = NamedEvent(x);
  if (!event) return event.error();
  x.response.Begin(Success::kOk);
  RenderEvent(event->second, x.parts, &x.response.body);
  return Answered{};
}

Result<Next> GetEntry(Exchange& x) {
  const auto event = NamedEvent(x);
  if (!event) return event.error();
  Result<std::string> entry = x.parts.log.Read(event->first);
  if (!entry) return entry.error();
  x.response.Begin(Success::kOk, "application/octet-stream");
  x.response.body = *std::move(entry);
  return Answered{};
}

Result<Next> GetLedger(Exchange& x) {
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  x.response.Begin(Success::kOk);
  RenderLedger(x.parts, &x.response.body);
  return Answered{};
}

}  // namespace latchkey::api
