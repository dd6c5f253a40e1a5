// The one place where an event becomes bytes, and bytes an event.
//
// Bytes are a serialised latchkey.events.Event (events/event.proto). Protobuf bytes are not canonical:
// hashes are always taken over the bytes that were stored, never over a second serialisation.
// Thread-safe: free functions without state.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "events/event.pb.h"

namespace latchkey::events {

inline constexpr std::size_t kMaxEntryBytes = 65'535;         // one stored event
inline constexpr std::size_t kMaxCommandBytes = 60 * 1024;    // all events of one command together
inline constexpr std::uint32_t kFormat = 1;                   // written into LedgerCreated

// The event's bytes. Precondition: a fact is set and the result is at most kMaxEntryBytes (the
// bounds on every field keep it far below); stops the process otherwise.
std::string Encode(const Event& event);

// The same into an existing buffer, replacing its content.
void EncodeTo(const Event& event, std::string* out);

// Parses one stored entry. Returns nothing for bytes that are no Event, and for an Event whose fact
// this binary does not know (a newer binary wrote it): `*why` then says which, for a person.
[[nodiscard]] bool Decode(std::string_view bytes, Event* event, std::string* why);

// The fact's name as in docs/log_format.md, such as "KeyRedeemed"; "" when no fact is set.
std::string_view TypeName(Event::FactCase fact);

// The fact of that name, or nothing.
std::optional<Event::FactCase> TypeFromName(std::string_view name);

}  // namespace latchkey::events
