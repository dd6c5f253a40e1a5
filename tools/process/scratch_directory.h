// A directory for what is thrown away at the end. It is removed when this process ends, however it
// ends: another process waits for that and removes it, so that a signal or a crash leaves nothing
// of a restored ledger behind.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "core/base/error.h"

namespace latchkey::tools {

class ScratchDirectory {
 public:
  // Makes PARENT/NAME-XXXXXX (0700). kIo; the detail says what to do. Call it before secrets are in
  // memory: the waiting process is a copy of this one.
  static Result<ScratchDirectory> Make(const std::filesystem::path& parent, std::string_view name);
  // Returns when the directory is gone.
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory&& other) noexcept
      : path_(std::exchange(other.path_, {})),
        held_(std::exchange(other.held_, -1)),
        remover_(other.remover_) {}
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  ScratchDirectory(std::filesystem::path path, int held, pid_t remover)
      : path_(std::move(path)), held_(held), remover_(remover) {}

  std::filesystem::path path_;
  int held_;  // end of a pipe; the remover begins when it is closed. -1: moved away
  pid_t remover_;
};

}  // namespace latchkey::tools
