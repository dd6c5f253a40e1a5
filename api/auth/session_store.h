// Where sessions outlive the process (DIR/sessions/), in a store of its own: written rows survive
// the process at once, and a loss of power once they were written with `synced`. Any damage costs
// all sessions: of a log whose end is not whole, the missing record may be a sign-out.
//
//   's' ‖ SHA-256 of the cookie → SessionRow · 'u' ‖ the same → SessionUse
//   "b" → what the sessions belong to · "t" → the wall clock at the last write, 8 bytes
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/auth/session_row.h"
#include "core/rocks/rocks.h"

namespace latchkey::api {

// Written in one step, in this order.
struct SessionChanges {
  bool anew = false;  // `begun` is all there is
  std::vector<std::pair<SessionId, StoredSession>> begun{};
  std::vector<std::pair<SessionId, RecordedUse>> used{};
  std::vector<SessionId> ended{};
  bool synced = false;
  bool time = false;  // the wall clock is recorded although nothing else is

  bool empty() const { return !anew && begun.empty() && used.empty() && ended.empty() && !time; }
};

class SessionStore {
 public:
  // What was found at the start.
  struct Found {
    std::vector<std::pair<SessionId, StoredSession>> sessions;
    std::optional<Time> written;  // the wall clock at the last write; null: there was none
    bool discarded = false;       // it was damaged, and another was begun
  };

  // Reads it, or creates it. Sessions that belong to something else than `belongs_to` (32 bytes)
  // are gone. Never refuses: a store that cannot be opened has `failed`, and is found empty.
  static std::unique_ptr<SessionStore> Open(std::filesystem::path directory,
                                            const rocks::Resources& resources,
                                            std::string belongs_to, Found* found);

  // Removes the directory, so that a crash at any point leaves no session. The ledger is not being
  // served. kIo.
  static Status Remove(const std::filesystem::path& directory);

  // kIo; from then on every write fails until Reopen. One thread.
  Status Write(const SessionChanges& changes, Time now);
  Status Reopen();  // kIo, kInUse. What is written next must be `anew`. One thread

  bool failed() const { return failed_; }  // thread-safe

 private:
  SessionStore(std::filesystem::path directory, const rocks::Resources& resources,
               std::string belongs_to)
      : directory_(std::move(directory)),
        resources_(resources),
        belongs_to_(std::move(belongs_to)) {}
  Status OpenDatabase();
  Status Read(Found* found);
  Status Discard();

  const std::filesystem::path directory_;
  const rocks::Resources resources_;
  const std::string belongs_to_;
  std::unique_ptr<rocks::Database> db_;  // null: it could not be opened
  std::atomic<bool> failed_{true};
};

}  // namespace latchkey::api
