// What a served ledger tells those who verify gateways' certificates without asking it: the trust
// domain, the bundle and the list of revocations.
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <boost/json.hpp>
#include <set>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/crypto/pem.h"
#include "core/domain/trust_domain.h"
#include "tests/core/crypto/openssl_oracle.h"
#include "tests/support/fakes.h"
#include "tests/tools/served.h"
#include "tools/ledger/rotation.h"
#include "tools/ledger/secrets.h"
#include "tools/serve/trust_publisher.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
namespace oracle = crypto::oracle;
using namespace std::chrono_literals;
using testing::Served;

// Certificates are made by a clock that tests move. It begins in the past, so that clients, who go
// by the machine's clock, find them valid.
class TrustTest : public ::testing::Test {
 protected:
  TrustTest()
      : clock_(SystemClock().Now() - 80 * 24h),
        served_([this](ServiceOptions& options) {
          options.ledger.clock = &clock_;
          options.certificate_lifetime = 200 * 24h;
        }),
        publisher_(std::make_unique<TrustPublisher>(served_.service().ledger())) {}

  void Publish() { EXPECT_TRUE(publisher_->Refresh()); }
  std::string Body(const api::Published& published) const {
    const auto document = published.Get();
    EXPECT_TRUE(document) << document.error().detail;
    return document ? (*document)->body : "";
  }
  boost::json::object Bundle() {
    Publish();
    return boost::json::parse(Body(publisher_->documents().bundle)).as_object();
  }
  // DER, in order.
  std::vector<std::string> Cas() {
    std::vector<std::string> cas;
    const boost::json::object bundle = Bundle();
    for (const boost::json::value& key : bundle.at("keys").as_array()) {
      cas.push_back(*text::FromBase64(std::string(key.at("x5c").at(0).as_string())));
    }
    return cas;
  }

  struct List {
    std::set<std::string> serials;  // hex
    std::int64_t number = 0;
  };
  // The list as it is published, found good by OpenSSL.
  List Listed() {
    Publish();
    const std::string der = Body(publisher_->documents().revocations);
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(
        d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())), X509_CRL_free);
    EXPECT_NE(list, nullptr);
    const crypto::X509Ptr ca = oracle::Parse(served_.service().ledger().ca().certificate_der());
    EXPECT_EQ(X509_CRL_verify(list.get(), X509_get0_pubkey(ca.get())), 1);
    List found;
    STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(list.get());
    for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
      found.serials.insert(
          SerialOf(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i))));
    }
    const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> number(
        static_cast<ASN1_INTEGER*>(
            X509_CRL_get_ext_d2i(list.get(), NID_crl_number, nullptr, nullptr)),
        ASN1_INTEGER_free);
    EXPECT_EQ(ASN1_INTEGER_get_int64(&found.number, number.get()), 1);
    return found;
  }
  static std::string SerialOf(const ASN1_INTEGER* serial) {
    return text::ToHex(std::string_view(reinterpret_cast<const char*>(serial->data),
                                        static_cast<std::size_t>(serial->length)));
  }
  // Of the gateway's certificate.
  std::string Serial(const std::string& name) const {
    const auto pem = crypto::ReadSmallFile(served_.Scratch(name) / "gateway.crt");
    const crypto::X509Ptr certificate = oracle::Parse(crypto::ReadPem(*pem)->front().der);
    return SerialOf(X509_get0_serialNumber(certificate.get()));
  }

  void End(const std::string& name) {
    const testing::Ran ran = served_.Run({"gateway", "deregister", "acme/" + name, "--yes"});
    EXPECT_EQ(ran.exit, 0) << ran.err;
  }
  void RotateCa(bool key_lost = false) {
    publisher_.reset();
    served_.Stop();
    if (key_lost) fs::remove(served_.data() / "secrets" / "ca.key");
    {
      auto ledger =
          Ledger::Open({.data = served_.data(), .ca_key_lost = key_lost, .clock = &clock_});
      ASSERT_TRUE(ledger) << ledger.error().detail;
      ASSERT_TRUE(tools::RotateCa(**ledger, {.key_lost = key_lost}));
    }
    served_.StartAgain();
    publisher_ = std::make_unique<TrustPublisher>(served_.service().ledger());
  }

  latchkey::testing::FakeClock clock_;
  Served served_;
  std::unique_ptr<TrustPublisher> publisher_;
};

TEST_F(TrustTest, TheBundleHoldsEachCaUntilItsLastCertificateEnds) {
  const std::string first = served_.service().ledger().ca().certificate_der();
  EXPECT_EQ(Cas(), std::vector<std::string>{first});
  const boost::json::object at_first = Bundle();
  EXPECT_EQ(at_first.at("spiffe_sequence"), 1);
  EXPECT_EQ(at_first.at("spiffe_refresh_hint"), 3600);
  const boost::json::object& key = at_first.at("keys").at(0).as_object();
  EXPECT_EQ(key.at("use"), "x509-svid");
  EXPECT_EQ(key.at("kty"), "EC");
  EXPECT_EQ(key.at("crv"), "P-256");

  served_.AddRegistered("one");
  clock_.Advance(24h);
  RotateCa();
  const std::string second = served_.service().ledger().ca().certificate_der();
  EXPECT_EQ(Cas(), (std::vector{second, first}));
  const std::int64_t rotated = Bundle().at("spiffe_sequence").as_int64();
  EXPECT_GT(rotated, 1);
  clock_.Advance(199 * 24h - 1min);
  EXPECT_EQ(Cas(), (std::vector{second, first}));
  EXPECT_EQ(Bundle().at("spiffe_sequence"), rotated);
  clock_.Advance(1min);
  EXPECT_EQ(Cas(), std::vector{second}) << "what the first one signed has ended";
  EXPECT_GT(Bundle().at("spiffe_sequence").as_int64(), rotated);
}

TEST_F(TrustTest, ACaThatSignedNothingLeavesTheBundleAtOnce) {
  RotateCa();
  EXPECT_EQ(Cas(), std::vector{served_.service().ledger().ca().certificate_der()});
}

TEST_F(TrustTest, TheListHoldsWhatEndedBeforeItsTime) {
  served_.AddRegistered("one");
  served_.AddRegistered("two");
  const List none = Listed();
  EXPECT_TRUE(none.serials.empty());
  End("one");
  EXPECT_TRUE(Listed().serials.empty()) << "not made again within ten seconds";
  clock_.Advance(kRevocationsAtMostEvery);
  const List one = Listed();
  EXPECT_EQ(one.serials, std::set{Serial("one")});
  EXPECT_GT(one.number, none.number);
  clock_.Advance(kRevocationsEvery - 1s);
  EXPECT_EQ(Listed().number, one.number) << "nothing has ended since";
  clock_.Advance(1s);
  const List later = Listed();
  EXPECT_GT(later.number, one.number) << "made again after an hour";
  EXPECT_EQ(later.serials, one.serials);

  publisher_ = std::make_unique<TrustPublisher>(served_.service().ledger());
  EXPECT_GE(Listed().number, later.number) << "also by the next process";
  clock_.Advance(200 * 24h);
  EXPECT_TRUE(Listed().serials.empty()) << "it has ended by itself";
}

TEST_F(TrustTest, TheListIsOfTheCaInForce) {
  served_.AddRegistered("one");
  served_.AddRegistered("two");
  End("one");
  for (const bool key_lost : {false, true}) {
    RotateCa(key_lost);
    EXPECT_TRUE(Listed().serials.empty()) << "nobody can sign for the CA before";
    const std::string name = key_lost ? "four" : "three";
    served_.AddRegistered(name);
    End(name);
    if (!key_lost) End("two");
    clock_.Advance(kRevocationsAtMostEvery);
    EXPECT_EQ(Listed().serials, std::set{Serial(name)});
  }
}

TEST_F(TrustTest, ACaThatMaySignNoListHasNone) {
  const Time now = clock_.Now();
  const crypto::PkeyPtr key = oracle::Key("P-256");
  const crypto::X509Ptr certificate =
      oracle::Ca(key.get(), nullptr, nullptr, now, {.key_usage = "critical,keyCertSign"});
  ASSERT_TRUE(crypto::WriteFileDurably(served_.Scratch("ca.crt"),
                                       oracle::CertificatePem(certificate.get()), false));
  ASSERT_TRUE(crypto::WriteFileDurably(served_.Scratch("ca.key"), oracle::KeyPem(key.get()), true));
  ServiceOptions options = testing::OptionsFor(served_.Scratch("given"));
  options.ledger.clock = &clock_;
  options.ledger.ca_certificate = served_.Scratch("ca.crt");
  options.ledger.ca_key = served_.Scratch("ca.key");
  const auto service = testing::StartService(options);
  TrustPublisher publisher(service->ledger());
  const Status first = publisher.Refresh();
  ASSERT_FALSE(first);
  EXPECT_NE(first.error().detail.find("cRLSign"), std::string::npos);
  EXPECT_TRUE(publisher.Refresh()) << "told once";
  const auto list = publisher.documents().revocations.Get();
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(publisher.documents().bundle.Get());
}

TEST_F(TrustTest, ATagStandsForItsContent) {
  Publish();
  const auto before = publisher_->documents().revocations.Get();
  const auto bundle = publisher_->documents().bundle.Get();
  clock_.Advance(kRevocationsEvery);
  Publish();
  EXPECT_NE((*publisher_->documents().revocations.Get())->etag, (*before)->etag);
  EXPECT_EQ((*publisher_->documents().bundle.Get())->etag, (*bundle)->etag);
}

TEST(RevocationsTest, TheLargestListIsSomeTenMegabytes) {
  latchkey::testing::SeededRandom random;
  const Time now = latchkey::testing::FakeClock().Now();
  const auto ca = crypto::CertificateAuthority::Load(MakeCa(now, random));
  ASSERT_TRUE(ca);
  crypto::RevocationList list(1, now, now + kRevocationsLast);
  for (std::size_t i = 0; i < kMaxRevocations; ++i) {
    list.Add("\x7f" + random.Bytes(15), now, crypto::RevocationReason::kSuperseded);
  }
  EXPECT_LT((*ca)->SignRevocations(list).size(), 11'000'000u);
}

std::string NamedIn(Service& service) {
  return domain::ReadLedger(service.ledger().projections().state())->trust_domain();
}

TEST(TrustDomainTest, IsNamedAtTheFirstStartThatKnowsOfIt) {
  Served served([](ServiceOptions& options) { options.trust_domain = "example.org"; });
  EXPECT_EQ(NamedIn(served.service()), "example.org");
  served.Stop();
  served.StartAgain();
  EXPECT_EQ(testing::CountOf(served.service(), events::Event::kTrustDomainNamed), 1u);
  served.Stop();
  ServiceOptions options = testing::OptionsFor(served.data());
  EXPECT_EQ(NamedIn(*testing::StartService(options)), "example.org") << "none given";
  options.trust_domain = "example.com";
  const auto refused = Service::Start(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnusable);
  EXPECT_NE(refused.error().detail.find("example.org"), std::string::npos);
}

// A ledger of a version before has none until its next start.
TEST(TrustDomainTest, IsMadeFromTheLedgersIdOtherwise) {
  latchkey::testing::TempDir directory;
  const fs::path data = directory / "data";
  std::string derived;
  {
    auto ledger = Ledger::Open({.data = data});
    ASSERT_TRUE(ledger);
    EXPECT_EQ(domain::ReadLedger((*ledger)->projections().state())->trust_domain(), "");
    derived = domain::TrustDomainOf((*ledger)->row().ledger_id());
  }
  const auto service = testing::StartService(testing::OptionsFor(data));
  EXPECT_EQ(NamedIn(*service), derived);
  EXPECT_EQ(testing::AllEvents(*service).back().trust_domain_named().name(), derived);
}

}  // namespace
}  // namespace latchkey::tools
