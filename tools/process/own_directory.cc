#include "tools/process/own_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace latchkey::tools {
namespace {

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

Error UnusableDirectory(std::string words) {
  return Refuse(ErrorCode::kUnusable, std::move(words));
}

// Reads errno, so call it immediately after the call that failed.
Error CannotOpen(const std::string& what) {
  const auto reason = std::system_category().message(errno);
  return UnusableDirectory(what + " cannot be opened: " + reason + ".");
}

}  // namespace

std::string UserName(uid_t user) {
  constexpr std::size_t kMaxEntryBytes = 16 * 1024;
  std::string buffer(kMaxEntryBytes, '\0');
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? fmt::format("uid {}", user) : found->pw_name;
}

Result<OwnDirectory> OwnDirectory::Open(const std::filesystem::path& path,
                                        const std::string& shown) {
  const int opened = ::open(path.c_str(), kOpenDirectory);
  if (opened < 0 && errno == ENOTDIR) return UnusableDirectory(shown + " is not a directory.");
  if (opened < 0) return CannotOpen(shown);
  struct stat found {};
  const bool known = ::fstat(opened, &found) == 0;
  OwnDirectory directory(opened, shown, "", found.st_mode & kPermissions);
  if (!known) return CannotOpen(shown);
  if (found.st_uid == ::geteuid()) return directory;
  const std::string owner = UserName(found.st_uid);
  return UnusableDirectory(
      fmt::format("{} belongs to {}, who could change what is in it, and this runs as "
                  "{}. Run it as {}, or give a directory of your own.",
                  shown, owner, UserName(::geteuid()), owner));
}

OwnDirectory::~OwnDirectory() {
  if (opened_ >= 0) ::close(opened_);
}

OwnDirectory::OwnDirectory(OwnDirectory&& other) noexcept
    : opened_(std::exchange(other.opened_, -1)),
      shown_(std::move(other.shown_)),
      below_(std::move(other.below_)),
      mode_(other.mode_) {}

Result<std::vector<std::string>> OwnDirectory::Names() const {
  // A separate descriptor: the stream closes it, and reading moves its position.
  const int reading = ::openat(opened_, ".", kOpenDirectory);
  DIR* stream = reading < 0 ? nullptr : ::fdopendir(reading);
  if (stream == nullptr) {
    const auto failure = CannotOpen(below_.empty() ? shown_ : Named(""));
    if (reading >= 0) ::close(reading);
    return failure;
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

Status OwnDirectory::CheckWriters() const {
  if ((mode_ & kOthersWrite) == 0) return {};
  return UnusableDirectory(
      fmt::format("Other users may write to {} (mode {:04o}), so what is in it cannot "
                  "be trusted. Check that all of it is yours and unchanged, then run: "
                  "chmod 700 {}",
                  shown_, mode_, shown_));
}

Status OwnDirectory::Close() const {
  if ((mode_ & kPermissionsOfOthers) == 0) return {};
  const std::string what = below_.empty() ? shown_ : Named("");
  if (::fchmod(opened_, mode_ & ~kPermissionsOfOthers) != 0) {
    if (errno == EROFS) return {};
    const auto reason = std::system_category().message(errno);
    return UnusableDirectory(what + " is open to other users and cannot be closed: " + reason +
                             ".");
  }
  struct stat now {};
  if (::fstat(opened_, &now) == 0 && (now.st_mode & kPermissionsOfOthers) == 0) return {};
  return UnusableDirectory(
      what +
      " stays open to other users: its file system keeps no permissions. Give a "
      "directory on one that does.");
}

Status OwnDirectory::CheckOwner(const std::string& name, uid_t owner) const {
  if (owner == ::geteuid()) return {};
  return UnusableDirectory(
      fmt::format("{} belongs to {}. Check where it came from; if it is right, run as "
                  "root: chown -R {} {}",
                  Named(name), UserName(owner), ::geteuid(), shown_));
}

Status OwnDirectory::CheckEntry(const std::string& name) const {
  struct stat found {};
  if (::fstatat(opened_, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return CannotOpen(Named(name));
  }
  if (S_ISLNK(found.st_mode)) {
    return UnusableDirectory(Named(name) +
                             " is a symbolic link, and none is followed there. Put what it "
                             "leads to in its place; another disk can be mounted there.");
  }
  if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) {
    return UnusableDirectory(Named(name) + " is neither a file nor a directory. Take it away.");
  }
  if (Status ours = CheckOwner(name, found.st_uid); !ours) return ours;
  // Earlier releases made folders with the umask of their user, often 002; inside a closed
  // directory no group could reach them.
  const bool closed = (mode_ & kPermissionsOfOthers) == 0;
  const mode_t writers = closed && S_ISDIR(found.st_mode) ? S_IWOTH : kOthersWrite;
  if ((found.st_mode & writers) == 0) return {};
  return UnusableDirectory(
      fmt::format("Other users may write to {} (mode {:04o}), so it cannot be trusted. "
                  "Check that it is unchanged, then run: chmod -R go-w {}",
                  Named(name), found.st_mode & kPermissions, shown_));
}

Result<std::optional<OwnDirectory>> OwnDirectory::CheckFolder(const std::string& name) const {
  if (Status good = CheckEntry(name); !good) return good.error();
  const int opened = ::openat(opened_, name.c_str(), kOpenDirectory);
  if (opened < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (opened < 0) return CannotOpen(Named(name));
  struct stat found {};
  const bool known = ::fstat(opened, &found) == 0;
  OwnDirectory folder(opened, shown_, below_ + name + "/", found.st_mode & kPermissions);
  if (!known) return CannotOpen(Named(name));
  return folder;
}

Status OwnDirectory::CheckEntries() const {
  const auto names = Names();
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (Status good = CheckEntry(name); !good) return good;
  }
  return {};
}

Result<std::optional<std::string>> OwnDirectory::LinkTarget(const std::string& name) const {
  struct stat found {};
  if (::fstatat(opened_, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return CannotOpen(Named(name));
  }
  if (Status ours = CheckOwner(name, found.st_uid); !ours) return ours.error();
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(opened_, name.c_str(), target.data(), target.size());
  if (size < 0) return std::string();
  target.resize(static_cast<std::size_t>(size));
  return target;
}

}  // namespace latchkey::tools
