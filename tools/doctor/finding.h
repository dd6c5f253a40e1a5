// What one check of `latchkey doctor` found.
#pragma once

#include <string>
#include <vector>

namespace latchkey::tools {

enum class Health {
  kOk,
  kWarn,  // it works, and something should be done
  kFail,  // it does not work
};

struct Finding {
  std::string check;  // "open files"
  Health health;
  std::string words;  // what is so; unless it is well, also what to do
};

using Findings = std::vector<Finding>;

}  // namespace latchkey::tools
