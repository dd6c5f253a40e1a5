// What a log sends to have its checkpoint cosigned: the body of add-checkpoint (C2SP
// tlog-witness@v1.0.0). Only its form is judged here, not who has signed it. Thread-safe: free
// functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/log/checkpoint.h"
#include "core/log/note_format.h"
#include "core/log/proof.h"

namespace latchkey::tools {

inline constexpr std::size_t kMaxAddCheckpointBytes = 64 * 1024;
inline constexpr std::size_t kMaxProofLines = 63;  // as the protocol says
// Each line that names a key of the log is verified. The protocol asks for 16.
inline constexpr std::size_t kMaxSignatureLines = 32;
// Of the text that is signed: room for extension lines, and for what is kept on disk.
inline constexpr std::size_t kMaxCheckpointTextBytes = 16 * 1024;

struct CheckpointRequest {
  std::uint64_t old_size;
  log::Proof proof;            // from the old size to the checkpoint
  log::NoteParts note;         // lies in the body
  log::Checkpoint checkpoint;  // what the text of the note says
};

// `body` outlives what is returned. Refuses with kRequestMalformed, in words for the sender.
Result<CheckpointRequest> ParseCheckpointRequest(std::string_view body);

}  // namespace latchkey::tools
