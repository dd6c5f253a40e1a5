// What happened: events by filters, one by one, as they happen; and the ledger that holds them.
#include "api/auth/visibility.h"
#include "api/call/json_writer.h"
#include "api/call/positions.h"
#include "api/call/queries.h"
#include "api/handlers/event_stream.h"
#include "api/handlers/handlers.h"
#include "api/handlers/named_event.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/handlers/walk.h"
#include "api/http/limits.h"
#include "core/base/position.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

using projections::HistoryPage;
using projections::HistoryQuery;

// The filters that lists and streams share. Things named that the operator may not see are
// kNotFound.
Result<HistoryQuery> ReadFilters(const LedgerView& ledger, const Call& call, Queries* queries) {
  HistoryQuery query;
  if (const auto account = queries->Text("account")) {
    const auto row = RequireAccount(ledger, call.caller, *account);
    if (!row) return row.error();
    query.account = *account;
  } else {
    query.accounts = call.caller.who->accounts;
  }
  if (const auto gateway = queries->Text("gateway")) {
    const auto row = RequireGateway(ledger, call.caller, *gateway);
    if (!row) return row.error();
    query.gateway = row->number();
  }
  for (const auto& [name, value] : call.request.uri.query()) {
    if (name != "type") continue;
    if (const auto type = events::TypeFromName(value)) {
      query.types.push_back(*type);
    } else {
      queries->Wrong("type", "There is no such type of event.");
    }
  }
  if (const auto actor = queries->Text("actor")) {
    query.actor = events::ParseActor(*actor);
    if (!query.actor) {
      queries->Wrong("actor",
                     "It must be token:<id>, person:<id>, certificate:<sha256>, address:<ip> or "
                     "system.");
    } else if (Status seen = RequireActor(ledger, call.caller, query.actor->actor); !seen) {
      return seen.error();
    }
  }
  query.since = queries->TimeOf("since");
  query.until = queries->TimeOf("until");
  return query;
}

// Where to start, if anything was given; the position is of the request's at `place`.
Result<std::optional<std::uint64_t>> ReadAfter(const LedgerView& ledger, std::string_view text,
                                               std::string place, Notes* notes) {
  if (text.empty()) return std::optional<std::uint64_t>();
  const Result<std::uint64_t> sequence = ReadPosition(ledger, text, std::move(place), notes);
  if (!sequence) return sequence.error();
  return std::optional(*sequence);
}

Task<Status> RenderPage(const Lists& lists, const HistoryPage& found, Call& call) {
  const LedgerView& ledger = lists.ledger;
  call.response.Begin(Success::kOk);
  Page page("events", found.sequences.size(), lists.buffers, call);
  Turn turn;
  std::optional<std::uint64_t> next = found.next;
  std::optional<std::uint64_t> last;
  for (const std::uint64_t sequence : found.sequences) {
    const Result<events::Event> event = ledger.log.Read(sequence).and_then(events::Decode);
    if (!event) co_return event.error();
    const bool shown = Sees(call.caller, event->account());
    if (!page.Add(shown, [&](std::string* out) { RenderEvent(*event, ledger, out); })) {
      next = last;
      break;
    }
    last = sequence;
    if (turn.IsOver()) co_await turn.LetOthers();
  }
  page.End(next ? Format({ledger.epoch, *next}) : "");
  co_return Status();
}

}  // namespace

Task<Status> ListEvents(const Lists& lists, Call& call) {
  const LedgerView& ledger = lists.ledger;
  Queries queries(
      call.request.uri,
      {"account", "gateway", "type", "actor", "since", "until", "order", "after", "limit"}, "type");
  Result<HistoryQuery> query = ReadFilters(ledger, call, &queries);
  if (!query) co_return query.error();
  query->newest_first = queries.OneOf("order", {"asc", "desc"}) == "desc";
  query->limit = queries.Limit();
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  const auto after = ReadAfter(ledger, queries.Text("after").value_or(""), "?after", &call.notes);
  if (!after) co_return after.error();
  query->after = *after;
  const Result<HistoryPage> page = ledger.projections.FindEvents(*query);
  if (!page) co_return page.error();
  const Status rendered = co_await RenderPage(lists, *page, call);
  co_return rendered;
}

Result<std::unique_ptr<EventStream>> StreamEvents(const Streams& streams, Call& call) {
  const LedgerView& ledger = streams.ledger;
  Queries queries(call.request.uri,
                  {"account", "gateway", "type", "actor", "since", "until", "after"}, "type");
  Result<HistoryQuery> query = ReadFilters(ledger, call, &queries);
  if (!query) return query.error();
  if (Status valid = queries.Done(); !valid) return valid.error();
  const bool resumed = !call.request.last_event_id.empty();
  const auto after =
      resumed ? ReadAfter(ledger, call.request.last_event_id, "Last-Event-ID", &call.notes)
              : ReadAfter(ledger, queries.Text("after").value_or(""), "?after", &call.notes);
  if (!after) return after.error();
  std::shared_ptr<void> counted = streams.count.Open(call.caller.who->id);
  if (counted == nullptr) {
    call.notes.limited = LimitedBy::kStreams;
    call.response.retry_after_seconds = limits::kStreamRetrySeconds;
    return Refuse(
        ErrorCode::kRateLimited,
        "Limit of open streams reached. Close one first, or follow more events with one stream.");
  }
  call.response.Begin(Success::kOk, "text/event-stream");
  call.response.cache_control = kNoStore;
  if (call.request.method == Method::kHead) return std::unique_ptr<EventStream>();
  return std::make_unique<EventStream>(ledger, streams.sessions, *std::move(query), call.caller,
                                       after->value_or(ledger.projections.size() - 1),
                                       std::move(counted));
}

Status GetEvent(const LedgerView& ledger, Call& call) {
  const auto event = NamedEvent(ledger, call);
  if (!event) return event.error();
  call.response.Begin(Success::kOk);
  RenderEvent(event->second, ledger, &call.response.body);
  return {};
}

Status GetEntry(const LedgerView& ledger, Call& call) {
  const auto event = NamedEvent(ledger, call);
  if (!event) return event.error();
  Result<std::string> entry = ledger.log.Read(event->first);
  if (!entry) return entry.error();
  call.response.Begin(Success::kOk, "application/octet-stream");
  call.response.body = *std::move(entry);
  return {};
}

Status GetLedger(const LedgerView& ledger, Call& call) {
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  call.response.Begin(Success::kOk);
  RenderLedger(ledger, *call.caller.who, &call.response.body);
  return {};
}

}  // namespace latchkey::api
