#include "api/handlers/named_event.h"

#include <charconv>

#include "api/auth/visibility.h"
#include "api/call/queries.h"

namespace latchkey::api {

Result<std::pair<std::uint64_t, events::Event>> NamedEvent(const LedgerView& ledger,
                                                           const Call& call) {
  const std::string_view text = call.request.params[0];
  std::uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  const bool exact = error == std::errc() && end == text.data() + text.size() &&
                     (text.size() == 1 || text.front() != '0');
  if (!exact || sequence >= ledger.projections.size()) {
    return Refuse(ErrorCode::kNotFound, "There is no such event.");
  }
  Result<events::Event> event = ledger.log.Read(sequence).and_then(events::Decode);
  if (!event) return event.error();
  if (!Sees(call.caller, event->account()))
    return Refuse(ErrorCode::kNotFound, "There is no such event.");
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  return std::pair(sequence, *std::move(event));
}

}  // namespace latchkey::api
