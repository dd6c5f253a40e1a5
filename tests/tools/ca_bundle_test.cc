#include "tools/installer/ca_bundle.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/crypto/certificates.h"
#include "tests/support/fakes.h"

namespace latchkey::tools {
namespace {

std::string NewCa() {
  static latchkey::testing::SeededRandom random;
  return crypto::CertificateAuthority::Create("CA", SystemClock().Now(), random).certificate_pem;
}

TEST(CaBundle, AddsWhatIsMissing) {
  const std::string a = NewCa(), b = NewCa(), c = NewCa();
  const struct {
    const char* name;
    std::string kept, more;
    std::optional<std::string> all;
  } rows[] = {
      {"another", a, b, a + b},
      {"the same", a, a, std::nullopt},
      {"one of two", a + b, b, std::nullopt},
      {"a chain", a, b + c, a + b + c},
      {"partly known", a + b, c + b, a + b + c},
      {"twice", a, b + b, a + b},
      {"nothing", a, "", std::nullopt},
      {"no certificate", a, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
       std::nullopt},
      {"into nothing", "", a, a},
      {"around other text", "# ours\n" + a + "# end\n", b, a + b},
      {"cut off", a.substr(0, a.size() / 2), b, b},
  };
  for (const auto& row : rows) EXPECT_EQ(WithCas(row.kept, row.more), row.all) << row.name;
}

TEST(CaBundle, KeepsTheNewestUpToTheLimit) {
  std::string kept;
  std::vector<std::string> all;
  for (std::size_t i = 0; i < kMaxKeptCas + 2; ++i) {
    all.push_back(NewCa());
    kept = WithCas(kept, all.back()).value_or("");
  }
  std::string newest;
  for (std::size_t i = 2; i < all.size(); ++i) newest += all[i];
  EXPECT_EQ(kept, newest);
}

}  // namespace
}  // namespace latchkey::tools
