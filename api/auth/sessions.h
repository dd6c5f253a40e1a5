// Operators who have signed in, and the one link that signs a first one in. Of a cookie or a code
// only the SHA-256 is kept. Sessions outlive the process where they have a directory. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/auth/session_writer.h"
#include "api/call/caller.h"
#include "api/call/operator.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"
#include "core/rocks/rocks.h"
#include "core/subjects/subjects.h"

namespace latchkey::api {

// Within a process a session is judged by the steady clock alone, so that a step of the wall clock
// ends none and keeps none alive. What a restart leaves of it is told by the wall clock: the time
// since its last recorded use counts as age and as idle. A clock that is then behind the last write
// by more than ledger_limits::kMaxClockStep was set back, and every session ends.
struct OperatorSession {
  Operator who;
  Time signed_in;  // these two by the wall clock, for people
  Time last_used;
  Micros ends{0};   // these two by the steady clock
  Micros idles{0};  // when it ends unless it is used
};

// A session as others may name it.
struct ListedSession {
  std::string id;  // PublicSessionId
  SessionId session;
  OperatorSession details;
  SignedInFrom from;
};

class OperatorSessions {
 public:
  using Done = SessionWriter::Done;

  // In memory alone: a restart ends every session. Both outlive it.
  OperatorSessions(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // Those of a directory, which is made if it is missing; if it is damaged, it is begun anew.
  struct Directory {
    std::filesystem::path path;
    rocks::Resources resources;
    std::string belongs_to;  // 32 bytes; sessions that belonged to something else are gone
    Subjects& subjects;      // outlives it
    SessionWriter::Say say;  // called from the writer's thread and from the constructor
  };
  OperatorSessions(const Clock& clock, Random& random, Directory directory);

  // Signs `who` in, and ends the session `instead_of`. Where there is no room (kMaxSessions,
  // kMaxSessionsOfOne) the session that was idle for longest ends. `done` is told once that is on
  // disk: kReadOnly or kOverloaded when a session that ended here could come back, and then the new
  // one has ended as well. A session that only may not outlive the process is not refused.
  struct Begun {
    crypto::Secret cookie;
    SessionId id;
  };
  Begun Begin(Operator who, SignedInFrom from, const SessionId& instead_of, Done done);

  // The session, unless it has ended. Looking at it alone does not keep it from growing idle.
  enum class Look { kUse, kOnly };
  std::optional<OperatorSession> Find(const SessionId& id, Look look);

  // Ends it, at once for this process. `done` (null: nobody waits) is told once it cannot come
  // back, whether or not there was such a session: kReadOnly, kOverloaded.
  void End(const SessionId& id, Done done);
  // Ends those of one operator that `which` is true of.
  void EndAllOf(const std::string& operator_id,
                const std::function<bool(const Operator& who)>& which, Done done);

  // In the order of their ids those after `after`, at most so many; of one operator, or of all when
  // it is empty.
  std::vector<ListedSession> After(const std::string& after, std::size_t limit,
                                   const std::string& operator_id);
  std::optional<ListedSession> Named(const std::string& public_id);
  std::size_t size() const;

  // Forgets what has ended by time, records that time passes, and tries a disk again that has
  // failed. Every second or so.
  void Tick();
  // Whether the disk refuses changes of sessions.
  bool failed() const { return writer_ != nullptr && writer_->behind(); }

  // A code that signs `who` in once, within kSignInCodeLife. Another offer takes its place.
  crypto::Secret Offer(Operator who);
  // Whom the code signs in; with that it is spent. Nothing for any other code.
  std::optional<Operator> Accept(std::string_view code);

 private:
  struct Entry {
    SessionId id;
    std::string public_id;
    OperatorSession session;
    SignedInFrom from;
    Micros recorded{0};  // steady: the last use that is on its way to the disk
  };
  using Entries = std::list<Entry>;
  struct Offered {
    std::string code_sha256;
    Operator who;
    Micros ends;
  };

  // All of these under mutex_.
  void Load(SessionStore::Found found, const Subjects& subjects);
  Entries::iterator Insert(Entry entry);
  void MakeRoom(const Operator& who, SessionChanges* changes);
  void Remove(Entries::iterator entry, SessionChanges* changes);
  bool HasEnded(const Entry& entry, Micros now) const;
  StoredSession Stored(const Entry& entry) const;
  SessionChanges All();
  // Hands changes to the writer, in the order in which they were made. What `done` is to be told
  // when the mutex is free; null: the writer tells it.
  std::optional<Status> Hand(SessionChanges changes, const Done& done);

  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;  // of all below but the writer
  Entries entries_;           // the one idle for longest in front
  std::unordered_map<SessionId, Entries::iterator> by_id_;
  std::map<std::string, Entries::iterator> by_public_id_;
  std::unordered_map<std::string, std::set<std::string>> of_operator_;  // public ids
  std::optional<Offered> offered_;
  Micros tick_at_{0};
  std::unique_ptr<SessionWriter> writer_;  // null: in memory alone
};

}  // namespace latchkey::api
