// The data directory as every command opens it, before RocksDB or anything else reads it: a
// directory of ours, closed to other users (0700), in which nothing that we read is a symbolic
// link, another user's or writable by others.
//
// --data itself may be a symbolic link; it is followed once, and the path returned leads through
// none. That path may mean nothing to people, so messages have the path they gave. Root opens
// another user's directory as that user: the process takes that user's ids for good before it looks
// inside, so that no file it creates there is root's. Failures are kLedger and say what to do.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "tools/process/exit_code.h"

namespace latchkey::tools {

// For `serve`: created (0700) when it does not exist. A directory that other users can only read is
// closed, and a line on `notes` says so.
CliResult<std::filesystem::path> MakeDataDirectory(const std::filesystem::path& given,
                                                   std::ostream& notes);
// For commands that open the ledger; never creates a directory.
CliResult<std::filesystem::path> OpenDataDirectory(const std::filesystem::path& given,
                                                   std::ostream& notes);
// For commands that only ask its server. Changes nothing; a directory that does not exist or has no
// ledger is returned as it is.
CliResult<std::filesystem::path> LookIntoDataDirectory(const std::filesystem::path& given);

// There is none in the directory that people gave as `shown`.
Failure NoLedger(const std::string& shown);

// For a file that is named on the command line and is in the opened directory: a path that works
// with the ids taken; any other path unchanged.
std::filesystem::path ReachedPath(const std::filesystem::path& named);

// The user whose ids this process has taken; empty when it has its own.
const std::string& TakenUser();

}  // namespace latchkey::tools
