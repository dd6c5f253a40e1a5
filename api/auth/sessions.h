// Operators who have signed in, and the one link that signs a first one in. All of it in memory: a
// restart of the server ends every session. Of a cookie or a code only the SHA-256 is kept.
// Thread-safe.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/call/caller.h"
#include "api/call/operator.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"

namespace latchkey::api {

struct OperatorSession {
  Operator who;
  Time signed_in;   // wall clock, for people
  Micros ends{0};   // these two by the steady clock: a step of the wall clock ends no session
  Micros idles{0};  // when it ends unless it is used
};

class OperatorSessions {
 public:
  // Both outlive it.
  OperatorSessions(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // Signs `who` in and gives the cookie. Where there is no room (kMaxSessions, kMaxSessionsOfOne)
  // the session that was idle for longest ends.
  crypto::Secret Begin(Operator who);

  // The session, unless it has ended. Looking at it alone does not keep it from growing idle.
  enum class Look { kUse, kOnly };
  std::optional<OperatorSession> Find(const SessionId& id, Look look);

  void End(const SessionId& id);
  void EndAllOf(const Operator& who);
  std::size_t size() const;

  // A code that signs `who` in once, within kSignInCodeLife. Another offer takes its place.
  crypto::Secret Offer(Operator who);
  // Whom the code signs in; with that it is spent. Nothing for any other code.
  std::optional<Operator> Accept(std::string_view code);

 private:
  struct Entry {
    SessionId id;
    OperatorSession session;
  };
  using Entries = std::list<Entry>;
  struct Offered {
    std::string code_sha256;
    Operator who;
    Micros ends;
  };

  void MakeRoom(const Operator& who);
  void Remove(Entries::iterator entry);

  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;  // of all below
  Entries entries_;           // the one idle for longest in front
  std::unordered_map<SessionId, Entries::iterator> by_id_;
  std::unordered_map<std::string, std::size_t> of_operator_;  // how many, by the operator's id
  std::optional<Offered> offered_;
};

}  // namespace latchkey::api
