// Lets a test end a process at any step, to show that it survives a kill: called with the name of
// each step that has just become durable. May be empty.
#pragma once

#include <functional>
#include <string_view>

namespace latchkey::tools {

using StepHook = std::function<void(std::string_view step)>;

}  // namespace latchkey::tools
