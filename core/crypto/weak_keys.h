// Well-formed public keys whose private key anyone can compute. Only for core/crypto.
// Thread-safe: free functions.
#pragma once

#include <string_view>

#include <openssl/types.h>

namespace latchkey::crypto {

// Whether these 32 bytes are an Ed25519 point of small order, in any of its 14 encodings. For such
// a key anyone can sign.
bool HasSmallOrder(std::string_view ed25519);

enum class ModulusFault {
  kNone,
  kSmallFactor,  // a prime below 2^20 divides it
  kPrimePower,   // it is a prime, or a power of one, such as a square
};

// Checks an odd RSA modulus of 2048 to 4096 bits in bounded time: one exponentiation, one or two
// greatest common divisors and some 750 multiplications, all modulo it. The first call also
// computes the products of the primes, in a few milliseconds. Every modulus with one of these
// faults is found.
ModulusFault FindModulusFault(const BIGNUM* modulus);

}  // namespace latchkey::crypto
