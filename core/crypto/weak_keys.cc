#include "core/crypto/weak_keys.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "core/base/check.h"
#include "core/crypto/openssl.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

using BignumContextPtr = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using MontgomeryPtr = std::unique_ptr<BN_MONT_CTX, Freed<BN_MONT_CTX_free>>;

// The y of every point whose order divides 8, little-endian, without the sign of x in the top bit.
// 0 and 1 have a second encoding below 2^255, as p and p + 1.
constexpr std::array kSmallOrderY = {
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,  // order 4
    "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,  // order 1
    "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
    "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05"sv,  // order 8
    "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
    "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a"sv,  // order 8
    "\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,  // p - 1: order 2
    "\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,  // p: order 4
    "\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,  // p + 1: order 1
};

constexpr int kPrimeBits = 20;
constexpr unsigned kFactorBound = 1U << kPrimeBits;
constexpr int kProductBits = 2047;  // below every modulus that is judged

void Must(bool done) { Check(done, "OpenSSL cannot calculate with large numbers"); }

// The odd primes below kFactorBound, multiplied into products of at most kProductBits.
std::vector<BignumPtr> MultiplyPrimes() {
  std::vector<bool> composite(kFactorBound);
  std::vector<BignumPtr> products;
  for (unsigned n = 3; n < kFactorBound; n += 2) {
    if (composite[n]) continue;
    for (std::size_t multiple = std::size_t{n} * n; multiple < kFactorBound; multiple += 2 * n) {
      composite[multiple] = true;
    }
    if (products.empty() || BN_num_bits(products.back().get()) > kProductBits - kPrimeBits) {
      products.emplace_back(BN_new());
      Must(products.back() != nullptr && BN_one(products.back().get()) == 1);
    }
    Must(BN_mul_word(products.back().get(), n) == 1);
  }
  return products;
}

// Whether the two have a common divisor above 1.
bool ShareAFactor(const BIGNUM* a, const BIGNUM* b, BN_CTX* context) {
  const BignumPtr divisor(BN_new());
  Must(BN_gcd(divisor.get(), a, b, context) == 1);
  return !BN_is_one(divisor.get());
}

}  // namespace

bool HasSmallOrder(std::string_view ed25519) {
  const auto is_that = [&](std::string_view y) {
    return ed25519.substr(0, y.size() - 1) == y.substr(0, y.size() - 1) &&
           (ed25519.back() & 0x7f) == y.back();
  };
  return ed25519.size() == 32 && std::any_of(kSmallOrderY.begin(), kSmallOrderY.end(), is_that);
}

ModulusFault FindModulusFault(const BIGNUM* modulus) {
  static const std::vector<BignumPtr> products = MultiplyPrimes();
  const BignumContextPtr context(BN_CTX_new());
  const MontgomeryPtr montgomery(BN_MONT_CTX_new());
  Must(context != nullptr && montgomery != nullptr &&
       BN_MONT_CTX_set(montgomery.get(), modulus, context.get()) == 1);

  // The product of all small primes. Each Montgomery multiplication also divides by a power of two,
  // which has no factor in common with an odd modulus and changes nothing about those it has.
  const BignumPtr primes(BN_new());
  Must(BN_one(primes.get()) == 1);
  for (const BignumPtr& product : products) {
    Must(BN_mod_mul_montgomery(primes.get(), primes.get(), product.get(), montgomery.get(),
                               context.get()) == 1);
  }

  // By Fermat, p divides 2^n - 2 when n is a power of the prime p. Of two different primes p and q,
  // p would do so only if the order of 2 modulo p divided q - 1: for random ones, never.
  const BignumPtr power(BN_new());
  Must(BN_mod_exp_mont_word(power.get(), 2, modulus, modulus, context.get(), montgomery.get()) ==
           1 &&
       BN_sub_word(power.get(), 2) == 1);

  // One greatest common divisor shows that there is no fault; only otherwise the kind of fault
  // matters.
  const BignumPtr both(BN_new());
  Must(BN_mod_mul_montgomery(both.get(), primes.get(), power.get(), montgomery.get(),
                             context.get()) == 1);
  if (!ShareAFactor(both.get(), modulus, context.get())) return ModulusFault::kNone;
  return ShareAFactor(primes.get(), modulus, context.get()) ? ModulusFault::kSmallFactor
                                                            : ModulusFault::kPrimePower;
}

}  // namespace latchkey::crypto
