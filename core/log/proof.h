// Proofs over the tree of a log: that an entry is in the tree of a head (inclusion), and that one
// head's log is the beginning of another's (consistency). What is in a proof: RFC 6962 §2.1.1 and
// §2.1.2; how it is verified: RFC 9162 §2.1.3.2 and §2.1.4.2. Free functions; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/log/log.h"

namespace latchkey::log {

using Proof = std::vector<std::string>;  // hashes of 32 bytes, in the order of the RFC

// The root of the tree over the first `size` entries. Refuses with kPositionUnknown when the log
// has fewer, else as reading does. Reads one tile of each level; so do the proofs, or two.
Result<std::string> RootAt(const Log& log, std::uint64_t size);

// That entry `sequence` is among the first `size`. Refuses with kPositionUnknown unless sequence <
// size <= log.size(), else as reading does.
Result<Proof> ProveInclusion(const Log& log, std::uint64_t sequence, std::uint64_t size);

// That the first `from` entries are the beginning of the first `to`. Refuses with kPositionUnknown
// unless from <= to <= log.size(), else as reading does.
Result<Proof> ProveConsistency(const Log& log, std::uint64_t from, std::uint64_t to);

// Whether the proof shows it; false for anything else, of any length.
bool VerifyInclusion(std::string_view leaf_hash, std::uint64_t sequence, const Head& head,
                     const Proof& proof);
bool VerifyConsistency(const Head& from, const Head& to, const Proof& proof);

}  // namespace latchkey::log
