// Where a test may end a process that must survive being killed: called with the name of each step
// that has just become durable. Does nothing when empty.
#pragma once

#include <functional>
#include <string_view>

namespace latchkey::tools {

using StepHook = std::function<void(std::string_view step)>;

}  // namespace latchkey::tools
