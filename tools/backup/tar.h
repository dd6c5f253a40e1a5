// A directory as a tar archive (POSIX.1 ustar), which any tar unpacks.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "core/base/error.h"

namespace latchkey::tools {

// Writes the regular files below `directory`, in the order of their names, readable by their owner
// alone. kIo when a file cannot be read or `out` takes no more.
Status WriteTar(const std::filesystem::path& directory, std::ostream& out);

}  // namespace latchkey::tools
