// Small files that must be whole or absent: written beside, synced, renamed, directory synced.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace latchkey::crypto {

// Mode 0600 for secrets, 0644 otherwise. Refuses with kIo; the detail names the file's last name
// only.
Status WriteFileDurably(const std::filesystem::path& path, std::string_view content,
                        bool owner_only);
// Refuses with kNotFound when absent, kIo otherwise. At most 1 MiB.
Result<std::string> ReadSmallFile(const std::filesystem::path& path);

// Makes a directory (0700) and syncs its parent; fine when it is there already.
Status MakePrivateDirectory(const std::filesystem::path& path);

}  // namespace latchkey::crypto
