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

// Overwrites what stands in the file, syncs and removes it; fine when there is none. One that has
// other names too is only taken away under this one. What the disk keeps of old blocks by itself
// (copy on write, snapshots, wear levelling) is out of its reach. Refuses with kIo.
Status DestroyFile(const std::filesystem::path& path);
// Gives a file another name in the same directory, in place of whatever has it. kIo.
Status MoveFileDurably(const std::filesystem::path& from, const std::filesystem::path& to);
// Gives a file a second name in the same directory; fine when that is there already. kIo.
Status LinkFileDurably(const std::filesystem::path& from, const std::filesystem::path& to);

// Makes a directory (0700) and syncs its parent; fine when it is there already.
Status MakePrivateDirectory(const std::filesystem::path& path);

}  // namespace latchkey::crypto
