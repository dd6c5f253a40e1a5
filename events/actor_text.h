// Who acted, as text: in answers, filters and log lines. Thread-safe: free functions without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/event.pb.h"

namespace latchkey::events {

// The prefix of each kind's text; the system's whole text is kSystemActor.
inline constexpr std::string_view kSystemActor = "system";
inline constexpr std::string_view kTokenActor = "token:";              // then its id (tok_…)
inline constexpr std::string_view kPersonActor = "person:";            // then their id (per_…)
inline constexpr std::string_view kCertificateActor = "certificate:";  // then its SHA-256 in hex
inline constexpr std::string_view kAddressActor = "address:";          // then an IP address

// For an actor known only by an address that is empty or was erased: `address:erased`.
std::string ActorText(const Actor& actor, std::string_view address);
std::string ActorText(const Event& event, const Personal* personal);

// An actor, and its address if it is known only by that.
struct NamedActor {
  Actor actor;
  std::string address;
};
// Null when no actor can have this text.
std::optional<NamedActor> ParseActor(std::string_view text);

}  // namespace latchkey::events
