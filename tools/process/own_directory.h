// A directory that can be trusted because nobody but us can change what is in it. Every command
// looks at its directories this way before it reads them.
//
// Errors are kUnusable and name what is wrong by its path below the directory, and what to do.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace latchkey::tools {

// The name of this user, or "uid N".
std::string UserName(uid_t user);

// Holds the directory open. One thread.
class OwnDirectory {
 public:
  // `path` leads through no symbolic link at its end; errors call it `shown`. Refuses what is not a
  // directory or belongs to another user.
  static Result<OwnDirectory> Open(const std::filesystem::path& path, const std::string& shown);
  ~OwnDirectory();
  OwnDirectory(OwnDirectory&& other) noexcept;
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  OwnDirectory& operator=(OwnDirectory&&) = delete;

  mode_t mode() const { return mode_; }  // the permissions, as they were when it was opened
  Result<std::vector<std::string>> Names() const;

  // Refuses one that other users may write.
  Status CheckWriters() const;
  // Takes every permission from other users; fine on a file system that is mounted read-only.
  Status Close() const;

  // Refuses an entry that is a symbolic link, neither a file nor a directory, another user's, or
  // writable by others. Fine when there is none.
  Status CheckEntry(const std::string& name) const;
  // The same, then opens it if it is a directory. Nothing when there is none, or it is a file.
  Result<std::optional<OwnDirectory>> CheckFolder(const std::string& name) const;
  // CheckEntry for everything in it.
  Status CheckEntries() const;
  // The target of a symbolic link; "" when it is something else, nothing when there is none.
  // Refuses another user's.
  Result<std::optional<std::string>> LinkTarget(const std::string& name) const;

 private:
  OwnDirectory(int opened, std::string shown, std::string below, mode_t mode)
      : opened_(opened), shown_(std::move(shown)), below_(std::move(below)), mode_(mode) {}
  // An entry as the user finds it: "ledger/CURRENT in DIR".
  std::string Named(const std::string& name) const { return below_ + name + " in " + shown_; }
  Status CheckOwner(const std::string& name, uid_t owner) const;

  int opened_;
  std::string shown_;
  std::string below_;  // "ledger/"; empty for the directory that was named
  mode_t mode_;
};

}  // namespace latchkey::tools
