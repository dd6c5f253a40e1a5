// What the end of the write-ahead log may look like.
#pragma once

namespace latchkey::log {

enum class Tail {
  kWhole,      // nothing may be torn: the writer before stopped cleanly
  kMayBeTorn,  // the last write may be cut short, as a crash leaves it; anything else is damage
  kUpToDamage  // all before the first damage counts, whatever lies behind it (latchkey recover)
};

}  // namespace latchkey::log
