#include "tools/doctor/doctor.h"

#include <sys/stat.h>

#include <utility>

#include <fmt/format.h>

#include "tools/doctor/machine.h"
#include "tools/doctor/served.h"
#include "tools/doctor/stored.h"
#include "tools/ledger/data_directory.h"
#include "tools/process/own_directory.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

// Owner and modes; the finding of a directory that cannot be looked into is the last one.
Finding CheckDirectory(const fs::path& given, const CliResult<fs::path>& found) {
  constexpr const char* kCheck = "directory";
  if (!found) return {kCheck, Health::kFail, found.error().message};
  struct stat entry {};
  if (::stat(found->c_str(), &entry) != 0 || !fs::exists(*found / "ledger")) {
    return {kCheck, Health::kFail,
            fmt::format("There is no ledger in {}. latchkey serve makes one.", given.string())};
  }
  if ((entry.st_mode & kPermissionsOfOthers) != 0) {
    return {kCheck, Health::kWarn,
            fmt::format("Other users can look into it (mode {:04o}). Close it: chmod 700 {}",
                        entry.st_mode & kPermissions, ShellWord(given.string()))};
  }
  return {kCheck, Health::kOk,
          fmt::format("Belongs to {} and is closed to others.", UserName(entry.st_uid))};
}

void Append(Findings* all, Findings more) {
  for (Finding& finding : more) all->push_back(std::move(finding));
}

}  // namespace

Findings Examine(const DoctorOptions& options) {
  const SystemClock machine;
  const Time now = (options.clock == nullptr ? machine : *options.clock).Now();
  const auto found = LookIntoDataDirectory(options.data);
  Findings all = {CheckDirectory(options.data, found)};
  if (all.front().health == Health::kFail) return all;
  Append(&all, CheckMachine(*found, PidOfServer(*found)));
  Append(&all, CheckStored(*found, options.credentials, options.ca, now));
  Append(&all, CheckServer(options.data, *found, now));
  return all;
}

}  // namespace latchkey::tools
