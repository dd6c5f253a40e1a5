// The text of an operator's token: docs/key_format.md.
//
//   lkop_ + 52 lower-case Crockford base32 characters (32 random bytes) + 4 of a checksum
//
// The checksum (the first 20 bits of SHA-256 over the text before it) lets a person, or a
// scanner for leaked secrets, tell a token from a look-alike without asking anyone. It protects
// nothing: the ledger knows a token by the SHA-256 of its whole text. Thread-safe: free functions
// without state.
#pragma once

#include <string_view>

#include "core/base/random.h"
#include "core/crypto/secret.h"

namespace latchkey::domain {

inline constexpr std::string_view kOperatorTokenPrefix = "lkop_";
inline constexpr std::size_t kOperatorTokenBytes = 32;
inline constexpr std::size_t kOperatorTokenChecksumChars = 4;

crypto::Secret NewOperatorToken(Random& random);

// Whether the text has the form of a token and a correct checksum.
bool IsOperatorToken(std::string_view text);

}  // namespace latchkey::domain
