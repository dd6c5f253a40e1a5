// A class of security advisories that takes TLS sessions to show (docs/threat_model.md): a session
// is resumed where its certificate was never judged.
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

class Advisory : public E2eTest, public ::testing::WithParamInterface<Tls> {
 protected:
  // With this certificate and this session to resume, either of which may be missing.
  RawConnection Open(const tools::LoadOptions& listener,
                     const std::optional<tools::LoadIdentity>& identity,
                     const TlsSession* resume = nullptr) {
    RawConnection connection(listener.address);
    EXPECT_TRUE(connection.StartTls({.ca_pem = server().ca_pem(),
                                     .identity = identity,
                                     .resume = resume,
                                     .only_tls12 = GetParam() == Tls::k12}));
    return connection;
  }
  RawConnection::Answer Ask(RawConnection& connection, const std::string& target) {
    EXPECT_TRUE(connection.Send(tools::ComposeRequest("GET", target, "", "")));
    return connection.ReadAnswer();
  }
  // A connection that was answered, and its session, good for one other: OpenSSL resumes none whose
  // connection ended without a goodbye, and none twice.
  struct Begun {
    RawConnection connection;
    TlsSession session;
  };
  Begun Begin(const tools::LoadOptions& listener,
              const std::optional<tools::LoadIdentity>& identity) {
    RawConnection connection = Open(listener, identity);
    EXPECT_EQ(Ask(connection, "/healthz").status, 200);
    TlsSession session = connection.session();
    EXPECT_FALSE(session.empty());
    return {std::move(connection), std::move(session)};
  }
  // By a CA of the same name as ours.
  tools::LoadIdentity Forged() {
    SeededRandom random;
    const Time now = SystemClock().Now();
    const auto ca = crypto::CertificateAuthority::Load(
        crypto::CertificateAuthority::Create("Latchkey CA 00000000", now, random));
    const tools::LoadKeyPair pair = tools::MakeKeyPair();
    const auto csr = crypto::CheckCsr(pair.csr_pem);
    EXPECT_TRUE(ca && csr);
    const auto certificate = (*ca)->SignGateway(
        *csr, {"gw_00000001", "spiffe://example.org/gw_00000001"}, now, 24h, random);
    return {crypto::DerToPem(certificate.der), pair.key_pem};
  }
};

// Elsewhere a client resumed the session of one virtual server on another and was taken for whom
// the first had verified. Here a session is unknown to the other listener: a full handshake
// follows, and what it gives is all there is.
TEST_P(Advisory, ASessionIsWorthNothingOnTheOtherListener) {
  OpenAccount("acme");
  const InstalledGateway gateway = Install(AddGateway("acme", "one"));
  const Begun of_gateway = Begin(server().Gateways(1), gateway.identity);
  RawConnection other = Open(server().Management(1), gateway.identity, &of_gateway.session);
  EXPECT_FALSE(other.resumed());
  for (const char* target : {"/v1/accounts", "/v1/self", "/v1/tokens/self"}) {
    const auto answer = Ask(other, target);
    EXPECT_EQ(answer.status, 401) << target << answer.body;
  }
  const Begun of_management = Begin(server().Management(1), {});
  RawConnection nobody = Open(server().Gateways(1), {}, &of_management.session);
  EXPECT_FALSE(nobody.resumed());
  EXPECT_EQ(Ask(nobody, "/v1/self").status, 401);
  RawConnection known = Open(server().Gateways(1), gateway.identity, &of_management.session);
  EXPECT_FALSE(known.resumed());
  EXPECT_EQ(Member(Ask(known, "/v1/self").body, "id"), gateway.id);
}

// On its own listener a session stands for the certificate of its handshake and for no better one.
// When that certificate is not a gateway's current one, the session is worth nothing: what the full
// handshake gives is all there is.
TEST_P(Advisory, AResumedSessionIsTheCallerOfItsHandshake) {
  OpenAccount("acme");
  const InstalledGateway gateway = Install(AddGateway("acme", "one"));
  const InstalledGateway other = Install(AddGateway("acme", "other"));
  const tools::LoadOptions listener = server().Gateways(1);
  const Begun of_gateway = Begin(listener, gateway.identity);
  const Begun of_nobody = Begin(listener, {});
  const Begun of_forged = Begin(listener, Forged());

  RawConnection by_other = Open(listener, other.identity, &of_gateway.session);
  EXPECT_TRUE(by_other.resumed());
  EXPECT_EQ(Member(Ask(by_other, "/v1/self").body, "id"), gateway.id);
  RawConnection still_nobody = Open(listener, {}, &of_nobody.session);
  EXPECT_TRUE(still_nobody.resumed());
  EXPECT_EQ(Ask(still_nobody, "/v1/self").status, 401);
  RawConnection still_forged = Open(listener, {}, &of_forged.session);
  EXPECT_FALSE(still_forged.resumed());
  EXPECT_EQ(Ask(still_forged, "/v1/self").status, 401);

  const Begun later[] = {Begin(listener, gateway.identity), Begin(listener, gateway.identity)};
  const auto ended = server().Send("POST", "/v1/gateways/" + gateway.id + "/deregister");
  ASSERT_TRUE(ended && ended->status == 200);
  RawConnection nobody = Open(listener, {}, &later[0].session);
  EXPECT_FALSE(nobody.resumed());
  EXPECT_EQ(Ask(nobody, "/v1/self").status, 401);
  RawConnection as_other = Open(listener, other.identity, &later[1].session);
  EXPECT_FALSE(as_other.resumed());
  EXPECT_EQ(Member(Ask(as_other, "/v1/self").body, "id"), other.id);
  RawConnection open = Open(listener, other.identity);
  EXPECT_EQ(Member(Ask(open, "/v1/self").body, "id"), other.id);
}

INSTANTIATE_TEST_SUITE_P(Tls, Advisory, ::testing::Values(Tls::k12, Tls::k13),
                         [](const auto& row) { return row.param == Tls::k12 ? "V12" : "V13"; });

}  // namespace
}  // namespace latchkey::testing
