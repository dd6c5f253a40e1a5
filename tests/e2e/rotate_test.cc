// Master key and CA of a ledger in use are rotated: earlier gateways keep working, and new clients
// can verify the server.
#include <fstream>

#include "core/base/hex.h"
#include "core/crypto/certificates.h"
#include "core/http/http_client.h"
#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

class RotateTest : public E2eTest {
 protected:
  std::string Url() { return "https://" + server().Gateways(1).address; }
  std::string Fingerprint() {
    return "sha256:" + Member(server().Get("/v1/ledger")->body, "ca_sha256");
  }
  fs::path Out(const std::string& name) const { return directory() / name; }

  // `latchkey register` as an installer runs it.
  void Register(const AddedGateway& gateway, const std::vector<std::string>& trust) {
    const fs::path key = directory() / (gateway.name + ".key");
    std::ofstream(key) << gateway.key;
    std::vector<std::string> arguments = {"register", "--url",          Url(), "--key-file", key,
                                          "--out",    Out(gateway.name)};
    arguments.insert(arguments.end(), trust.begin(), trust.end());
    std::string output;
    EXPECT_EQ(RunLatchkey(arguments, &output), 0) << gateway.name << ": " << output;
  }

  // As the gateway's own software does it, with what `register` left there.
  int CheckIn(const std::string& name) {
    HttpClient client({.url = Url(),
                       .trust = {(Out(name) / "ca.crt").string(), "", ""},
                       .certificate = Out(name) / "gateway.crt",
                       .key = Out(name) / "gateway.key"});
    const auto answer = client.Send({"POST", "/v1/check-in", "{}"});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? answer->status : 0;
  }

  void Rotate(const std::string& what) {
    std::string output;
    EXPECT_EQ(RunLatchkey({"rotate", what, "--data", data()}, &output), 0) << output;
  }
};

TEST_F(RotateTest, EveryoneGoesOnAndEveryoneFindsTheWay) {
  OpenAccount("acme");
  const std::string old_ca = Fingerprint();
  Register(AddGateway("acme", "before"), {"--ca-fingerprint", old_ca});
  const AddedGateway waiting = AddGateway("acme", "waiting");
  std::string output;
  EXPECT_EQ(RunLatchkey({"rotate", "ca", "--data", data()}, &output), 5) << "it is served";

  StopServer();
  Rotate("master-key");
  Rotate("ca");
  StartServer();

  const std::string new_ca = Fingerprint();
  EXPECT_NE(new_ca, old_ca);
  EXPECT_EQ(CheckIn("before"), 200);
  const auto shown = server().Send("POST", "/v1/gateways/" + waiting.id + "/key/reveal");
  EXPECT_EQ(Member(shown->body, "key"), waiting.key) << shown->body;
  Register(waiting, {"--ca", Out("before") / "ca.crt"});
  Register(AddGateway("acme", "after"), {"--ca-fingerprint", new_ca});
  Register(AddGateway("acme", "by the old"), {"--ca-fingerprint", old_ca});
  for (const char* name : {"before", "waiting", "after", "by the old"}) {
    EXPECT_EQ(CheckIn(name), 200) << name;
  }
  EXPECT_EQ(CountEvents("type=CaRotated"), 1u);

  const auto pem =
      tools::Fetch(server().Gateways(1), tools::ComposeRequest("GET", "/ca.pem", "", ""));
  ASSERT_TRUE(pem);
  EXPECT_EQ("sha256:" + text::ToHex(crypto::ReadCertificate(pem->body)->sha256), new_ca)
      << "the one in force comes first";
  const auto second = pem->body.find("-----BEGIN", 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ("sha256:" + text::ToHex(crypto::ReadCertificate(pem->body.substr(second))->sha256),
            old_ca);
}

TEST_F(RotateTest, ASecondRotationKeepsTheFirstGatewayGoing) {
  OpenAccount("acme");
  Register(AddGateway("acme", "first"), {"--ca-fingerprint", Fingerprint()});
  for (int i = 0; i < 2; ++i) {
    StopServer();
    Rotate("ca");
    Rotate("master-key");
    StartServer();
    EXPECT_EQ(CheckIn("first"), 200) << i;
  }
  const auto key = server().Send(
      "POST",
      "/v1/gateways/" + Member(server().Get("/v1/gateways/gw_00000001")->body, "id") + "/key",
      R"({"replace":true})");
  Register({"gw_00000001", "replaced", Member(key->body, "key")},
           {"--ca", Out("first") / "ca.crt"});
  EXPECT_EQ(CheckIn("replaced"), 200);
}

}  // namespace
}  // namespace latchkey::testing
