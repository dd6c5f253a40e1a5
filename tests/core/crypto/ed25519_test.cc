#include "core/crypto/ed25519.h"

#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "tests/core/crypto/openssl_oracle.h"

namespace latchkey::crypto {
namespace {

TEST(SigningKey, GivesItsPublicKeyAgain) {
  const SigningKey key = CreateSigningKey();
  EXPECT_EQ(key.public_key.size(), kEd25519KeyBytes);
  EXPECT_EQ(Ed25519Signer::Load(key.key_pem.view())->public_key(), key.public_key);
  EXPECT_NE(CreateSigningKey().public_key, key.public_key);
}

TEST(Ed25519Signer, TakesNothingButAnEd25519Key) {
  for (const std::string& bad :
       {std::string(), std::string("junk"), oracle::KeyPem(oracle::Key("P-256").get())}) {
    const auto refused = Ed25519Signer::Load(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnusable);
  }
}

TEST(Ed25519Signer, SignsWhatVerifyTakesAndNothingElse) {
  const SigningKey key = CreateSigningKey();
  const auto signer = Ed25519Signer::Load(key.key_pem.view());
  ASSERT_TRUE(signer);
  const std::string signature = signer->Sign("a checkpoint");
  EXPECT_EQ(signature.size(), kEd25519SignatureBytes);
  EXPECT_TRUE(Ed25519Verify(key.public_key, "a checkpoint", signature));
  EXPECT_FALSE(Ed25519Verify(key.public_key, "a checkpoinT", signature));
  EXPECT_FALSE(Ed25519Verify(CreateSigningKey().public_key, "a checkpoint", signature));
  EXPECT_FALSE(Ed25519Verify(key.public_key, "a checkpoint", signature.substr(1)));
  EXPECT_FALSE(Ed25519Verify("short", "a checkpoint", signature));
  std::string flipped = signature;
  flipped[10] = static_cast<char>(flipped[10] ^ 1);
  EXPECT_FALSE(Ed25519Verify(key.public_key, "a checkpoint", flipped));
}

// RFC 8032 §7.1, test 2.
TEST(Ed25519Verify, TakesTheVectorOfTheRfc) {
  const auto bytes = [](std::string_view hex) { return *text::FromHex(hex); };
  EXPECT_TRUE(Ed25519Verify(
      bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), bytes("72"),
      bytes("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")));
}

}  // namespace
}  // namespace latchkey::crypto
