#include "core/identity/logins.h"

#include <algorithm>
#include <utility>

#include "core/crypto/hash.h"
#include "events/text.h"

namespace latchkey::identity {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMaxPathChars = 1'024;

}  // namespace

std::string LocalPath(std::string_view path) {
  const bool good = path.starts_with('/') && !path.starts_with("//") &&
                    path.size() <= kMaxPathChars &&
                    std::all_of(path.begin(), path.end(),
                                // Browsers read a backslash as a slash, and pass over controls.
                                [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
  return good ? std::string(path) : "/";
}

Logins::Begun Logins::Begin(std::string return_path, Time now) {
  const auto secret = [&] { return text::ToBase64Url(random_.Bytes(kSecretBytes)); };
  Begun begun{secret(), secret(), secret(), ""};
  Login login{begun.nonce, secret(), std::move(return_path)};
  begun.challenge = text::ToBase64Url(crypto::Sha256(login.verifier));
  const std::string state_sha256 = crypto::Sha256(begun.state);
  const Time until = now + kLoginTime;
  const std::lock_guard lock(mutex_);
  DropOld(now);
  by_state_.emplace(state_sha256, Entry{std::move(login), crypto::Sha256(begun.cookie), until});
  ages_.push_back({state_sha256, until});
  return begun;
}

// Also makes room for one more.
void Logins::DropOld(Time now) {
  while (!ages_.empty() && (ages_.size() >= max_ || now >= ages_.front().until)) {
    by_state_.erase(ages_.front().state_sha256);
    ages_.pop_front();
  }
}

std::optional<Logins::Login> Logins::Take(std::string_view cookie, std::string_view state,
                                          Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_state_.find(crypto::Sha256(state));
  if (found == by_state_.end()) return std::nullopt;
  Entry entry = std::move(found->second);
  by_state_.erase(found);
  if (now >= entry.until) return std::nullopt;
  if (!crypto::ConstantTimeEqual(crypto::Sha256(cookie), entry.cookie_sha256)) return std::nullopt;
  return std::move(entry.login);
}

std::size_t Logins::size() const {
  const std::lock_guard lock(mutex_);
  return by_state_.size();
}

}  // namespace latchkey::identity
