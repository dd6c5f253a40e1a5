#include "core/crypto/certificates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "core/base/hex.h"
#include "core/base/time_text.h"
#include "core/crypto/hash.h"
#include "core/crypto/random.h"
#include "tests/core/crypto/openssl_oracle.h"
#include "tests/support/fakes.h"

namespace latchkey::crypto {
namespace {

using namespace std::chrono_literals;
using oracle::Key;
using oracle::Parse;

using Authority = CertificateAuthority;
constexpr auto kDay = 24h;
constexpr ClientName kName{"gw_00000001", "spiffe://example.org/account/acme/gateway/gw_00000001"};

class CertificateTest : public ::testing::Test {
 protected:
  static std::unique_ptr<Authority> Load(const Authority::Material& material) {
    auto loaded = Authority::Load(material);
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return loaded ? std::move(*loaded) : nullptr;
  }
  std::unique_ptr<Authority> Own() { return Load(Authority::Create("Acme CA", now_, random_)); }

  CheckedCsr Csr(const std::string& kind = "P-256") {
    const PkeyPtr key = Key(kind);
    return *CheckCsr(*CreateCsr(oracle::KeyPem(key.get()), "ignored"));
  }

  ErrorCode LoadError(const std::string& certificate_pem, const std::string& key_pem) {
    const auto loaded = Authority::Load({certificate_pem, Secret(key_pem)});
    EXPECT_EQ(ERR_peek_error(), 0u);
    if (loaded) return ErrorCode::kIo;
    detail_ = loaded.error().detail;
    return loaded.error().code;
  }

  const Time now_ = testing::FakeClock().Now();
  testing::SeededRandom random_;
  std::string detail_;
};

std::string Name(const X509_NAME* name) {
  char text[256] = {};
  X509_NAME_oneline(name, text, sizeof text);
  return text;
}

std::string TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  EXPECT_EQ(ASN1_TIME_to_tm(time, &parts), 1);
  return text::FormatTime(static_cast<std::int64_t>(timegm(&parts)) * 1'000'000);
}

bool Critical(X509* x, int nid) {
  X509_EXTENSION* extension = X509_get_ext(x, X509_get_ext_by_NID(x, nid, -1));
  return extension != nullptr && X509_EXTENSION_get_critical(extension) == 1;
}

TEST_F(CertificateTest, TheOwnCaIsOne) {
  const auto ca = Own();
  const X509Ptr x = Parse(ca->certificate_der());
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(oracle::Verdict({ca->certificate_der()}, X509_PURPOSE_ANY, now_), "good");
  EXPECT_EQ(X509_check_ca(x.get()), 1);
  EXPECT_EQ(X509_get_pathlen(x.get()), 0);
  EXPECT_EQ(X509_get_key_usage(x.get()), std::uint32_t{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
  EXPECT_TRUE(Critical(x.get(), NID_basic_constraints));
  EXPECT_TRUE(Critical(x.get(), NID_key_usage));
  EXPECT_NE(X509_get0_subject_key_id(x.get()), nullptr);
  EXPECT_EQ(Name(X509_get_subject_name(x.get())), "/CN=Acme CA");
  EXPECT_EQ(TimeOf(X509_get0_notBefore(x.get())), "2025-12-31T23:55:00.000000Z");
  EXPECT_EQ(TimeOf(X509_get0_notAfter(x.get())), "2036-01-02T00:00:00.000000Z");
  EXPECT_EQ(ca->sha256(), Sha256(ca->certificate_der()));
  EXPECT_EQ(ca->certificate_pem(), DerToPem(ca->certificate_der()));
}

TEST_F(CertificateTest, AGatewayCertificateSaysWhatItShould) {
  const auto ca = Own();
  const CheckedCsr csr = Csr();
  const auto issued = ca->SignGateway(csr, kName, now_, 90 * kDay, random_);
  const X509Ptr x = Parse(issued.der);
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(X509_get_version(x.get()), X509_VERSION_3);
  EXPECT_EQ(Name(X509_get_subject_name(x.get())), "/CN=gw_00000001");
  EXPECT_EQ(Name(X509_get_issuer_name(x.get())), "/CN=Acme CA");
  EXPECT_EQ(TimeOf(X509_get0_notBefore(x.get())), "2025-12-31T23:55:00.000000Z");
  EXPECT_EQ(TimeOf(X509_get0_notAfter(x.get())), "2026-04-01T00:00:00.000000Z");
  EXPECT_EQ(text::FormatTime(ToMicros(issued.not_after)), "2026-04-01T00:00:00.000000Z");
  EXPECT_EQ(issued.sha256, Sha256(issued.der));
  EXPECT_EQ(oracle::Written<X509>(i2d_X509, x.get()), issued.der);
  EXPECT_EQ(oracle::Written<EVP_PKEY>(i2d_PUBKEY, X509_get0_pubkey(x.get())), csr.public_key_info);
  EXPECT_TRUE(Critical(x.get(), NID_basic_constraints));
  EXPECT_EQ(X509_check_ca(x.get()), 0);
  EXPECT_TRUE(Critical(x.get(), NID_key_usage));
  EXPECT_EQ(X509_get_key_usage(x.get()), std::uint32_t{KU_DIGITAL_SIGNATURE});
  EXPECT_EQ(X509_get_extended_key_usage(x.get()), std::uint32_t{XKU_SSL_CLIENT});
  EXPECT_EQ(ASN1_STRING_length(X509_get0_subject_key_id(x.get())), 20);
  EXPECT_EQ(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x.get()),
                                  X509_get0_subject_key_id(Parse(ca->certificate_der()).get())),
            0);
  EXPECT_EQ(X509_get_ext_count(x.get()), 6);
  EXPECT_TRUE(IsNamedAlone(issued.der, kName.uri));
  EXPECT_FALSE(IsNamedAlone(issued.der, "spiffe://example.org/gw_00000002"));
  EXPECT_FALSE(IsNamedAlone(ca->certificate_der(), kName.uri));
  EXPECT_FALSE(IsNamedAlone("", ""));
  const std::vector<std::string> chain = {issued.der, ca->certificate_der()};
  EXPECT_EQ(oracle::Verdict(chain, X509_PURPOSE_SSL_CLIENT, now_), "good");
  EXPECT_NE(oracle::Verdict(chain, X509_PURPOSE_SSL_SERVER, now_), "good");
  EXPECT_NE(oracle::Verdict(chain, X509_PURPOSE_SSL_CLIENT, now_ + 91 * kDay), "good");
  const auto other = Own();
  EXPECT_NE(oracle::Verdict({issued.der, other->certificate_der()}, X509_PURPOSE_SSL_CLIENT, now_),
            "good");
}

TEST_F(CertificateTest, EveryByteOfACertificateCounts) {
  const auto ca = Own();
  const auto issued = ca->SignGateway(Csr(), kName, now_, kDay, random_);
  ASSERT_TRUE(IsIssuedBy(issued.der, ca->certificate_der()));
  for (std::size_t at = 0; at < issued.der.size(); ++at) {
    for (const int bit : {0, 4, 7}) {
      std::string changed = issued.der;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_FALSE(IsIssuedBy(changed, ca->certificate_der())) << at;
    }
    EXPECT_FALSE(IsIssuedBy(issued.der.substr(0, at), ca->certificate_der())) << at;
    EXPECT_FALSE(IsNamedAlone(issued.der.substr(0, at), kName.uri)) << at;
  }
}

TEST_F(CertificateTest, EveryKindOfGatewayKeyGetsOne) {
  const auto ca = Own();
  for (const char* kind : {"P-256", "P-384", "ED25519", "RSA2048", "RSA4096"}) {
    const auto issued = ca->SignGateway(Csr(kind), kName, now_, kDay, random_);
    EXPECT_EQ(oracle::Verdict({issued.der, ca->certificate_der()}, X509_PURPOSE_SSL_CLIENT, now_),
              "good")
        << kind;
  }
}

TEST_F(CertificateTest, SerialsAreOneLengthAndAllDifferent) {
  const auto ca = Own();
  const CheckedCsr csr = Csr();
  std::set<std::string> serials;
  for (int round = 0; round < 600; ++round) {
    const auto issued = ca->SignGateway(csr, kName, now_, kDay, random_);
    ASSERT_EQ(issued.serial.size(), 32u);
    ASSERT_TRUE(serials.insert(issued.serial).second);
    const X509Ptr x = Parse(issued.der);
    const auto* serial = X509_get0_serialNumber(x.get());
    ASSERT_EQ(issued.serial,
              text::ToHex({reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                           static_cast<std::size_t>(ASN1_STRING_length(serial))}));
    ASSERT_EQ(ASN1_STRING_type(serial), V_ASN1_INTEGER);  // not a negative one
  }
}

TEST_F(CertificateTest, NoneOutlivesItsCa) {
  const auto material = Authority::Create("Acme CA", now_, random_);
  const auto ca = Load(material);
  const Time late = now_ + 3652 * kDay;
  const auto issued = ca->SignGateway(Csr(), kName, late, 90 * kDay, random_);
  EXPECT_EQ(text::FormatTime(ToMicros(issued.not_after)), "2036-01-02T00:00:00.000000Z");
  EXPECT_EQ(oracle::Verdict({issued.der, ca->certificate_der()}, X509_PURPOSE_SSL_CLIENT, late),
            "good");
  EXPECT_EQ(ca->not_after(), issued.not_after);
}

TEST_F(CertificateTest, DatesFrom2050OnAreWrittenInFull) {
  const Time late = FromMicros(*text::ParseTime("2049-12-31T23:59:59.9Z"));
  const auto ca = Load(Authority::Create("Acme CA", late, random_));
  const auto issued = ca->SignGateway(Csr(), kName, late, 1s, random_);
  const X509Ptr x = Parse(issued.der);
  EXPECT_EQ(ASN1_STRING_type(X509_get0_notBefore(x.get())), V_ASN1_UTCTIME);
  EXPECT_EQ(ASN1_STRING_type(X509_get0_notAfter(x.get())), V_ASN1_GENERALIZEDTIME);
  EXPECT_EQ(TimeOf(X509_get0_notAfter(x.get())), "2050-01-01T00:00:00.000000Z");
  EXPECT_EQ(oracle::Verdict({issued.der, ca->certificate_der()}, X509_PURPOSE_SSL_CLIENT, late),
            "good");
}

TEST_F(CertificateTest, TheServersCertificateHasItsNamesAndChain) {
  const auto ca = Own();
  const auto server = ca->SignServer({"localhost", "127.0.0.1", "::1", "ledger.example.com"}, now_,
                                     90 * kDay, random_);
  const auto blocks = ReadPem(server.certificate_pem);
  ASSERT_EQ(blocks->size(), 2u);
  EXPECT_EQ((*blocks)[1].der, ca->certificate_der());
  EXPECT_EQ(oracle::Verdict({(*blocks)[0].der, (*blocks)[1].der}, X509_PURPOSE_SSL_SERVER, now_),
            "good");
  EXPECT_NE(oracle::Verdict({(*blocks)[0].der, (*blocks)[1].der}, X509_PURPOSE_SSL_CLIENT, now_),
            "good");
  const X509Ptr x = Parse((*blocks)[0].der);
  for (const char* host : {"localhost", "LOCALHOST", "ledger.example.com"}) {
    EXPECT_EQ(X509_check_host(x.get(), host, 0, 0, nullptr), 1) << host;
  }
  for (const char* host : {"127.0.0.1", "example.org", "Latchkey server"}) {
    EXPECT_EQ(X509_check_host(x.get(), host, 0, 0, nullptr), 0) << host;
  }
  for (const char* ip : {"127.0.0.1", "::1", "0:0::1"}) {
    EXPECT_EQ(X509_check_ip_asc(x.get(), ip, 0), 1) << ip;
  }
  EXPECT_EQ(X509_check_ip_asc(x.get(), "127.0.0.2", 0), 0);
  const auto again = Authority::Load(server);  // no CA, though its key is its own
  EXPECT_FALSE(again);
}

TEST(IsServerName, TakesAddressesAndDnsNames) {
  for (const char* good :
       {"localhost", "a.b-c.example", "10.0.0.1", "::1", "fe80::1", "_x.example", "7"}) {
    EXPECT_TRUE(IsServerName(good)) << good;
  }
  for (const std::string& bad :
       {std::string("*.example.com"), std::string("-bad.example"), std::string("bad-.example"),
        std::string("a.-b"), std::string(), std::string("a b"), std::string("[::1]"),
        std::string("a..b"), std::string(".a"), std::string("a."), std::string("*"),
        std::string("a.*.b"),
        std::string("b\xc3\xbc"
                    "cher.example"),
        std::string("a:80"), std::string("a\0b", 3), std::string("10.0.0.1\0", 9),
        std::string(254, 'a')}) {
    EXPECT_FALSE(IsServerName(bad)) << bad;
  }
  EXPECT_TRUE(IsServerName(std::string(63, 'a') + ".example"));
  EXPECT_FALSE(IsServerName(std::string(64, 'a') + ".example"));
}

class GivenCaTest : public CertificateTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(GivenCaTest, SignsAsAnIntermediateWithItsChain) {
  const PkeyPtr root_key = Key("RSA2048");
  const X509Ptr root = oracle::Ca(root_key.get(), nullptr, nullptr, now_);
  const PkeyPtr key = Key(GetParam(), 1);
  for (const bool key_id : {true, false}) {
    const X509Ptr middle = oracle::Ca(key.get(), root.get(), root_key.get(), now_,
                                      {.common_name = "Middle", .subject_key_id = key_id});
    const auto ca = Load({oracle::CertificatePem(middle.get()) + oracle::CertificatePem(root.get()),
                          Secret(oracle::KeyPem(key.get()))});
    ASSERT_NE(ca, nullptr);
    EXPECT_EQ(ReadPem(ca->certificate_pem())->size(), 2u);
    const auto issued = ca->SignGateway(Csr(), kName, now_, kDay, random_);
    const std::string root_der = oracle::Written<X509>(i2d_X509, root.get());
    const auto verdict = oracle::Verdict({issued.der, ca->certificate_der(), root_der},
                                         X509_PURPOSE_SSL_CLIENT, now_);
    // OpenSSL's strict rules want a key id in every CA; we go on without.
    EXPECT_EQ(verdict, key_id ? "good" : "Missing Subject Key Identifier");
    EXPECT_EQ(X509_verify(Parse(issued.der).get(), key.get()), 1);
    EXPECT_EQ(X509_check_issued(middle.get(), Parse(issued.der).get()), X509_V_OK);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, GivenCaTest,
                         ::testing::Values("P-256", "P-384", "P-521", "RSA2048", "RSA3072",
                                           "ED25519"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_F(CertificateTest, LoadRefusesWhatCannotServe) {
  const PkeyPtr root_key = Key("P-256");
  const PkeyPtr key = Key("P-256");
  const std::string key_pem = oracle::KeyPem(key.get());
  const X509Ptr root = oracle::Ca(root_key.get(), nullptr, nullptr, now_);
  const std::string root_pem = oracle::CertificatePem(root.get());
  const auto made = [&](const oracle::CaOptions& options) {
    return oracle::CertificatePem(
        oracle::Ca(key.get(), root.get(), root_key.get(), now_, options).get());
  };
  const std::string good = made({});
  const PkeyPtr strange = Key("secp256k1");
  const std::string strange_ca =
      oracle::CertificatePem(oracle::Ca(strange.get(), nullptr, nullptr, now_).get());
  struct Row {
    const char* name;
    std::string certificate, key;
    const char* says;
  };
  const Row rows[] = {
      {"empty", "", key_pem, "no certificates"},
      {"junk", "junk", key_pem, "no certificates"},
      {"no certificate but a key", key_pem, key_pem, "no certificates"},
      {"broken PEM", good.substr(0, 200), key_pem, "no certificates"},
      {"key is junk", good, "junk", "no unencrypted private key"},
      {"key is encrypted", good, oracle::KeyPem(key.get(), "password"), "no unencrypted"},
      {"key of another", good, oracle::KeyPem(root_key.get()), "not that of the CA certificate"},
      {"key of a strange kind", strange_ca, oracle::KeyPem(strange.get()), "kind"},
      {"no CA", made({.ca = false}), key_pem, "none that may sign"},
      {"may not sign", made({.key_usage = "critical,digitalSignature"}), key_pem,
       "none that may sign"},
      {"for servers alone", made({.extended_key_usage = "serverAuth"}), key_pem,
       "extended key usage"},
      {"issuers missing between", good + good + root_pem, key_pem, "in order"},
      {"foreign issuer", good + strange_ca, key_pem, "in order"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(LoadError(row.certificate, row.key), ErrorCode::kUnusable);
    EXPECT_NE(detail_.find(row.says), std::string::npos) << detail_;
  }
  EXPECT_EQ(LoadError(good, key_pem), ErrorCode::kIo) << "is good, and alone";
  EXPECT_EQ(LoadError(good + root_pem, key_pem), ErrorCode::kIo) << "is good, with its issuer";
  EXPECT_EQ(LoadError(made({.extended_key_usage = "clientAuth,serverAuth"}), key_pem),
            ErrorCode::kIo);
  EXPECT_EQ(LoadError(made({.seconds = 86'400}), key_pem), ErrorCode::kIo) << "dates are others'";
}

TEST_F(CertificateTest, ManyThreadsMaySignAtOnce) {
  const auto ca = Own();
  const Secret key = CreateGatewayKey();
  const std::string pem = *CreateCsr(key.view(), "x");
  std::vector<std::thread> threads;
  std::vector<std::set<std::string>> digests(4);
  for (auto& mine : digests) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        const auto csr = CheckCsr(pem);
        mine.insert(ca->SignGateway(*csr, kName, now_, kDay, random_).sha256);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : digests) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 400u);
}

TEST_F(CertificateTest, ReadCertificateSaysWhatTheFirstOneIs) {
  const auto ca = Own();
  const auto facts = ReadCertificate(ca->certificate_pem());
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->der, ca->certificate_der());
  EXPECT_EQ(facts->sha256, ca->sha256());
  EXPECT_EQ(text::FormatTime(ToMicros(facts->not_after)), "2036-01-02T00:00:00.000000Z");
  for (const std::string& bad : {std::string(), std::string("junk"), DerToPem("junk")}) {
    const auto refused = ReadCertificate(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnusable);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

}  // namespace
}  // namespace latchkey::crypto
