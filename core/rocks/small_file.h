// Small files beside the databases, read and written through the same file system as those, so that
// a test's faults reach them too.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <rocksdb/env.h>

#include "core/base/error.h"

namespace latchkey::rocks {

inline constexpr std::size_t kMaxSmallFileBytes = 64 * 1024;

// Null when there is no such file. Returns kIo when it cannot be read, kUnusable when it is larger
// than kMaxSmallFileBytes; the detail has only the last part of the path.
Result<std::optional<std::string>> ReadSmallFile(const std::filesystem::path& path,
                                                 rocksdb::Env* env);
// Atomic: written to a temporary file, synced, renamed, directory synced. Returns kIo. One writer
// of a path at a time.
Status WriteSmallFile(const std::filesystem::path& path, std::string_view contents,
                      rocksdb::Env* env);

}  // namespace latchkey::rocks
