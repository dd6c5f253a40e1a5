// Text compared without regard to case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latchkey::api {

// Two texts that differ in case alone give the same one, in every script (Unicode's full case
// folding, composed). Nothing for what is not UTF-8.
std::optional<std::string> FoldCase(std::string_view text);

}  // namespace latchkey::api
