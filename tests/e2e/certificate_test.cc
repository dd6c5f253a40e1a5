// The ledger judges a certificate at each request, not when the connection was opened.
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

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
  for (const std::string& request : {kCheckIn, kSelf}) {
    const InstalledGateway gateway =
        Install(AddGateway("certs", request == kSelf ? "self" : "check-in"));
    RawConnection connection = Open({.ca_pem = server().ca_pem(), .identity = gateway.identity});
    ASSERT_EQ(Ask(connection, kCheckIn).status, 200);
    ASSERT_EQ(Ask(connection, kSelf).status, 200);

    const auto ended = server().Send("POST", "/v1/gateways/" + gateway.id + "/deregister");
    ASSERT_TRUE(ended && ended->status == 200);
    const auto refused = Ask(connection, request);
    EXPECT_EQ(refused.status, 403) << refused.body;
    EXPECT_EQ(Code(refused.body), "certificate_revoked");
    EXPECT_EQ(tools::HeaderValue(refused.head, "Connection"), "close") << refused.head;
    EXPECT_EQ(connection.ReadToEnd(20s), "") << "nothing more is to come on it";
  }
}

TEST_F(CertificateTest, AFailureReportEndsItsConnection) {
  const InstalledGateway gateway = Install(AddGateway("certs", "failed"), /*check_in=*/false);
  RawConnection connection = Open({.ca_pem = server().ca_pem(), .identity = gateway.identity});
  const auto answer = Ask(connection, tools::ComposeRequest("POST", "/v1/registration/failure", "",
                                                            R"({"reason":"no_network"})"));
  EXPECT_EQ(answer.status, 204) << answer.body;
  EXPECT_EQ(connection.ReadToEnd(20s), "");
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
