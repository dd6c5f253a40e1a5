// What is accepted at the end of the write-ahead log.
#pragma once

namespace latchkey::log {

enum class Tail {
  kWhole,      // nothing may be torn: the last writer stopped cleanly
  kMayBeTorn,  // the last write may be cut short, as a crash leaves it; anything else is damage
  kUpToDamage  // everything before the first damage counts (latchkey recover)
};

}  // namespace latchkey::log
