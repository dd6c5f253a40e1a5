// An independent, slow derivation of every row that is found by something other than its own
// number: names, members, secondaries, connected gateways, deadlines, certificates, counters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/domain/state.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {

using Rows = std::map<std::string, std::string, std::less<>>;

// The rows of GatewayRow in the state, in order of their numbers.
std::vector<domain::GatewayRow> Gateways(const testing::MemoryState& state);

// All rows that the state should have: the rows of gateways and earlier keys as they are stored,
// and everything else derived from them and from the events.
Rows DerivedRows(const testing::MemoryState& state, const std::vector<events::Event>& events);

// The two sets of rows in which states differ, for people: "" when they do not.
std::string Difference(const Rows& expected, const Rows& actual);

}  // namespace latchkey::testing
