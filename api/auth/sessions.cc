#include "api/auth/sessions.h"

#include <algorithm>
#include <utility>

#include "api/http/limits.h"
#include "core/base/base32.h"
#include "core/crypto/hash.h"

namespace latchkey::api {
namespace {

// As text that stands in a cookie, a header or a link without any quoting.
crypto::Secret NewSecret(Random& random) {
  std::string bytes = random.Bytes(limits::kSessionSecretBytes);
  const crypto::WipeAtEnd wipe(&bytes);
  return crypto::Secret(text::ToBase32(bytes, text::kBase32Lower));
}

}  // namespace

crypto::Secret OperatorSessions::Begin(Operator who) {
  crypto::Secret cookie = NewSecret(random_);
  const Micros now = clock_.Steady();
  const std::lock_guard lock(mutex_);
  MakeRoom(who);
  ++of_operator_[who.id];
  entries_.push_back(
      {crypto::Sha256(cookie.view()),
       {std::move(who), clock_.Now(), now + limits::kSessionLife, now + limits::kSessionIdleTime}});
  by_id_[entries_.back().id] = std::prev(entries_.end());
  return cookie;
}

std::optional<OperatorSession> OperatorSessions::Find(const SessionId& id, Look look) {
  const Micros now = clock_.Steady();
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  OperatorSession& session = found->second->session;
  if (now >= session.ends || now >= session.idles) {
    Remove(found->second);
    return std::nullopt;
  }
  if (look == Look::kUse) {
    session.idles = now + limits::kSessionIdleTime;
    entries_.splice(entries_.end(), entries_, found->second);
  }
  return session;
}

void OperatorSessions::End(const SessionId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) Remove(found->second);
}

void OperatorSessions::EndAllOf(const Operator& who) {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto each = entry++;
    if (each->session.who.id == who.id) Remove(each);
  }
}

std::size_t OperatorSessions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
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

void OperatorSessions::MakeRoom(const Operator& who) {
  const auto own = of_operator_.find(who.id);
  if (own != of_operator_.end() && own->second >= limits::kMaxSessionsOfOne) {
    Remove(std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.session.who.id == who.id; }));
  }
  if (entries_.size() >= limits::kMaxSessions) Remove(entries_.begin());
}

void OperatorSessions::Remove(Entries::iterator entry) {
  const auto own = of_operator_.find(entry->session.who.id);
  if (--own->second == 0) of_operator_.erase(own);
  by_id_.erase(entry->id);
  entries_.erase(entry);
}

}  // namespace latchkey::api
