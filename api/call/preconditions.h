// The conditions that headers put on a write: Idempotency-Key and If-Match (RFC 9110 §13.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/call.h"
#include "api/call/ledger_view.h"
#include "core/base/error.h"
#include "core/domain/commands.h"

namespace latchkey::api {

// The key as it is meant: without the quotes of a structured field. Refuses with kValidationFailed
// when it is empty, too long, or holds what a header should not.
Result<std::string> ParseIdempotencyKey(std::string_view header);

// Nothing when there is no header. The operator must be known.
Result<std::optional<domain::IdempotencyTag>> ReadIdempotencyKey(const Call& call);

// The event counts that If-Match names, and whether it is `*`. Tags that we never made (weak ones,
// ones that are no number) match nothing. Refuses with kRequestMalformed what is no list of tags.
struct IfMatch {
  bool any = false;
  std::vector<std::uint64_t> counts;
};
Result<IfMatch> ParseIfMatch(std::string_view header);

// The one count that the sequencer is to insist on: of several, the one that holds now. Nothing
// without the header, with `*`, and where the request concerns no gateway.
Result<std::optional<std::uint64_t>> ReadIfMatch(const LedgerView& ledger, const Call& call);

}  // namespace latchkey::api
