// The context and the result of a decision.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/domain/key_mint.h"
#include "events/event.pb.h"

namespace latchkey::domain {

struct Settings {
  std::chrono::seconds confirm_window;
  std::chrono::seconds downtime_grace;
  std::size_t open_messages = ledger_limits::kDefaultOpenMessages;  // of one gateway
};

// What Decide may use besides the state and the command.
struct Context {
  // The wall clock: confirm-bys are set and judged by it.
  Time now;
  // The wall clock or, when that is later, the latest time that the ledger has shown: expiry of
  // keys, tokens and certificates is set and judged by it, so that expired ones stay expired.
  Time ledger_time;
  // When this server started, or last ended being read-only: confirm-bys that passed
  // before it get the downtime grace, as no check-in could be taken.
  Time writable_since;
  const Settings& settings;
  const KeyMint& mint;
  Random& random;              // nonces and subjects; seeded in tests
  std::uint64_t refusals = 0;  // soft count of proven refusals of the presented key, see RedeemKey
};

// An event before it is stamped: fact, account, gateway and gateway_event are set, and the fields
// to be sealed are in `personal`. The sequencer adds the rest (core/sequencer/stamp.h).
struct Draft {
  events::Event event;
  events::Personal personal;
  std::string subject;  // whose key seals `personal`; empty when there is nothing to seal
  // An event that a timer would have recorded, but a request met first: an act of the system, not
  // part of the request.
  bool by_timer = false;
};

// What a successful command tells its caller. Callers read the rows again afterwards.
struct Answer {
  std::uint64_t gateway = 0;
  std::uint32_t generation = 0;
  std::uint64_t token = 0;
  std::uint64_t message = 0;
  std::uint64_t webhook = 0;
  bool created = false;   // 201 rather than 200
  bool repeated = false;  // a redemption or renewal whose certificate was issued earlier
  std::uint64_t certificate_sequence = 0;  // of the event that holds that certificate (repeated)
};

struct Decision {
  Result<Answer> answer;
  std::vector<Draft> events;   // also with a refusal: RedemptionRefused, what has expired
  std::uint64_t refusals = 0;  // after a proven refusal: the new soft count of its key
};

inline Decision Refused(Error error) { return Decision{std::move(error), {}, 0}; }

}  // namespace latchkey::domain
