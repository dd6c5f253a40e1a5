// What the history can be searched for: the terms of an event, and the encoding of lists of events.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/subjects/subjects.h"
#include "events/actor_text.h"
#include "events/event.pb.h"

namespace latchkey::projections {

// A term as the prefix of a row key: a letter for its kind, then the value, written so that no term
// is a prefix of another.
std::string AccountTerm(std::string_view account);
std::string GatewayTerm(std::uint64_t gateway);
std::string TypeTerm(events::Event::FactCase type);

// The terms of actors. An address is personal, and all addresses could be tried one by one: it is
// indexed by its HMAC-SHA-256 under a random key that never leaves this projection.
class ActorTerms {
 public:
  ActorTerms(std::string key, const Subjects& subjects)
      : key_(std::move(key)), subjects_(subjects) {}

  // Null for an address that can no longer be opened.
  std::optional<std::string> Of(const events::Event& event) const;
  std::optional<std::string> Of(const events::NamedActor& named) const;

 private:
  std::string OfAddress(std::string_view address) const;

  std::string key_;
  const Subjects& subjects_;
};

// Address terms differ between projections, because their key does. All start with this.
inline constexpr std::string_view kAddressTerms = "h";

// The row that holds the key of the address terms; no term has this prefix.
inline constexpr std::string_view kMetaKey{"\0address", 8};

// The key of a term's row for one segment, and its parts.
inline constexpr std::size_t kSegmentBytes = 5;
std::string SegmentKey(std::string_view term, std::uint64_t segment);
std::string_view TermOf(std::string_view key);
std::uint64_t SegmentOf(std::string_view key);

// Ascending offsets within a segment, as varints of their differences.
using Offsets = std::vector<std::uint16_t>;
std::string EncodeOffsets(const Offsets& offsets);
// Null for bytes that are not such a list.
std::optional<Offsets> DecodeOffsets(std::string_view bytes);

}  // namespace latchkey::projections
