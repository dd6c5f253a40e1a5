#include "api/handlers/event_stream.h"

#include <algorithm>
#include <utility>

#include "api/auth/credentials.h"
#include "api/handlers/render.h"
#include "api/http/limits.h"
#include "core/base/position.h"
#include "events/codec.h"

namespace latchkey::api {

EventStream::EventStream(const LedgerView& ledger, OperatorSessions& sessions,
                         projections::HistoryQuery query, Caller caller, std::uint64_t after,
                         std::shared_ptr<void> counted)
    : ledger_(ledger),
      sessions_(sessions),
      query_(std::move(query)),
      caller_(std::move(caller)),
      counted_(std::move(counted)) {
  query_.newest_first = false;
  query_.limit = limits::kStreamPage;
  query_.after = after;
}

Result<EventStream::Pulled> EventStream::Pull(std::string* out) {
  if (!CallerStillValid()) return Pulled::kEnd;
  // Taken before the query: all events below it will have been looked at.
  const std::uint64_t size = ledger_.projections.size();
  const auto page = ledger_.projections.FindEvents(query_);
  if (!page) return page.error();
  for (const std::uint64_t sequence : page->sequences) {
    if (out->size() >= limits::kStreamBufferBytes) return Pulled::kMore;
    if (Status read = Append(sequence, out); !read) return read.error();
    query_.after = sequence;
  }
  if (page->next) {
    query_.after = *page->next;
    return Pulled::kMore;
  }
  query_.after = std::max(*query_.after, size - 1);
  return Pulled::kAtHead;
}

void EventStream::PassOver(std::uint64_t size) {
  if (size > 0) query_.after = std::max(reached(), size - 1);
}

bool EventStream::CallerStillValid() const { return StillValid(ledger_, sessions_, caller_); }

Micros EventStream::Life() const { return api::Life(ledger_, sessions_, caller_); }

Status EventStream::Append(std::uint64_t sequence, std::string* out) const {
  const Result<events::Event> event = ledger_.log.Read(sequence).and_then(events::Decode);
  if (!event) return event.error();
  if (!Sees(*caller_.who, event->account())) return {};
  out->append("id: ").append(Format({ledger_.epoch, sequence}));
  out->append("\nevent: ").append(events::TypeName(event->fact_case()));
  out->append("\ndata: ");
  std::string data;
  RenderEvent(*event, ledger_, &data);
  out->append(data).append("\n\n");
  return {};
}

bool EventStream::KeepAlive(std::string* out) const {
  if (!CallerStillValid()) return false;
  out->append(": ").append(Format({ledger_.epoch, reached()}));
  out->append("\nid: ").append(Format({ledger_.epoch, reached()})).append("\n\n");
  return true;
}

}  // namespace latchkey::api
