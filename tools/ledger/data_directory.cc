#include "tools/ledger/data_directory.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/crypto/files.h"
#include "tools/process/own_directory.h"
#include "tools/process/process.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

enum class Use { kMake, kOpen, kLook };

constexpr std::array<std::string_view, 10> kFolders = {
    "ledger",   "subjects", "projections", "projections.next", "projections.building",
    "presence", "webhooks", "sessions",    "secrets",          "run"};
constexpr std::array<std::string_view, 5> kFiles = {"ledger-id", "head", "checkpoint",
                                                    "recovery.json", "guards.json"};

// The user whose ids this process has taken, for which directory, and a path by which that user
// reaches it: the given path might not be accessible to that user.
struct Taken {
  std::string user;
  fs::path given;
  fs::path path;
};
Taken taken;

bool IsLedgerName(std::string_view name) {
  return std::find(kFolders.begin(), kFolders.end(), name) != kFolders.end() ||
         std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end();
}

// Whether these are the names in a ledger's directory, or in one that is being made. A name like
// `run` alone may be anybody's.
bool AreOurs(const std::vector<std::string>& names) {
  const auto has = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto ours = std::count_if(names.begin(), names.end(), IsLedgerName);
  const auto others =
      static_cast<std::ptrdiff_t>(names.size()) - ours - (has(kLostAndFound) ? 1 : 0);
  return has("ledger-id") || (has("ledger") && ours > 1) || (ours > 0 && others == 0);
}

Failure UnusableLedger(std::string words) { return Fail(ExitCode::kLedger, std::move(words)); }

CliResult<void> Checked(const Status& status) {
  if (!status) return UnusableLedger(status.error().detail);
  return {};
}

// Permanently: real, effective and saved ids and the groups. The group is the user's own, or the
// directory's for a user that the system does not know.
bool TakeIds(uid_t user, gid_t group_of_directory) {
  const passwd* entry = ::getpwuid(user);
  const gid_t group = entry == nullptr ? group_of_directory : entry->pw_gid;
  const bool grouped =
      entry == nullptr ? ::setgroups(1, &group) == 0 : ::initgroups(entry->pw_name, group) == 0;
  if (!grouped || ::setresgid(group, group, group) != 0 || ::setresuid(user, user, user) != 0) {
    return false;
  }
  ForbidCoreDumps();  // changing ids made core dumps possible again
  uid_t users[3] = {};
  gid_t groups[3] = {};
  ::getresuid(&users[0], &users[1], &users[2]);
  ::getresgid(&groups[0], &groups[1], &groups[2]);
  return std::all_of(users, users + 3, [&](uid_t each) { return each == user; }) &&
         std::all_of(groups, groups + 3, [&](gid_t each) { return each == group; }) &&
         ::setuid(0) != 0;
}

// Takes the ids of the user to whom the directory belongs, and returns a path by which that user
// reaches it: where a parent directory is closed to that user (as /var/lib/private is, where
// systemd keeps the directories of dynamic users), a path through a descriptor that stays open.
CliResult<fs::path> BecomeOwner(fs::path path, const std::string& shown) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat found {};
  if (opened < 0 || ::fstat(opened, &found) != 0) {
    return UnusableLedger(shown + " cannot be opened: " + std::system_category().message(errno) +
                          ".");
  }
  const std::string owner = UserName(found.st_uid);
  if (!TakeIds(found.st_uid, found.st_gid)) {
    return UnusableLedger(
        fmt::format("{} belongs to {}, and root cannot act as that user here. Run this as {}.",
                    shown, owner, owner));
  }
  taken.user = owner;
  if (::access(path.c_str(), F_OK) != 0) return fs::path(fmt::format("/proc/self/fd/{}/.", opened));
  ::close(opened);
  return path;
}

CliResult<fs::path> ReachAsOwner(fs::path path, const std::string& shown) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    return UnusableLedger(shown + " cannot be opened: " + std::system_category().message(errno) +
                          ".");
  }
  if (found.st_uid == ::geteuid() || !S_ISDIR(found.st_mode)) return path;
  if (::geteuid() == 0) return BecomeOwner(std::move(path), shown);
  const std::string owner = UserName(found.st_uid);
  return UnusableLedger(fmt::format(
      "{} belongs to {}, and this runs as {}. Run it as {}, or give a directory of your own.",
      shown, owner, UserName(::geteuid()), found.st_uid == 0 ? "root" : owner + " or as root"));
}

// Checks the entries that commands read, one level deep: nobody else can have changed them.
CliResult<void> CheckInside(const OwnDirectory& directory, bool close) {
  for (const std::string_view name : kFiles) {
    if (auto good = Checked(directory.CheckEntry(std::string(name))); !good) return good;
  }
  for (const std::string_view name : kFolders) {
    const auto folder = directory.CheckFolder(std::string(name));
    if (!folder) return UnusableLedger(folder.error().detail);
    if (!*folder) continue;
    if (auto good = Checked((*folder)->CheckEntries()); !good) return good;
    // RocksDB once made them 0755, which was harmless inside a closed directory.
    if (!close) continue;
    if (auto closed = Checked((*folder)->Close()); !closed) return closed;
  }
  return {};
}

CliResult<void> Close(const OwnDirectory& directory, const std::string& shown,
                      std::ostream& notes) {
  if ((directory.mode() & kPermissionsOfOthers) == 0) return {};
  if (auto closed = Checked(directory.Close()); !closed) return closed;
  notes << fmt::format("Note: {} could be read by other users (mode {:04o}). It is closed now.\n",
                       shown, directory.mode());
  return {};
}

CliResult<void> CheckDataDirectory(const fs::path& path, const std::string& shown, Use use,
                                   std::ostream* notes) {
  const auto directory = OwnDirectory::Open(path, shown);
  if (!directory) return UnusableLedger(directory.error().detail);
  const auto names = directory->Names();
  if (!names) return UnusableLedger(names.error().detail);
  const bool ours = AreOurs(*names);
  const bool empty = std::all_of(names->begin(), names->end(),
                                 [](std::string_view name) { return name == kLostAndFound; });
  if (use == Use::kOpen && !std::binary_search(names->begin(), names->end(), "ledger")) {
    return NoLedger(shown);
  }
  if (!ours && use != Use::kMake) return {};
  // A ledger among other things would be lost with them one day, and closing the directory would
  // lock out the users of a home directory or /tmp.
  if (!ours && !empty) {
    return UnusableLedger(shown +
                          " is not empty and has no ledger in it. Give an empty directory or a "
                          "new name.");
  }
  if (auto good = Checked(directory->CheckWriters()); !good) return good;
  const bool close = use != Use::kLook;
  if (close) {
    if (auto closed = Close(*directory, shown, *notes); !closed) return closed;
  }
  return CheckInside(*directory, close);
}

// Follows the given path to the directory itself, which is created if it is missing and `use` wants
// it.
CliResult<fs::path> Resolve(const fs::path& given, Use use) {
  std::error_code error;
  fs::path path = fs::canonical(given, error);
  if (error == std::errc::no_such_file_or_directory) {
    if (use != Use::kMake) return NoLedger(given.string());
    if (auto made = Checked(crypto::MakePrivateDirectory(given)); !made) return made.error();
    path = fs::canonical(given, error);
  }
  if (error) return UnusableLedger(given.string() + " cannot be opened: " + error.message() + ".");
  return path;
}

CliResult<fs::path> Open(const fs::path& given, Use use, std::ostream* notes) {
  const std::string shown = given.string();
  if (taken.user.empty() || taken.given != given) {
    auto reached = Resolve(given, use).and_then([&](const fs::path& path) {
      return ReachAsOwner(path, shown);
    });
    if (!reached) return reached;
    taken.given = given;
    taken.path = *std::move(reached);
  }
  if (auto good = CheckDataDirectory(taken.path, shown, use, notes); !good) return good.error();
  return taken.path;
}

}  // namespace

Failure NoLedger(const std::string& shown) {
  return UnusableLedger("There is no ledger in " + shown + ".");
}

CliResult<fs::path> MakeDataDirectory(const fs::path& given, std::ostream& notes) {
  return Open(given, Use::kMake, &notes);
}

CliResult<fs::path> OpenDataDirectory(const fs::path& given, std::ostream& notes) {
  return Open(given, Use::kOpen, &notes);
}

CliResult<fs::path> LookIntoDataDirectory(const fs::path& given) {
  std::error_code unknown;
  if (!fs::exists(given, unknown) && !unknown) return given;
  return Open(given, Use::kLook, nullptr);
}

fs::path ReachedPath(const fs::path& named) {
  if (taken.user.empty()) return named;
  const fs::path below = fs::absolute(named).lexically_normal().lexically_relative(
      fs::absolute(taken.given).lexically_normal());
  return below.empty() || *below.begin() == ".." ? named : taken.path / below;
}

const std::string& TakenUser() { return taken.user; }

}  // namespace latchkey::tools
