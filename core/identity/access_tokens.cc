#include "core/identity/access_tokens.h"

#include <utility>

#include "core/crypto/hash.h"

namespace latchkey::identity {

std::shared_ptr<AccessTokens::Known> AccessTokens::Find(const std::string& sha256, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_sha256_.find(sha256);
  if (found == by_sha256_.end()) return nullptr;
  if (now >= found->second->known->identity.expires) {
    entries_.erase(found->second);
    by_sha256_.erase(found);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->known;
}

void AccessTokens::Insert(const std::string& sha256, std::shared_ptr<Known> known) {
  const std::lock_guard lock(mutex_);
  if (by_sha256_.contains(sha256)) return;  // another thread was first
  if (entries_.size() >= max_) {
    by_sha256_.erase(entries_.back().sha256);
    entries_.pop_back();
  }
  entries_.push_front({sha256, std::move(known)});
  by_sha256_.emplace(sha256, entries_.begin());
}

Result<std::shared_ptr<AccessTokens::Known>> AccessTokens::Check(std::string_view token, Time now) {
  const std::string sha256 = crypto::Sha256(token);
  if (std::shared_ptr<Known> known = Find(sha256, now)) return known;
  static const KeySet kNone;
  const std::shared_ptr<const KeySet> keys = provider_.keys();
  Result<Identity> identity =
      CheckAccessToken(provider_.config(), keys == nullptr ? kNone : *keys, token, now);
  if (!identity) return identity.error();
  auto known = std::make_shared<Known>();
  known->identity = *std::move(identity);
  Insert(sha256, known);
  return known;
}

std::size_t AccessTokens::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace latchkey::identity
