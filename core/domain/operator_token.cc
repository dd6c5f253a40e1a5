#include "core/domain/operator_token.h"

#include <string>
#include <utility>

#include "core/base/base32.h"
#include "core/crypto/hash.h"

namespace latchkey::domain {
namespace {

constexpr std::size_t kBodyChars = (kOperatorTokenBytes * 8 + 4) / 5;

std::string Checksum(std::string_view before) {
  return text::ToBase32(crypto::Sha256(before), text::kBase32Lower)
      .substr(0, kOperatorTokenChecksumChars);
}

}  // namespace

crypto::Secret NewOperatorToken(Random& random) {
  std::string bytes = random.Bytes(kOperatorTokenBytes);
  std::string body = text::ToBase32(bytes, text::kBase32Lower);
  std::string token;
  token.reserve(kOperatorTokenPrefix.size() + kBodyChars + kOperatorTokenChecksumChars);
  token.append(kOperatorTokenPrefix).append(body);
  token += Checksum(token);
  crypto::Wipe(&bytes);
  crypto::Wipe(&body);
  return crypto::Secret(std::move(token));
}

bool IsOperatorToken(std::string_view text) {
  if (text.size() != kOperatorTokenPrefix.size() + kBodyChars + kOperatorTokenChecksumChars ||
      !text.starts_with(kOperatorTokenPrefix)) {
    return false;
  }
  const std::string_view before = text.substr(0, text.size() - kOperatorTokenChecksumChars);
  const std::string_view body = before.substr(kOperatorTokenPrefix.size());
  return body.find_first_not_of(text::kBase32Lower) == std::string_view::npos &&
         crypto::ConstantTimeEqual(text.substr(before.size()), Checksum(before));
}

}  // namespace latchkey::domain
