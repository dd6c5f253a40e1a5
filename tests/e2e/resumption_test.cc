// A TLS session is resumed only while its client certificate is the gateway's only one and current
// (docs/design.md §7), only on its own listener and only by the process that began it.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"

namespace latchkey::testing {
namespace {

class Resumption : public E2eTest, public ::testing::WithParamInterface<Tls> {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    OpenAccount("acme");
  }

  RawConnection Open(const std::optional<tools::LoadIdentity>& identity,
                     const TlsSession* resume = nullptr) {
    RawConnection connection(server().Gateways(1).address);
    EXPECT_TRUE(connection.StartTls({.ca_pem = server().ca_pem(),
                                     .identity = identity,
                                     .resume = resume,
                                     .only_tls12 = GetParam() == Tls::k12}));
    return connection;
  }
  RawConnection::Answer Self(RawConnection& connection) {
    EXPECT_TRUE(connection.Send(tools::ComposeRequest("GET", "/v1/self", "", "")));
    return connection.ReadAnswer();
  }
  // Kept open: OpenSSL does not resume the session of a connection that ended without a goodbye.
  struct Begun {
    RawConnection connection;
    TlsSession session;
  };
  Begun Begin(const InstalledGateway& gateway) {
    RawConnection connection = Open(gateway.identity);
    EXPECT_EQ(Member(Self(connection).body, "id"), gateway.id);
    TlsSession session = connection.session();
    EXPECT_FALSE(session.empty());
    return {std::move(connection), std::move(session)};
  }
};

TEST_P(Resumption, OfACurrentCertificateThatIsTheOnlyOne) {
  const InstalledGateway gateway = Install(AddGateway("acme", "one"));
  std::vector<Begun> all;
  all.push_back(Begin(gateway));
  std::size_t last = 0;
  for (int i = 0; i < 3; ++i) {
    RawConnection again = Open(gateway.identity, &all[last].session);
    EXPECT_TRUE(again.resumed());
    EXPECT_EQ(Member(Self(again).body, "id"), gateway.id);
    TlsSession next = again.session();
    all.push_back({std::move(again), std::move(next)});
    if (!all.back().session.empty()) last = all.size() - 1;  // TLS 1.2 keeps the ticket it has
  }
}

TEST_P(Resumption, NotWhileAReplacementWaitsNorAfterIt) {
  const InstalledGateway old = Install(AddGateway("acme", "one"));
  const Begun of_old[] = {Begin(old), Begin(old)};
  const auto key = server().Send("POST", "/v1/gateways/" + old.id + "/key", "{\"replace\":true}");
  ASSERT_TRUE(key && key->status == 201) << key->body;
  const InstalledGateway fresh =
      Install({old.id, "one", Member(key->body, "key")}, /*check_in=*/false);

  RawConnection waiting = Open(old.identity, &of_old[0].session);
  EXPECT_FALSE(waiting.resumed());
  EXPECT_EQ(Member(Self(waiting).body, "id"), old.id)
      << "it holds until its successor is confirmed";
  const Begun pending = Begin(fresh);
  RawConnection unconfirmed = Open(fresh.identity, &pending.session);
  EXPECT_FALSE(unconfirmed.resumed());

  ASSERT_TRUE(unconfirmed.Send(tools::ComposeRequest("POST", "/v1/check-in", "", "{}")));
  ASSERT_EQ(unconfirmed.ReadAnswer().status, 200);
  RawConnection replaced = Open(old.identity, &of_old[1].session);
  EXPECT_FALSE(replaced.resumed());
  EXPECT_EQ(Code(Self(replaced).body), "certificate_revoked");
  const Begun current = Begin(fresh);
  RawConnection resumed = Open(fresh.identity, &current.session);
  EXPECT_TRUE(resumed.resumed());
  EXPECT_EQ(Member(Self(resumed).body, "id"), fresh.id);
}

TEST_P(Resumption, NotAfterDeregistration) {
  const InstalledGateway gateway = Install(AddGateway("acme", "one"));
  const InstalledGateway other = Install(AddGateway("acme", "other"));
  const Begun begun[] = {Begin(gateway), Begin(gateway), Begin(gateway)};
  const auto ended = server().Send("POST", "/v1/gateways/" + gateway.id + "/deregister");
  ASSERT_TRUE(ended && ended->status == 200);

  RawConnection same = Open(gateway.identity, &begun[0].session);
  EXPECT_FALSE(same.resumed());
  EXPECT_EQ(Code(Self(same).body), "certificate_revoked");
  RawConnection nobody = Open({}, &begun[1].session);
  EXPECT_FALSE(nobody.resumed());
  EXPECT_EQ(Self(nobody).status, 401);
  RawConnection as_other = Open(other.identity, &begun[2].session);
  EXPECT_FALSE(as_other.resumed());
  EXPECT_EQ(Member(Self(as_other).body, "id"), other.id);
}

TEST_P(Resumption, NotAfterARestartNorARotation) {
  const InstalledGateway gateway = Install(AddGateway("acme", "one"));
  for (const bool rotated : {false, true}) {
    const Begun begun = Begin(gateway);
    StopServer();
    if (rotated) {
      std::string output;
      ASSERT_EQ(RunLatchkey({"rotate", "ca", "--data", data().string()}, &output), 0) << output;
    }
    StartServer();
    RawConnection again = Open(gateway.identity, &begun.session);
    EXPECT_FALSE(again.resumed());
    EXPECT_EQ(Member(Self(again).body, "id"), gateway.id);
  }
}

// The same by another program, which keeps its sessions in a file.
TEST_P(Resumption, ByOpenSslsClient) {
  const InstalledGateway gateway = Install(AddGateway("acme", "one"));
  const auto file = [&](const std::string& name, const std::string& content) {
    std::ofstream(directory() / name) << content;
    return (directory() / name).string();
  };
  const std::string client =
      "printf 'GET /v1/self HTTP/1.1\\r\\nHost: gateways\\r\\nConnection: close\\r\\n\\r\\n' | "
      "openssl s_client -ign_eof -connect " +
      server().Gateways(1).address + (GetParam() == Tls::k12 ? " -tls1_2" : " -tls1_3") +
      " -CAfile " + file("ca.pem", server().ca_pem()) + " -cert " +
      file("gateway.crt", gateway.identity.certificate_pem) + " -key " +
      file("gateway.key", gateway.identity.key_pem);
  const auto run = [&](const std::string& sessions) {
    const std::string out = (directory() / "out").string();
    EXPECT_EQ(std::system((client + sessions + " >" + out + " 2>&1").c_str()), 0);
    std::ifstream in(out);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string session = (directory() / "session").string();
  EXPECT_NE(run(" -sess_out " + session).find("New, TLSv1"), std::string::npos);
  const std::string resumed = run(" -sess_in " + session);
  EXPECT_NE(resumed.find("Reused, TLSv1"), std::string::npos) << resumed;
  EXPECT_NE(resumed.find(gateway.id), std::string::npos) << resumed;

  EXPECT_NE(run(" -sess_out " + session).find("New, TLSv1"), std::string::npos);
  const auto ended = server().Send("POST", "/v1/gateways/" + gateway.id + "/deregister");
  ASSERT_TRUE(ended && ended->status == 200);
  const std::string refused = run(" -sess_in " + session);
  EXPECT_EQ(refused.find("Reused, TLSv1"), std::string::npos) << refused;
  EXPECT_NE(refused.find("certificate_revoked"), std::string::npos) << refused;
}

INSTANTIATE_TEST_SUITE_P(Tls, Resumption, ::testing::Values(Tls::k12, Tls::k13),
                         [](const auto& row) { return row.param == Tls::k12 ? "V12" : "V13"; });

}  // namespace
}  // namespace latchkey::testing
