// Small files that must be complete or absent: written to a temporary file, synced, renamed,
// directory synced.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace latchkey::crypto {

// Mode 0600 for secrets, 0644 otherwise. Refuses with kIo; the detail has only the last part of the
// path.
Status WriteFileDurably(const std::filesystem::path& path, std::string_view content,
                        bool owner_only);
// Refuses with kNotFound when absent, kIo otherwise. At most 1 MiB.
Result<std::string> ReadSmallFile(const std::filesystem::path& path);

// Overwrites the file's content, syncs and removes it; succeeds when there is no file. A file with
// other links loses only this name. Copies of old blocks that the disk keeps (copy on write,
// snapshots, wear levelling) are not overwritten. Refuses with kIo.
Status DestroyFile(const std::filesystem::path& path);
// Renames a file within its directory, replacing any file of that name. kIo.
Status MoveFileDurably(const std::filesystem::path& from, const std::filesystem::path& to);
// Gives a file a second name in the same directory; succeeds when it already exists. kIo.
Status LinkFileDurably(const std::filesystem::path& from, const std::filesystem::path& to);

// Creates a directory (0700) and syncs its parent; succeeds when it already exists.
Status MakePrivateDirectory(const std::filesystem::path& path);

}  // namespace latchkey::crypto
