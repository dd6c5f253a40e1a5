// A signed JSON Web Token (RFC 7519) in its compact form, parsed, and the keys that verify it (RFC
// 7517). Nothing in a token may be trusted before Verify has succeeded. Thread-safe: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/base/error.h"
#include "core/crypto/jws.h"

namespace latchkey::identity {

inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;
inline constexpr std::size_t kMaxKeys = 64;  // of one provider

struct Jwt {
  crypto::JwsAlgorithm algorithm;
  std::string key_id;  // `kid`; empty when the header names none
  std::string type;    // `typ` in lower case, without "application/"
  boost::json::object claims;
  std::string_view signed_part;  // of the text that was parsed, which must outlive this
  std::string signature;
};

// kUnauthenticated: a token, or the keys that should verify it, cannot be trusted.
Error Unauthenticated(std::string detail);

// Whether a bearer credential can only be a JWT: three parts joined by dots.
bool LooksLikeJwt(std::string_view text);

// Refuses with kUnauthenticated: another form, an algorithm that is not in `allowed` (which never
// has "none" or HMAC), or a header with critical extensions (`crit`).
Result<Jwt> ParseJwt(std::string_view text, const std::vector<crypto::JwsAlgorithm>& allowed);

// The signing keys of a provider.
class KeySet {
 public:
  // Keys that are not for signing, or of a kind or size that is not accepted here, are skipped: a
  // provider may have some. Returns kUnauthenticated for text that is not a key set.
  static Result<KeySet> Parse(std::string_view json);

  enum class Verdict { kGood, kBad, kUnknownKey };
  // With a `kid` only the key of that name is tried, otherwise every key that fits. A key that
  // names its algorithm is used for no other.
  Verdict Verify(const Jwt& token) const;

  std::size_t size() const { return keys_.size(); }

 private:
  struct Entry {
    std::string id;
    std::optional<crypto::JwsAlgorithm> algorithm;
    crypto::JwsKey key;
  };
  std::vector<Entry> keys_;
};

}  // namespace latchkey::identity
