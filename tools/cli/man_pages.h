// Manual pages, made from the texts that help shows: latchkey(1), and a page for each command and
// group, such as latchkey-gateway-add(1).
#pragma once

#include <filesystem>
#include <string>

#include "tools/process/exit_code.h"

namespace CLI {
class App;
}

namespace latchkey::tools {

// One page in the language of man(7). `date`: "2026-01-02".
std::string ManPage(const CLI::App& command, const std::string& date);

// Writes all pages into `directory`, which is made when it is missing: kFailed. The files have the
// modes of the umask that the process was started with. One thread.
CliResult<void> WriteManPages(const CLI::App& program, const std::filesystem::path& directory,
                              const std::string& date);

// The day for pages that are made now: of SOURCE_DATE_EPOCH, as builds that can be repeated set
// it, else today.
std::string DateOfPages();

}  // namespace latchkey::tools
