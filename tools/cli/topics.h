// What concerns many commands and is told once: the topics of `latchkey help`.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace latchkey::tools {

struct Topic {
  std::string_view name;     // "connection"
  std::string_view summary;  // what it tells, in a line
  std::string_view text;     // sentences, before the rows
  std::vector<std::pair<std::string_view, std::string_view>> rows{};
  bool connection_options = false;  // the rows are the options of that group
};

inline constexpr std::string_view kConnectionTopic = "connection";
inline constexpr std::string_view kExitCodesTopic = "exit-codes";

std::span<const Topic> Topics();
// Null when there is none of that name.
const Topic* FindTopic(std::string_view name);

}  // namespace latchkey::tools
