// The only code that turns events into bytes and bytes into events.
//
// Bytes are a serialised latchkey.events.Event (events/event.proto). Protobuf bytes are not
// canonical: hashes are always taken over the bytes that were stored, never over a second
// serialisation. Thread-safe: free functions without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "events/event.pb.h"

namespace latchkey::events {

inline constexpr std::uint32_t kFormat = 1;  // written into LedgerCreated

// The event's bytes. Precondition: a fact is set and the result is at most
// ledger_limits::kMaxEntryBytes (the bounds on every field keep it far below), and text fields are
// UTF-8; stops the process otherwise, because such an entry could never be removed from the ledger.
std::string Encode(const Event& event);

// The same into an existing buffer, replacing its content.
void EncodeTo(const Event& event, std::string* out);

// Parses one stored entry. Returns kUnusable, with the reason for a person, for bytes that are not
// an Event, for an Event with a fact that this binary does not know (a newer binary wrote it), and
// for a LedgerCreated of another format. Unknown fields inside the envelope or a fact are kept and
// ignored.
Result<Event> Decode(std::string_view bytes);

// The same into an existing event, whose memory is reused, for reading many. After an error the
// event's content is unspecified.
Status DecodeInto(std::string_view bytes, Event* event);

// Whether this binary knows a fact of that field number, and the message for a person when not.
bool KnowsFact(std::uint32_t number);
std::string UnknownFact(std::uint32_t number);

// The fact's name as in docs/events.md, such as "KeyRedeemed"; "" when no fact is set.
std::string_view TypeName(Event::FactCase fact);

// The fact of that name, or null.
std::optional<Event::FactCase> TypeFromName(std::string_view name);

}  // namespace latchkey::events
