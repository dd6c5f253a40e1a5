// What goes into a decision besides state and command, and what comes out of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/domain/key_mint.h"
#include "events/event.pb.h"

namespace latchkey::domain {

struct Settings {
  std::chrono::seconds confirm_window;
  std::chrono::seconds downtime_grace;
};

// What Decide may know besides the state.
struct Context {
  // The wall clock: confirm-bys are set and judged by it.
  Time now;
  // The wall clock or, when that is later, the latest time that the ledger has shown: expiry of
  // keys, tokens and certificates is set and judged by it, so that what has expired stays so.
  Time ledger_time;
  // Start of this server, or the last end of a time when it was read-only: confirm-bys that passed
  // before it get the downtime grace, as no check-in could be taken.
  Time writable_since;
  const Settings& settings;
  const KeyMint& mint;
  Random& random;              // nonces and subjects; seeded in tests
  std::uint64_t refusals = 0;  // soft count of proven refusals of the presented key, see RedeemKey
};

// An event before it is stamped: fact, account, gateway and gateway_event are set, and what is to
// be sealed stands beside it. The sequencer adds the rest (core/sequencer/stamp.h).
struct Draft {
  events::Event event;
  events::Personal personal;
  std::string subject;  // whose key seals `personal`; empty when there is nothing to seal
  // What a timer would have recorded and a request has met first: the system's own act, and no part
  // of the request.
  bool by_timer = false;
};

// What a successful command tells its caller. Rows are read again afterwards, never carried here.
struct Answer {
  std::uint64_t gateway = 0;
  std::uint32_t generation = 0;
  std::uint64_t token = 0;
  bool created = false;                 // 201 rather than 200
  bool repeated = false;                // a redemption answered again: nothing happened
  std::uint64_t redeemed_sequence = 0;  // of a KeyRedeemed that stands already (repeated)
};

struct Decision {
  Result<Answer> answer;
  std::vector<Draft> events;   // also with a refusal: RedemptionRefused, what has expired
  std::uint64_t refusals = 0;  // after a proven refusal: the new soft count of its key
};

inline Decision Refused(Error error) { return Decision{std::move(error), {}, 0}; }

}  // namespace latchkey::domain
