// Hashes, sealing, secrets, randomness.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "core/base/hex.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/crypto/passphrase.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "tests/support/fakes.h"

namespace latchkey::crypto {
namespace {

std::string BytesOfHex(std::string_view hex) { return *text::FromHex(hex); }

TEST(Sha256, IsThatOfFips180) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& [data, hex] : rows) EXPECT_EQ(text::ToHex(Sha256(data)), hex);
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256("abc"));
  EXPECT_EQ(Sha256({}), Sha256(""));
}

TEST(HmacSha256, IsThatOfRfc4231) {
  EXPECT_EQ(text::ToHex(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(text::ToHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(text::ToHex(HmacSha256(std::string(131, '\xaa'),
                                   "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Passphrase, IsTheScryptOfRfc7914) {
  const Secret key = KeyFromPassphrase("password", "NaCl", {10, 8, 16});
  EXPECT_EQ(text::ToHex(key.view()),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
  EXPECT_EQ(text::ToHex(KeyFromPassphrase("", "", {4, 1, 1}).view()),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442");
}

TEST(ConstantTimeEqual, ComparesLengthAndContent) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEqual("", "a"));
}

// Test case 16 of the GCM specification.
TEST(Aead, IsAes256Gcm) {
  const std::string key =
      BytesOfHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string nonce = BytesOfHex("cafebabefacedbaddecaf888");
  const std::string associated = BytesOfHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const std::string plain = BytesOfHex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const std::string box = BytesOfHex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(AeadSeal(key, nonce, associated, plain), box);
  EXPECT_EQ(AeadOpen(key, nonce, associated, box), plain);
}

TEST(Aead, OpensOnlyWhatWasSealed) {
  testing::SeededRandom random;
  const std::string key = random.Bytes(kAeadKeyBytes);
  const std::string nonce = random.Bytes(kAeadNonceBytes);
  const std::string box = AeadSeal(key, nonce, "about", "hello");
  EXPECT_EQ(AeadOpen(key, nonce, "about", box), "hello");
  for (std::size_t bit = 0; bit < box.size() * 8; ++bit) {
    std::string flipped = box;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(AeadOpen(key, nonce, "about", flipped));
  }
  for (std::size_t size = 0; size < box.size(); ++size) {
    EXPECT_FALSE(AeadOpen(key, nonce, "about", box.substr(0, size)));
  }
  EXPECT_FALSE(AeadOpen(key, nonce, "About", box));
  EXPECT_FALSE(AeadOpen(key, random.Bytes(kAeadNonceBytes), "about", box));
  EXPECT_FALSE(AeadOpen(random.Bytes(kAeadKeyBytes), nonce, "about", box));
  EXPECT_EQ(AeadOpen(key, nonce, "about", box), "hello");  // the failures left nothing behind
}

TEST(Aead, SealsNothingAndNothingBeside) {
  const std::string key(kAeadKeyBytes, 'k');
  const std::string nonce(kAeadNonceBytes, 'n');
  EXPECT_EQ(AeadOpen(key, nonce, "", AeadSeal(key, nonce, "", "")), "");
}

TEST(Primitives, ManyThreadsMayUseThemAtOnce) {
  const std::string key(kAeadKeyBytes, 'k');
  const std::string nonce(kAeadNonceBytes, 'n');
  const std::string digest = Sha256("x");
  const std::string mac = HmacSha256(key, "x");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        ASSERT_EQ(Sha256("x"), digest);
        ASSERT_EQ(HmacSha256(key, "x"), mac);
        ASSERT_EQ(AeadOpen(key, nonce, "a", AeadSeal(key, nonce, "a", "x")), "x");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(SystemRandom, GivesAsManyBytesAsAskedAndNeverTheSame) {
  SystemRandom random;
  EXPECT_EQ(random.Bytes(0), "");
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(seen.insert(random.Bytes(16)).second);
}

TEST(Secret, IsWipedWhereverItWas) {
  for (const std::size_t size :
       {std::size_t{8}, std::size_t{64}}) {  // inside a string, on the heap
    std::string given(size, 's');
    const char* const where = given.data();
    Secret first(std::move(given));
    EXPECT_EQ(first.view(), std::string(size, 's'));
    if (size == 8) {  // heap memory would be freed, so only this may be read
      EXPECT_EQ(std::string(where, size), std::string(size, '\0'));
    }
    Secret second(std::move(first));
    EXPECT_TRUE(first.empty());  // being empty is the promise
    first = std::move(second);
    EXPECT_EQ(first.view(), std::string(size, 's'));
    EXPECT_TRUE(second.empty());
  }
}

TEST(Wipe, ClearsTheWholeCapacity) {
  std::string bytes(100, 's');
  bytes.resize(10);
  const char* const where = bytes.data();
  Wipe(&bytes);
  EXPECT_TRUE(bytes.empty());
  ASSERT_EQ(bytes.data(), where);
  EXPECT_EQ(std::string(where, 100), std::string(100, '\0'));
  {
    const WipeAtEnd wipe(&bytes);
    bytes = "secret";
  }
  EXPECT_TRUE(bytes.empty());
}

}  // namespace
}  // namespace latchkey::crypto
