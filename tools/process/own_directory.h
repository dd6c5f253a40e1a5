// A directory that can be trusted because nobody else can change its content. Every command checks
// its directories this way before it reads them.
//
// Errors are kUnusable and name the path below the directory, what is wrong with it, and what to
// do.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace latchkey::tools {

inline constexpr mode_t kPermissions = 07777;
inline constexpr mode_t kPermissionsOfOthers = S_IRWXG | S_IRWXO;
// Found in the root of a file system; a directory with nothing else counts as empty.
inline constexpr std::string_view kLostAndFound = "lost+found";

// The name of this user, or "uid N".
std::string UserName(uid_t user);

// Holds the directory open. One thread.
class OwnDirectory {
 public:
  // `path` must not end in a symbolic link; errors call it `shown`. Refuses anything that is not a
  // directory or belongs to another user.
  static Result<OwnDirectory> Open(const std::filesystem::path& path, const std::string& shown);
  ~OwnDirectory();
  OwnDirectory(OwnDirectory&& other) noexcept;
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  OwnDirectory& operator=(OwnDirectory&&) = delete;

  mode_t mode() const { return mode_; }  // the permissions, as they were when it was opened
  Result<std::vector<std::string>> Names() const;

  // Refuses a directory that other users may write to.
  Status CheckWriters() const;
  // Removes all permissions of other users; succeeds on a file system that is mounted read-only.
  Status Close() const;

  // Refuses an entry that is a symbolic link, neither a file nor a directory, another user's, or
  // writable by others. Succeeds when there is no such entry.
  Status CheckEntry(const std::string& name) const;
  // The same, then opens the entry if it is a directory. Null when there is none, or it is a file.
  Result<std::optional<OwnDirectory>> CheckFolder(const std::string& name) const;
  // CheckEntry for everything in it.
  Status CheckEntries() const;
  // The target of a symbolic link; "" when the entry is something else, null when there is none.
  // Refuses another user's.
  Result<std::optional<std::string>> LinkTarget(const std::string& name) const;

 private:
  OwnDirectory(int opened, std::string shown, std::string below, mode_t mode)
      : opened_(opened), shown_(std::move(shown)), below_(std::move(below)), mode_(mode) {}
  // An entry's name in messages: "ledger/CURRENT in DIR".
  std::string Named(const std::string& name) const { return below_ + name + " in " + shown_; }
  Status CheckOwner(const std::string& name, uid_t owner) const;

  int opened_;
  std::string shown_;
  std::string below_;  // "ledger/"; empty for the directory that was named
  mode_t mode_;
};

}  // namespace latchkey::tools
