#include "api/auth/sessions.h"

#include <algorithm>
#include <utility>

#include "api/http/limits.h"
#include "core/base/base32.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "events/event.pb.h"

namespace latchkey::api {
namespace {

// As text that stands in a cookie, a header or a link without any quoting.
crypto::Secret NewSecret(Random& random) {
  std::string bytes = random.Bytes(limits::kSessionSecretBytes);
  const crypto::WipeAtEnd wipe(&bytes);
  return crypto::Secret(text::ToBase32(bytes, text::kBase32Lower));
}

Error TooManyChanges() {
  return Refuse(ErrorCode::kOverloaded, "Too many sign-ins and sign-outs. Try again in a moment.");
}

// In the box the browser is `detail`, as other free text of strangers.
std::string Seal(const SignedInFrom& from, Subjects& subjects, Random& random) {
  // A key that was erased is not made again.
  if (from.subject.empty() || !subjects.Has(from.subject).value_or(false)) return "";
  events::Personal personal;
  personal.set_address(from.address);
  personal.set_detail(from.agent);
  const auto sealed = subjects.Seal(from.subject, personal, random);
  return sealed ? sealed->SerializeAsString() : "";
}

SignedInFrom Unseal(const std::string& box, const Subjects& subjects) {
  events::Sealed sealed;
  if (box.empty() || !sealed.ParseFromString(box)) return {};
  const auto personal = subjects.Open(sealed);
  if (!personal) return {};
  return {personal->address(), personal->detail(), sealed.subject()};
}

void Tell(const std::optional<Status>& now, const OperatorSessions::Done& done) {
  if (now && done) done(*now);
}

}  // namespace

OperatorSessions::OperatorSessions(const Clock& clock, Random& random, Directory directory)
    : OperatorSessions(clock, random) {
  SessionStore::Found found;
  auto store = SessionStore::Open(std::move(directory.path), directory.resources,
                                  std::move(directory.belongs_to), &found);
  if (found.discarded) {
    directory.say(true, "sessions_discarded",
                  "The sessions of before could not be read whole. Everyone signs in again.");
  }
  writer_ = std::make_unique<SessionWriter>(
      std::move(store), clock_,
      SessionWriter::Work{[this] {
                            const std::lock_guard lock(mutex_);
                            return All();
                          },
                          [this, &subjects = directory.subjects](StoredSession* session) {
                            session->from_box = Seal(session->from, subjects, random_);
                          },
                          std::move(directory.say)});
  const std::lock_guard lock(mutex_);
  Load(std::move(found), directory.subjects);
}

void OperatorSessions::Load(SessionStore::Found found, const Subjects& subjects) {
  auto& stored = found.sessions;
  std::sort(stored.begin(), stored.end(), [](const auto& one, const auto& other) {
    return one.second.use.at < other.second.use.at;
  });
  const Time now = clock_.Now();
  const Micros steady = clock_.Steady();
  const auto set_back = [&](Time time) { return time - ledger_limits::kMaxClockStep > now; };
  const bool all_end = found.written && set_back(*found.written);
  SessionChanges changes;
  for (auto& [id, session] : stored) {
    const Micros since = std::max(now - session.use.at, Micros(0));
    Entry entry{id,
                PublicSessionId(id, session.signed_in),
                {std::move(session.who), session.signed_in, session.use.at,
                 steady + limits::kSessionLife - session.use.age - since,
                 steady + limits::kSessionIdleTime - since},
                Unseal(session.from_box, subjects),
                steady - since};
    if (all_end || set_back(session.use.at) || HasEnded(entry, steady)) {
      changes.ended.push_back(id);
      continue;
    }
    MakeRoom(entry.session.who, &changes);
    Insert(std::move(entry));
  }
  (void)Hand(std::move(changes), {});
}

OperatorSessions::Begun OperatorSessions::Begin(Operator who, SignedInFrom from,
                                                const SessionId& instead_of, Done done) {
  Begun begun{NewSecret(random_), ""};
  begun.id = crypto::Sha256(begun.cookie.view());
  const Time now = clock_.Now();
  const Micros steady = clock_.Steady();
  std::optional<Status> told;
  {
    const std::lock_guard lock(mutex_);
    SessionChanges changes;
    if (const auto before = by_id_.find(instead_of); before != by_id_.end()) {
      Remove(before->second, &changes);
    }
    MakeRoom(who, &changes);
    const auto entry = Insert({begun.id,
                               PublicSessionId(begun.id, now),
                               {std::move(who), now, now, steady + limits::kSessionLife,
                                steady + limits::kSessionIdleTime},
                               std::move(from),
                               steady});
    changes.begun.emplace_back(entry->id, Stored(*entry));
    changes.synced = true;
    done = [this, id = begun.id, ends = !changes.ended.empty(),
            done = std::move(done)](const Status& written) {
      if (!written && ends) End(id, {});
      if (done) done(ends ? written : Status());
    };
    told = Hand(std::move(changes), done);
  }
  Tell(told, done);
  return begun;
}

std::optional<OperatorSession> OperatorSessions::Find(const SessionId& id, Look look) {
  const Micros now = clock_.Steady();
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  Entry& entry = *found->second;
  SessionChanges changes;
  if (HasEnded(entry, now)) {
    Remove(found->second, &changes);
    (void)Hand(std::move(changes), {});
    return std::nullopt;
  }
  if (look == Look::kUse) {
    entry.session.idles = now + limits::kSessionIdleTime;
    entry.session.last_used = clock_.Now();
    entries_.splice(entries_.end(), entries_, found->second);
    if (now - entry.recorded >= limits::kSessionUseStep) {
      entry.recorded = now;
      changes.used.emplace_back(id, Stored(entry).use);
      (void)Hand(std::move(changes), {});
    }
  }
  return entry.session;
}

void OperatorSessions::End(const SessionId& id, Done done) {
  std::optional<Status> told;
  {
    const std::lock_guard lock(mutex_);
    SessionChanges changes;
    if (const auto found = by_id_.find(id); found != by_id_.end()) Remove(found->second, &changes);
    changes.synced = true;
    told = Hand(std::move(changes), done);
  }
  Tell(told, done);
}

void OperatorSessions::EndAllOf(const std::string& operator_id,
                                const std::function<bool(const Operator& who)>& which, Done done) {
  std::optional<Status> told;
  {
    const std::lock_guard lock(mutex_);
    SessionChanges changes;
    std::vector<Entries::iterator> ending;
    if (const auto own = of_operator_.find(operator_id); own != of_operator_.end()) {
      for (const std::string& id : own->second) {
        const auto entry = by_public_id_.at(id);
        if (which(entry->session.who)) ending.push_back(entry);
      }
    }
    for (const auto entry : ending) Remove(entry, &changes);
    changes.synced = true;
    told = Hand(std::move(changes), done);
  }
  Tell(told, done);
}

std::vector<ListedSession> OperatorSessions::After(const std::string& after, std::size_t limit,
                                                   const std::string& operator_id) {
  std::vector<ListedSession> listed;
  const Micros now = clock_.Steady();
  const std::lock_guard lock(mutex_);
  const auto add = [&](const Entry& entry) {
    if (HasEnded(entry, now)) return;
    listed.push_back({entry.public_id, entry.id, entry.session, entry.from});
  };
  if (operator_id.empty()) {
    for (auto it = by_public_id_.upper_bound(after);
         it != by_public_id_.end() && listed.size() < limit; ++it) {
      add(*it->second);
    }
  } else if (const auto own = of_operator_.find(operator_id); own != of_operator_.end()) {
    for (auto it = own->second.upper_bound(after); it != own->second.end() && listed.size() < limit;
         ++it) {
      add(*by_public_id_.at(*it));
    }
  }
  return listed;
}

std::optional<ListedSession> OperatorSessions::Named(const std::string& public_id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_public_id_.find(public_id);
  if (found == by_public_id_.end() || HasEnded(*found->second, clock_.Steady())) {
    return std::nullopt;
  }
  const Entry& entry = *found->second;
  return ListedSession{entry.public_id, entry.id, entry.session, entry.from};
}

std::size_t OperatorSessions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void OperatorSessions::Tick() {
  const Micros now = clock_.Steady();
  const std::lock_guard lock(mutex_);
  SessionChanges changes;
  if (now >= tick_at_) {
    tick_at_ = now + limits::kSessionUseStep;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto each = entry++;
      if (HasEnded(*each, now)) Remove(each, &changes);
    }
    changes.time = !entries_.empty();
  } else if (!failed()) {
    return;
  }
  (void)Hand(std::move(changes), {});
}

crypto::Secret OperatorSessions::Offer(Operator who) {
  crypto::Secret code = NewSecret(random_);
  const std::lock_guard lock(mutex_);
  offered_ = {crypto::Sha256(code.view()), std::move(who),
              clock_.Steady() + limits::kSignInCodeLife};
  return code;
}

std::optional<Operator> OperatorSessions::Accept(std::string_view code) {
  const std::string code_sha256 = crypto::Sha256(code);
  const std::lock_guard lock(mutex_);
  if (!offered_ || !crypto::ConstantTimeEqual(offered_->code_sha256, code_sha256)) {
    return std::nullopt;
  }
  const Offered offered = *std::exchange(offered_, std::nullopt);
  if (clock_.Steady() >= offered.ends) return std::nullopt;
  return offered.who;
}

void OperatorSessions::MakeRoom(const Operator& who, SessionChanges* changes) {
  const auto own = of_operator_.find(who.id);
  if (own != of_operator_.end() && own->second.size() >= limits::kMaxSessionsOfOne) {
    Remove(std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.session.who.id == who.id; }),
           changes);
  }
  if (entries_.size() >= limits::kMaxSessions) Remove(entries_.begin(), changes);
}

OperatorSessions::Entries::iterator OperatorSessions::Insert(Entry entry) {
  entries_.push_back(std::move(entry));
  const auto inserted = std::prev(entries_.end());
  by_id_[inserted->id] = inserted;
  by_public_id_[inserted->public_id] = inserted;
  of_operator_[inserted->session.who.id].insert(inserted->public_id);
  return inserted;
}

void OperatorSessions::Remove(Entries::iterator entry, SessionChanges* changes) {
  changes->ended.push_back(entry->id);
  const auto own = of_operator_.find(entry->session.who.id);
  own->second.erase(entry->public_id);
  if (own->second.empty()) of_operator_.erase(own);
  by_public_id_.erase(entry->public_id);
  by_id_.erase(entry->id);
  entries_.erase(entry);
}

bool OperatorSessions::HasEnded(const Entry& entry, Micros now) const {
  return now >= entry.session.ends || now >= entry.session.idles;
}

StoredSession OperatorSessions::Stored(const Entry& entry) const {
  const OperatorSession& session = entry.session;
  const Micros used = session.idles - limits::kSessionIdleTime;  // steady
  return {session.who,
          session.signed_in,
          entry.from,
          "",
          {session.last_used, used - (session.ends - limits::kSessionLife)}};
}

SessionChanges OperatorSessions::All() {
  SessionChanges all;
  for (const Entry& entry : entries_) all.begun.emplace_back(entry.id, Stored(entry));
  return all;
}

std::optional<Status> OperatorSessions::Hand(SessionChanges changes, const Done& done) {
  if (writer_ == nullptr) return Status();
  if (changes.empty() && !done && !failed()) return std::nullopt;
  if (writer_->Queue(std::move(changes), done)) return std::nullopt;
  return Status(TooManyChanges());
}

}  // namespace latchkey::api
