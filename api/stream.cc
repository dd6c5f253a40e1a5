#include "api/stream.h"

#include <algorithm>
#include <utility>

#include "api/auth.h"
#include "api/limits.h"
#include "api/render.h"
#include "core/base/position.h"
#include "events/codec.h"

namespace latchkey::api {

EventStream::EventStream(const Parts& parts, projections::HistoryQuery query, Caller caller,
                         std::uint64_t after)
    : parts_(parts), query_(std::move(query)), caller_(std::move(caller)) {
  query_.newest_first = false;
  query_.limit = limits::kStreamPage;
  query_.after = after;
}

Result<EventStream::Pulled> EventStream::Pull(std::string* out) {
  if (!Holds()) return Pulled::kEnd;
  // Taken before the query: all events below it will have been looked at.
  const std::uint64_t size = parts_.projections.size();
  const auto page = parts_.projections.FindEvents(query_);
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

bool EventStream::Holds() const { return StillHolds(parts_, caller_); }

Micros EventStream::Life() const { return api::Life(parts_, caller_); }

Status EventStream::Append(std::uint64_t sequence, std::string* out) const {
  const Result<std::string> entry = parts_.log.Read(sequence);
  events::Event event;
  std::string why;
  if (!entry) return entry.error();
  if (!events::Decode(*entry, &event, &why)) return Refuse(ErrorCode::kUnusable, why);
  if (!Sees(*caller_.op, event.account())) return {};
  out->append("id: ").append(Format({parts_.epoch, sequence}));
  out->append("\nevent: ").append(events::TypeName(event.fact_case()));
  out->append("\ndata: ");
  std::string data;
  RenderEvent(event, parts_, &data);
  out->append(data).append("\n\n");
  return {};
}

bool EventStream::KeepAlive(std::string* out) const {
  if (!Holds()) return false;
  out->append(": ").append(Format({parts_.epoch, reached()}));
  out->append("\nid: ").append(Format({parts_.epoch, reached()})).append("\n\n");
  return true;
}

}  // namespace latchkey::api
