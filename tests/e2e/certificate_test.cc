// The ledger judges a certificate at each request, not when the connection was opened.
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"

namespace latchkey::testing {
namespace {

const std::string kCheckIn = tools::ComposeRequest("POST", "/v1/check-in", "", "{}");
const std::string kSelf = tools::ComposeRequest("GET", "/v1/self", "", "");

class CertificateTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    OpenAccount("certs");
  }

  RawConnection Open(const TlsChoice& choice) {
    RawConnection connection(server().Gateways(1).address);
    EXPECT_TRUE(connection.StartTls(choice));
    return connection;
  }

  RawConnection::Answer Ask(RawConnection& connection, const std::string& request) {
    EXPECT_TRUE(connection.Send(request));
    return connection.ReadAnswer();
  }
};

TEST_F(CertificateTest, DeregisteredAMomentAgoIsRefusedOnAnOpenConnection) {
  const InstalledGateway gateway = Install(AddGateway("certs", "open"));
  RawConnection connection = Open({.ca_pem = server().ca_pem(), .identity = gateway.identity});
  ASSERT_EQ(Ask(connection, kCheckIn).status, 200);
  ASSERT_EQ(Ask(connection, kSelf).status, 200);

  const auto ended = server().Send("POST", "/v1/gateways/" + gateway.id + "/deregister");
  ASSERT_TRUE(ended && ended->status == 200);
  for (const std::string& request : {kCheckIn, kSelf, kCheckIn}) {
    const auto refused = Ask(connection, request);
    EXPECT_EQ(refused.status, 403) << refused.body;
    EXPECT_EQ(Code(refused.body), "certificate_revoked");
  }
}

TEST_F(CertificateTest, DeregisteredAMomentAgoIsRefusedOnAResumedSession) {
  for (const bool only_tls12 : {false, true}) {
    const std::string name = only_tls12 ? "TLS 1.2" : "TLS 1.3";
    SCOPED_TRACE(name);
    const InstalledGateway gateway = Install(AddGateway("certs", name));
    RawConnection first =
        Open({.ca_pem = server().ca_pem(), .identity = gateway.identity, .only_tls12 = only_tls12});
    ASSERT_EQ(Ask(first, kCheckIn).status, 200);
    const TlsSession session = first.session();
    const auto ended = server().Send("POST", "/v1/gateways/" + gateway.id + "/deregister");
    ASSERT_TRUE(ended && ended->status == 200);

    RawConnection again = Open({.ca_pem = server().ca_pem(),
                                .identity = gateway.identity,
                                .resume = &session,
                                .only_tls12 = only_tls12});
    std::printf("%s: session %s\n", name.c_str(),
                again.resumed() ? "resumed" : "not resumed by this server");
    const auto refused = Ask(again, kCheckIn);
    EXPECT_EQ(refused.status, 403) << refused.body;
    EXPECT_EQ(Code(refused.body), "certificate_revoked");
  }
}

TEST_F(CertificateTest, AReplacedIdentityEndsAtTheMomentItsSuccessorIsConfirmed) {
  const InstalledGateway old = Install(AddGateway("certs", "replaced"));
  RawConnection connection = Open({.ca_pem = server().ca_pem(), .identity = old.identity});
  ASSERT_EQ(Ask(connection, kSelf).status, 200);

  const auto key = server().Send("POST", "/v1/gateways/" + old.id + "/key", "{\"replace\":true}");
  ASSERT_TRUE(key && key->status == 201) << key->body;
  const InstalledGateway fresh =
      Install({old.id, "replaced", Member(key->body, "key")}, /*check_in=*/false);
  EXPECT_EQ(Ask(connection, kCheckIn).status, 200) << "the old one works until then";

  RawConnection confirming = Open({.ca_pem = server().ca_pem(), .identity = fresh.identity});
  EXPECT_EQ(Ask(confirming, kCheckIn).status, 200);
  const auto refused = Ask(connection, kSelf);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Code(refused.body), "certificate_revoked");
}

TEST_F(CertificateTest, AnAbandonedRegistrationIsRefusedOnItsOpenConnection) {
  const InstalledGateway gateway = Install(AddGateway("certs", "abandoned"), /*check_in=*/false);
  RawConnection connection = Open({.ca_pem = server().ca_pem(), .identity = gateway.identity});
  ASSERT_EQ(Ask(connection, kSelf).status, 200);
  const auto key = server().Send("POST", "/v1/gateways/" + gateway.id + "/key");
  ASSERT_TRUE(key && key->status == 201);
  const auto refused = Ask(connection, kCheckIn);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Code(refused.body), "registration_abandoned");
}

}  // namespace
}  // namespace latchkey::testing
