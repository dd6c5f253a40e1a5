#include "core/domain/key_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "core/base/base32.h"
#include "core/base/hex.h"
#include "tests/support/fakes.h"

namespace latchkey::domain {
namespace {

using crypto::Secret;

constexpr std::size_t kChars = 40;
constexpr std::size_t kBits = 200;

RegistrationKey RandomKey(testing::SeededRandom& random) {
  return {1 + random.Below((std::uint64_t{1} << 40) - 1),
          1 + static_cast<std::uint32_t>(random.Below(65'535)), Secret(random.Bytes(kSecretBytes))};
}

std::string TextOf(const RegistrationKey& key) { return std::string(FormatKey(key).view()); }

void ExpectSame(const Result<RegistrationKey>& parsed, const RegistrationKey& key) {
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->gateway, key.gateway);
  EXPECT_EQ(parsed->generation, key.generation);
  EXPECT_EQ(parsed->secret.view(), key.secret.view());
}

ErrorCode CodeOf(std::string_view text) {
  const auto parsed = ParseKey(text);
  return parsed ? ErrorCode::kIo : parsed.error().code;
}

// What the checksum's own code sees of an error: it is linear, so an error pattern is caught in
// every key when, and only when, checksum(pattern) ^ checksum(zeros) differs from the pattern's
// last 16 bits.
std::uint16_t Syndrome(const std::array<unsigned char, kBits / 8>& pattern) {
  const std::string bytes(pattern.begin(), pattern.end());
  const auto last = static_cast<std::uint16_t>(pattern[23] << 8 | pattern[24]);
  return KeyChecksum(std::string_view(bytes).substr(0, kKeyPayloadBytes)) ^
         KeyChecksum(std::string(kKeyPayloadBytes, '\0')) ^ last;
}

// Of every single bit, first bit of the key first.
const std::array<std::uint16_t, kBits>& BitSyndromes() {
  static const auto all = [] {
    std::array<std::uint16_t, kBits> syndromes{};
    for (std::size_t bit = 0; bit < kBits; ++bit) {
      std::array<unsigned char, kBits / 8> pattern{};
      pattern[bit / 8] = static_cast<unsigned char>(0x80 >> bit % 8);
      syndromes[bit] = Syndrome(pattern);
    }
    return syndromes;
  }();
  return all;
}

std::uint16_t CharacterSyndrome(std::size_t place, int difference) {
  std::uint16_t syndrome = 0;
  for (std::size_t bit = 0; bit < 5; ++bit) {
    if (difference >> (4 - bit) & 1) syndrome ^= BitSyndromes()[place * 5 + bit];
  }
  return syndrome;
}

TEST(KeyChecksum, IsCrc16Ibm3740) { EXPECT_EQ(KeyChecksum("123456789"), 0x29b1); }

TEST(KeyChecksum, IsLinear) {
  testing::SeededRandom random;
  const auto zero = KeyChecksum(std::string(kKeyPayloadBytes, '\0'));
  for (int round = 0; round < 1'000; ++round) {
    const std::string a = random.Bytes(kKeyPayloadBytes);
    const std::string b = random.Bytes(kKeyPayloadBytes);
    std::string both = a;
    for (std::size_t i = 0; i < both.size(); ++i) both[i] = static_cast<char>(a[i] ^ b[i]);
    ASSERT_EQ(KeyChecksum(both), KeyChecksum(a) ^ KeyChecksum(b) ^ zero);
  }
}

TEST(KeyChecksum, CatchesEverySingleWrongCharacter) {
  int patterns = 0;
  for (std::size_t place = 0; place < kChars; ++place) {
    for (int difference = 1; difference < 32; ++difference, ++patterns) {
      EXPECT_NE(CharacterSyndrome(place, difference), 0) << place << " " << difference;
    }
  }
  EXPECT_EQ(patterns, 40 * 31);
}

// Swapping a and b at neighbouring places changes both by a ^ b. Groups make no difference: dashes
// are not part of what the checksum covers.
TEST(KeyChecksum, CatchesEverySwapOfNeighbours) {
  int patterns = 0;
  for (std::size_t place = 0; place + 1 < kChars; ++place) {
    for (int difference = 1; difference < 32; ++difference, ++patterns) {
      EXPECT_NE(CharacterSyndrome(place, difference) ^ CharacterSyndrome(place + 1, difference), 0)
          << place << " " << difference;
    }
  }
  EXPECT_EQ(patterns, 39 * 31);
}

// More than is promised: any two wrong neighbours, and every other error within 16 bits.
TEST(KeyChecksum, CatchesEveryBurstOfSixteenBits) {
  for (std::size_t first = 0; first < kBits; ++first) {
    const std::size_t others = std::min<std::size_t>(15, kBits - 1 - first);
    std::uint16_t syndrome = BitSyndromes()[first];
    for (std::uint32_t gray = 1; gray <= (1u << others); ++gray) {  // Gray code: one bit a step
      ASSERT_NE(syndrome, 0) << first;
      const auto bit = static_cast<std::size_t>(__builtin_ctz(gray));
      if (bit < others) syndrome ^= BitSyndromes()[first + 1 + bit];
    }
  }
}

// The same for one key through the reader itself, without trusting the algebra.
TEST(ParseKey, RefusesEverySlipOfRandomKeys) {
  testing::SeededRandom random;
  for (int round = 0; round < 3; ++round) {
    const std::string key = TextOf(RandomKey(random));
    for (std::size_t i = 4; i < key.size(); ++i) {
      if (key[i] == '-') continue;
      for (const char c : text::kBase32Upper) {
        std::string slipped = key;
        slipped[i] = c;
        if (slipped != key) {
          ASSERT_EQ(CodeOf(slipped), ErrorCode::kKeyMistyped);
        }
      }
      const std::size_t next = i + 1 < key.size() && key[i + 1] == '-' ? i + 2 : i + 1;
      if (next >= key.size() || key[i] == key[next]) continue;
      std::string swapped = key;
      std::swap(swapped[i], swapped[next]);
      ASSERT_EQ(CodeOf(swapped), ErrorCode::kKeyMistyped);
    }
  }
}

TEST(ParseKey, ReadsWhatFormatKeyWrites) {
  testing::SeededRandom random;
  for (int round = 0; round < 2'000; ++round) {
    const RegistrationKey key = RandomKey(random);
    const std::string written = TextOf(key);
    ASSERT_EQ(written.size(), 51u);
    ExpectSame(ParseKey(written), key);
  }
  for (const RegistrationKey& edge :
       {RegistrationKey{1, 1, Secret(std::string(16, '\0'))},
        RegistrationKey{(std::uint64_t{1} << 40) - 1, 65'535, Secret(std::string(16, '\xff'))}}) {
    ExpectSame(ParseKey(TextOf(edge)), edge);
  }
}

TEST(ParseKey, ReadsTheKeyHoweverItIsTyped) {
  const RegistrationKey key{0x1234567890, 0x1121, Secret(std::string(16, '\x84'))};
  const std::string written = TextOf(key);
  std::string bare;
  std::copy_if(written.begin(), written.end(), std::back_inserter(bare),
               [](char c) { return c != '-'; });
  std::string lower = written;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  std::string spaced;
  for (const char c : bare) spaced += std::string(1, c) + " -";
  std::string look_alike = written;
  const std::string others[] = {"oO", "iIlL"};
  for (std::size_t i = 0; i < look_alike.size(); ++i) {
    if (look_alike[i] == '0') look_alike[i] = others[0][i % 2];
    if (look_alike[i] == '1') look_alike[i] = others[1][i % 4];
  }
  ASSERT_NE(look_alike, written);
  for (const std::string& typed : {written, bare, lower, spaced, look_alike,
                                   "\t " + written + "\r\n", "1ki" + bare.substr(3)}) {
    SCOPED_TRACE(typed);
    ExpectSame(ParseKey(typed), key);
  }
}

struct Row {
  std::string typed;
  ErrorCode code;
  std::string says;  // a part of the detail
};

TEST(ParseKey, NamesWhatIsWrong) {
  const std::string good = TextOf({1, 1, Secret(std::string(16, 's'))});
  std::string with_u = good;
  with_u[9] = 'U';
  std::string with_umlaut = good;
  with_umlaut.replace(5, 1, "\xc3\xa4");
  const Row rows[] = {
      {"", ErrorCode::kKeyMalformed, "this has 0"},
      {"---- ", ErrorCode::kKeyMalformed, "this has 0"},
      {"LK1", ErrorCode::kKeyMalformed, "this has 3"},
      {"LK", ErrorCode::kKeyMalformed, "this has 2"},
      {good.substr(0, good.size() - 1), ErrorCode::kKeyMalformed, "this has 42"},
      {good + "0", ErrorCode::kKeyMalformed, "this has 44"},
      {good + good, ErrorCode::kKeyMalformed, "this has 86"},
      {std::string(70'000, '0'), ErrorCode::kKeyMalformed, "begins with LK1"},
      {"LK2" + good.substr(3), ErrorCode::kKeyMalformed, "begins with LK1"},
      {good.substr(4), ErrorCode::kKeyMalformed, "begins with LK1"},
      {with_u, ErrorCode::kKeyMalformed, "\"U\" at place 10"},
      {with_umlaut, ErrorCode::kKeyMalformed, "The character at place 6"},
      {"\xff" + good, ErrorCode::kKeyMalformed, "The character at place 1"},
      {"\x80" + good, ErrorCode::kKeyMalformed, "The character at place 1"},
      {good + "\xbf", ErrorCode::kKeyMalformed, "The character at place 52"},
      {good + std::string(1, '\0'), ErrorCode::kKeyMalformed, "The character at place 52"},
      {"LK1-00000-00000-00000-00000-00000-00000-00000-00000", ErrorCode::kKeyMistyped, "wrong"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.typed.substr(0, 80));
    const auto parsed = ParseKey(row.typed);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, row.code);
    EXPECT_NE(parsed.error().detail.find(row.says), std::string::npos) << parsed.error().detail;
  }
}

// FormatKey refuses such keys, so they are written here by hand.
TEST(ParseKey, RefusesGatewayAndGenerationZero) {
  for (const std::string& head :
       {std::string("\0\0\0\0\0\0\1", 7), std::string("\0\0\0\0\1\0\0", 7)}) {
    std::string bytes = head + std::string(kSecretBytes, 's');
    const auto crc = KeyChecksum(bytes);
    bytes += {static_cast<char>(crc >> 8), static_cast<char>(crc)};
    const auto parsed = ParseKey("LK1" + text::ToBase32(bytes, text::kBase32Upper));
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::kKeyMalformed);
  }
}

TEST(ParseKey, NeverQuotesTheKey) {
  testing::SeededRandom random;
  for (int round = 0; round < 200; ++round) {
    std::string typed = TextOf(RandomKey(random));
    typed[4 + random.Below(typed.size() - 4)] = "U!z0"[random.Below(4)];
    const auto parsed = ParseKey(typed);
    if (parsed) continue;
    for (std::size_t i = 3; i + 5 < typed.size(); ++i) {
      ASSERT_EQ(parsed.error().detail.find(typed.substr(i, 5)), std::string::npos);
    }
  }
}

TEST(ParseKey, SurvivesAnyBytes) {
  testing::SeededRandom random;
  constexpr std::string_view kMix = "LK1-0OIl zZu\xc3\xa4\xff\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string typed = TextOf(RandomKey(random));
    for (std::uint64_t change = random.Below(6); change > 0; --change) {
      const std::size_t at = random.Below(typed.size() + 1);
      const char c = random.Below(2) == 0 ? kMix[random.Below(kMix.size())] : random.Bytes(1)[0];
      switch (random.Below(4)) {
        case 0:
          typed.insert(at, 1, c);
          break;
        case 1:
          typed.erase(at, random.Below(4));
          break;
        case 2:
          typed.resize(at);
          break;
        case 3:
          typed.replace(at, 1, 1, c);
          break;
      }
    }
    const auto parsed = ParseKey(typed);
    if (parsed) {
      ExpectSame(ParseKey(TextOf(*parsed)), *parsed);  // what is read can be written and read again
    } else {
      ASSERT_TRUE(parsed.error().code == ErrorCode::kKeyMalformed ||
                  parsed.error().code == ErrorCode::kKeyMistyped);
    }
  }
}

// tests/golden/keys.txt: `gateway generation secret(hex) key` or `refused code text`, a row a line.
TEST(KeyVectors, HoldInBothDirections) {
  std::ifstream file(LATCHKEY_GOLDEN_DIR "/keys.txt");
  ASSERT_TRUE(file) << "tests/golden/keys.txt is missing";
  int rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    ++rows;
    std::istringstream words(line);
    std::string first, second, third, fourth;
    words >> first >> second >> third >> fourth;
    if (first == "refused") {
      const auto parsed = ParseKey(third);
      ASSERT_FALSE(parsed);
      EXPECT_EQ(CodeName(parsed.error().code), second);
      continue;
    }
    const RegistrationKey key{std::stoull(first), static_cast<std::uint32_t>(std::stoul(second)),
                              Secret(*text::FromHex(third))};
    EXPECT_EQ(TextOf(key), fourth);
    ExpectSame(ParseKey(fourth), key);
  }
  EXPECT_GE(rows, 10);
}

}  // namespace
}  // namespace latchkey::domain
