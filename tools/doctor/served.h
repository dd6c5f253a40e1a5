// Checks of the server of a data directory, by asking it as a client on this machine does.
#pragma once

#include <filesystem>

#include "core/base/time.h"
#include "tools/doctor/finding.h"

namespace latchkey::tools {

// `given` is the directory as it was named, `data` where it is. When it is not served, that is all
// there is to find, and it is well.
Findings CheckServer(const std::filesystem::path& given, const std::filesystem::path& data,
                     Time now);

// The process that serves the directory; empty when there is none.
std::string PidOfServer(const std::filesystem::path& data);

}  // namespace latchkey::tools
