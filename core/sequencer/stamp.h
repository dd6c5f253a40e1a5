// Turns a draft of Decide into an event: sequence, time, actor and the rest of the envelope.
#pragma once

#include <span>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/subjects/subjects.h"
#include "events/event.pb.h"

namespace latchkey {

inline constexpr std::size_t kSaltBytes = 16;  // of an event

// The draft's event with sequence, time, actor, request id, idempotency and salt, and its personal
// fields sealed. Refuses (kIo) when the subject's key could not be made durable.
Result<events::Event> Stamp(domain::Draft draft, std::uint64_t sequence, Time time,
                            const domain::Submission& submission, Subjects& subjects,
                            Random& random);

// The answer of the first run of a repeated request, from its events.
domain::Answer AnswerFrom(std::span<const events::Event> made);

}  // namespace latchkey
