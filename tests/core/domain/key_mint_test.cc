#include "core/domain/key_mint.h"

#include <gtest/gtest.h>

#include <set>

#include "core/base/hex.h"
#include "core/crypto/hash.h"
#include "core/domain/key_codec.h"
#include "tests/support/fakes.h"

namespace latchkey::domain {
namespace {

using crypto::Secret;

const std::string kMaster(32, 'm');
const std::string kLedger(16, 'l');
const std::string kEpoch(10, 'e');
const std::string kNonce(16, 'n');

std::string Derived(const KeyMint& mint, std::uint64_t gateway, std::uint32_t generation,
                    std::string_view nonce) {
  return std::string(mint.Derive(gateway, generation, nonce).view());
}

// Written out from the definition: the same bytes as any other implementation's.
TEST(KeyMint, DerivesAsItsHeaderSays) {
  const KeyMint mint(Secret(std::string(kMaster)), kLedger, kEpoch);
  const std::string input = "latchkey/registration-key/v1" + kLedger + kEpoch +
                            std::string("\0\0\0\x01\x02\x03\x04\x05", 8) +
                            std::string("\0\0\x12\x34", 4) + kNonce;
  EXPECT_EQ(Derived(mint, 0x0102030405, 0x1234, kNonce),
            crypto::HmacSha256(kMaster, input).substr(0, kSecretBytes));
  EXPECT_EQ(mint.master_key_id(), crypto::Sha256(kMaster).substr(0, 8));
}

// Computed once with Python's hmac, so that later versions derive the same secrets.
TEST(KeyMint, GivesTheRecordedSecret) {
  const KeyMint mint(Secret(std::string(kMaster)), kLedger, kEpoch);
  EXPECT_EQ(text::ToHex(Derived(mint, 1, 1, kNonce)), "5b1dc77319f1d88a85c0cf5153e9a003");
  EXPECT_EQ(text::ToHex(mint.master_key_id()), "0c0524a72a27631c");
}

TEST(KeyMint, DependsOnEveryInput) {
  const KeyMint mint(Secret(std::string(kMaster)), kLedger, kEpoch);
  const KeyMint other_master(Secret(std::string(32, 'M')), kLedger, kEpoch);
  const KeyMint other_ledger(Secret(std::string(kMaster)), std::string(16, 'L'), kEpoch);
  const KeyMint other_epoch(Secret(std::string(kMaster)), kLedger, std::string(10, 'E'));
  const std::set<std::string> all = {
      Derived(mint, 1, 1, kNonce),         Derived(mint, 2, 1, kNonce),
      Derived(mint, 1, 2, kNonce),         Derived(mint, 1, 1, std::string(16, 'N')),
      Derived(other_master, 1, 1, kNonce), Derived(other_ledger, 1, 1, kNonce),
      Derived(other_epoch, 1, 1, kNonce)};
  EXPECT_EQ(all.size(), 7u);
  EXPECT_EQ(Derived(mint, 1, 1, kNonce), Derived(mint, 1, 1, kNonce));
}

TEST(KeyMint, ShowsWhatEarlierMasterKeysMadeAndIssuesUnderTheOneInUse) {
  const std::string newer(32, 'n'), stranger(32, 's');
  const KeyMint before(Secret(std::string(kMaster)), kLedger, kEpoch);
  std::vector<Secret> earlier;
  earlier.emplace_back(std::string(kMaster));
  const KeyMint after(Secret(std::string(newer)), kLedger, kEpoch, std::move(earlier));
  EXPECT_EQ(after.master_key_id(), MasterKeyId(newer));
  EXPECT_EQ(after.earlier_ids(), std::vector<std::string>{MasterKeyId(kMaster)});
  EXPECT_NE(Derived(after, 1, 1, kNonce), Derived(before, 1, 1, kNonce));

  const auto again = after.DeriveAgain(before.master_key_id(), 1, 1, kNonce);
  ASSERT_TRUE(again);
  EXPECT_EQ(std::string(again->view()), Derived(before, 1, 1, kNonce));
  EXPECT_EQ(after.DeriveAgain(after.master_key_id(), 1, 1, kNonce)->view(),
            Derived(after, 1, 1, kNonce));
  EXPECT_FALSE(after.DeriveAgain(MasterKeyId(stranger), 1, 1, kNonce));
  EXPECT_TRUE(after.Knows(MasterKeyId(kMaster)));
  EXPECT_FALSE(before.Knows(MasterKeyId(newer)));
}

}  // namespace
}  // namespace latchkey::domain
