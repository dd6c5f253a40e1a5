// A session as bytes, and what of it may be told. Thread-safe: free functions without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/call/caller.h"
#include "api/call/operator.h"
#include "core/base/time.h"

namespace latchkey::api {

// The last recorded use of a session; its beginning counts as one.
struct RecordedUse {
  Time at;        // wall clock
  Micros age{0};  // how long the session had lasted by then, by the steady clock

  bool operator==(const RecordedUse&) const = default;
};

// Where a session was begun.
struct SignedInFrom {
  std::string address{};
  std::string agent{};    // the browser's own name, printable, at most 200 characters
  std::string subject{};  // whose key seals the two on disk (16 bytes); empty: they are not kept
};

struct StoredSession {
  Operator who;  // without a name: the ledger has that, sealed
  Time signed_in;
  SignedInFrom from;       // not part of the rows, but as
  std::string from_box{};  // serialised events::Sealed; empty: not kept
  RecordedUse use;
};

// The two rows of a session. `use` is not part of the first.
std::string EncodeSession(const StoredSession& session);
std::string EncodeUse(const RecordedUse& use);
// Null for bytes that no version could have written.
std::optional<StoredSession> DecodeSession(std::string_view row, std::string_view use);

// The id by which others may name a session. Tells nothing of the cookie or its hash; ids sort by
// when the session began.
std::string PublicSessionId(const SessionId& id, Time signed_in);
bool IsPublicSessionId(std::string_view text);

}  // namespace latchkey::api
