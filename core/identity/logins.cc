#include "core/identity/logins.h"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "core/base/base64.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/identity/json.h"

namespace latchkey::identity {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMaxPathChars = 1'024;

// The content of a cookie.
std::string Write(const Logins::Login& login, Time until) {
  return boost::json::serialize(boost::json::object{{"nonce", login.nonce},
                                                    {"verifier", login.verifier},
                                                    {"return_path", login.return_path},
                                                    {"until", ToMicros(until)}});
}

struct Written {
  Logins::Login login;
  Time until;
};
std::optional<Written> Read(std::string_view text) {
  const auto object = ParseObject(text);
  if (!object) return std::nullopt;
  const auto* until = object->if_contains("until");
  auto nonce = TextOf(*object, "nonce");
  auto verifier = TextOf(*object, "verifier");
  auto return_path = TextOf(*object, "return_path");
  if (!nonce || !verifier || !return_path || until == nullptr || !until->is_int64()) {
    return std::nullopt;
  }
  return Written{{*std::move(nonce), *std::move(verifier), *std::move(return_path)},
                 FromMicros(until->get_int64())};
}

// Strangers may begin any number of sign-ins: each is sealed under its own key, derived from its
// random state. So no key seals twice, and one nonce is enough for all.
const std::string kNonce(crypto::kAeadNonceBytes, '\0');

}  // namespace

std::string LocalPath(std::string_view path) {
  const bool good = path.starts_with('/') && !path.starts_with("//") &&
                    path.size() <= kMaxPathChars &&
                    std::all_of(path.begin(), path.end(),
                                // Browsers read a backslash as a slash, and skip control
                                // characters.
                                [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
  return good ? std::string(path) : "/";
}

Logins::Logins(Random& random, std::size_t max_finished)
    : random_(random), key_(random.Bytes(crypto::kAeadKeyBytes)), max_finished_(max_finished) {}

Logins::Begun Logins::Begin(std::string return_path, Time now) {
  const auto secret = [&] { return text::ToBase64Url(random_.Bytes(kSecretBytes)); };
  Begun begun{"", secret(), secret(), ""};
  const Login login{begun.nonce, secret(), std::move(return_path)};
  begun.challenge = text::ToBase64Url(crypto::Sha256(login.verifier));
  begun.cookie = text::ToBase64Url(
      crypto::AeadSeal(KeyOf(begun.state).view(), kNonce, "", Write(login, now + kLoginTime)));
  return begun;
}

std::optional<Logins::Login> Logins::Take(std::string_view cookie, std::string_view state,
                                          Time now) {
  const std::optional<std::string> box = text::FromBase64Url(cookie);
  if (!box) return std::nullopt;
  const std::optional<std::string> text = crypto::AeadOpen(KeyOf(state).view(), kNonce, "", *box);
  std::optional<Written> written = text ? Read(*text) : std::nullopt;
  if (!written || now >= written->until) return std::nullopt;
  if (!IsFirst(crypto::Sha256(state), now)) return std::nullopt;
  return std::move(written->login);
}

crypto::Secret Logins::KeyOf(std::string_view state) const {
  return crypto::Secret(crypto::HmacSha256(key_.view(), state));
}

bool Logins::IsFirst(std::string state_sha256, Time now) {
  const std::lock_guard lock(mutex_);
  if (!finished_.insert(state_sha256).second) return false;
  ages_.push_back({std::move(state_sha256), now + kLoginTime});
  while (ages_.size() > max_finished_ || now >= ages_.front().until) {
    finished_.erase(ages_.front().state_sha256);
    ages_.pop_front();
  }
  return true;
}

}  // namespace latchkey::identity
