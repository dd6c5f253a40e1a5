// Events in words, for the rows of rule tables.
#pragma once

#include <string>
#include <vector>

#include "events/event.pb.h"

namespace latchkey::testing {

// An event in a few words: "KeyRegenerated 2 ends 1", "RedemptionRefused 1 key_expired #3".
std::string Describe(const events::Event& event);
std::vector<std::string> Describe(const std::vector<events::Event>& events);

}  // namespace latchkey::testing
