// A proof that an entry is in a log as text that a stranger can check offline (C2SP tlog-proof,
// "c2sp.org/tlog-proof@v1"): the number of the entry, the proof of its inclusion, and the
// checkpoint that it leads to. Thread-safe: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/log/proof.h"

namespace latchkey::log {

struct ProofText {
  std::uint64_t sequence = 0;
  Proof proof;
  std::string note;  // the checkpoint, with its signatures
};

std::string FormatProof(const ProofText& proof);
// A line of extra data is allowed and ignored. Returns kUnusable with the reason for anything else.
Result<ProofText> ParseProof(std::string_view text);

}  // namespace latchkey::log
