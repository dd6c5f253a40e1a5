// Writes that end nothing and can go on for ever: gateways are renamed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/bench/run.h"

namespace latchkey::tools {

class Renames {
 public:
  // `authorization`: a complete header line, with its CR LF.
  explicit Renames(std::string authorization) : authorization_(std::move(authorization)) {}

  // The next request on a connection, which always renames the same gateway. Valid until the next
  // of that connection.
  std::string_view Next(unsigned connection);

 private:
  const std::string authorization_;
  std::vector<std::string> requests_ = std::vector<std::string>(kBenchConnections);
  std::uint64_t count_ = 0;
};

}  // namespace latchkey::tools
