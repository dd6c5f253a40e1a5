// A server certificate is exchanged while it is in use.
#include <openssl/ui.h>

#include "core/crypto/certificates.h"
#include "tests/api/api_fixture.h"
#include "tests/core/crypto/openssl_oracle.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

class CertificateTest : public ApiTest {
 protected:
  // Of a CA of its own, so that clients can tell one server certificate from another.
  crypto::CertificateAuthority::Material Another() {
    const Time now = SystemClock().Now();  // the client checks dates
    const auto made = crypto::CertificateAuthority::Create("Another CA", now, random_);
    another_ca_pem_ = made.certificate_pem;
    return (*crypto::CertificateAuthority::Load(made))
        ->SignServer({"localhost"}, now, 24h, random_);
  }

  // Whether a new connection gets the certificate of the last Another().
  bool ShowsAnother(Listener listener) {
    HttpClient client = Client(listener);
    client.options().ca_pem = another_ca_pem_;
    return client.Connect();
  }

  SeededRandom random_;
  std::string another_ca_pem_;
};

TEST_F(CertificateTest, ANewOneIsShownToNewConnectionsAndOldOnesGoOn) {
  HttpClient kept = Owner();
  EXPECT_EQ(kept.Get("/healthz").status, 200);
  HttpClient reader = Follow("/v1/events/stream");
  const auto made = Another();
  for (const Listener listener : {Listener::kManagement, Listener::kGateways}) {
    EXPECT_FALSE(ShowsAnother(listener));
  }
  ASSERT_TRUE(server().UseCertificate(made.certificate_pem, std::string(made.key_pem.view())));
  for (const Listener listener : {Listener::kManagement, Listener::kGateways}) {
    EXPECT_TRUE(ShowsAnother(listener));
  }
  EXPECT_TRUE(kept.connected());
  EXPECT_EQ(kept.Send("PUT", "/v1/accounts/acme").status, 201);
  EXPECT_NE(ReadUntil(&reader, "\n\n").find("acme"), std::string::npos);
}

TEST_F(CertificateTest, OneWhoseKeyDoesNotFitChangesNothing) {
  const auto made = Another();
  ASSERT_TRUE(server().UseCertificate(made.certificate_pem, std::string(made.key_pem.view())));
  const std::string shown = another_ca_pem_;
  const auto other = Another();
  const Status used =
      server().UseCertificate(other.certificate_pem, std::string(made.key_pem.view()));
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().code, ErrorCode::kUnusable);
  another_ca_pem_ = shown;
  EXPECT_TRUE(ShowsAnother(Listener::kManagement));
  EXPECT_TRUE(ShowsAnother(Listener::kGateways));
}

TEST_F(CertificateTest, AKeyUnderAPasswordIsRefusedAndNobodyIsAskedForIt) {
  static bool asked = false;  // by OpenSSL, on the terminal
  UI_METHOD* const terminal = UI_create_method("test");
  UI_method_set_opener(terminal, [](UI*) -> int {
    asked = true;
    return 0;
  });
  UI_set_default_method(terminal);
  const crypto::PkeyPtr key = crypto::oracle::Key("P-256");
  const Status used = server().UseCertificate(Another().certificate_pem,
                                              crypto::oracle::KeyPem(key.get(), "password"));
  UI_set_default_method(UI_OpenSSL());
  UI_destroy_method(terminal);
  ASSERT_FALSE(used);
  EXPECT_NE(used.error().detail.find("not an unencrypted private key"), std::string::npos)
      << used.error().detail;
  EXPECT_FALSE(asked);
}

// Gateways are still asked for theirs: one that our CA signed and the ledger does not hold is
// noticed.
TEST_F(CertificateTest, ClientCertificatesAreStillAskedFor) {
  const auto made = Another();
  ASSERT_TRUE(server().UseCertificate(made.certificate_pem, std::string(made.key_pem.view())));
  const crypto::Secret key = crypto::CreateGatewayKey();
  const auto csr = crypto::CheckCsr(*crypto::CreateCsr(key.view(), "unheard of"));
  const auto issued = ca().SignGateway(*csr, {"gw_00000001", "spiffe://example.org/gw_00000001"},
                                       clock().Now(), 24h, random_);
  HttpClient stranger = Client(Listener::kGateways);
  stranger.options().certificate_pem = crypto::DerToPem(issued.der);
  stranger.options().key_pem = std::string(key.view());
  EXPECT_EQ(stranger.Get("/v1/self").status, 401);
  EXPECT_EQ(Metric("latchkey_possible_rollback_total"), "1");
}

}  // namespace
}  // namespace latchkey::testing
