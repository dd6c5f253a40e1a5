// Which signing requests are taken: the same at each door to a certificate.
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <boost/json/value.hpp>

#include "tests/contract/contract_ledger.h"
#include "tests/contract/signing_requests.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using L = ContractLedger;

struct Csr {
  std::string name;
  std::function<json::value()> csr;
  int status;
  std::string code;
};

void PrintTo(const Csr& row, std::ostream* out) { *out << row.name; }

class CsrTest : public ::testing::TestWithParam<Csr> {};

json::value Made(const std::string& kind) { return json::string(MakeCsr(kind)); }

const Csr kCsrs[] = {
    {"p256", [] { return Made("P-256"); }, 201, ""},
    {"p384", [] { return Made("P-384"); }, 201, ""},
    {"ed25519", [] { return Made("ED25519"); }, 201, ""},
    {"rsa2048", [] { return Made("RSA-2048"); }, 201, ""},
    {"p521", [] { return Made("P-521"); }, 422, "csr_invalid"},
    {"secp256k1", [] { return Made("secp256k1"); }, 422, "csr_invalid"},
    {"ed448", [] { return Made("ED448"); }, 422, "csr_invalid"},
    {"rsa1024", [] { return Made("RSA-1024"); }, 422, "csr_invalid"},
    {"signed_by_another", [] { return json::value(json::string(MakeForgedCsr())); }, 422,
     "csr_invalid"},
    {"empty", [] { return json::value(""); }, 422, "csr_invalid"},
    {"no_pem", [] { return json::value("hello"); }, 422, "csr_invalid"},
    {"pem_of_nothing",
     [] {
       return json::value(
           "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n");
     },
     422, "csr_invalid"},
    {"absent", [] { return json::value(nullptr); }, 422, "validation_failed"},
    {"number", [] { return json::value(7); }, 422, "validation_failed"},
};

TEST_P(CsrTest, IsTakenOrRefusedWithoutSpendingTheKey) {
  L& ledger = L::Instance();
  const Added gateway = ledger.Add();
  const HttpAnswer answer = ledger.Gateways().Post(
      "/v1/registrations", {{"key", gateway.key}, {"csr", GetParam().csr()}});
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
  if (GetParam().status != 201) ledger.Redeem(gateway);
}

TEST_P(CsrTest, IsJudgedAlikeAtPreflight) {
  const json::value csr = GetParam().csr();
  if (csr.is_null()) return;  // may be absent there
  L& ledger = L::Instance();
  const HttpAnswer answer = ledger.Gateways().Post("/v1/registrations/preflight",
                                                   {{"key", ledger.Add().key}, {"csr", csr}});
  EXPECT_EQ(answer.status, GetParam().status == 201 ? 200 : GetParam().status) << answer.body;
  EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
}

TEST_P(CsrTest, IsJudgedAlikeForARenewal) {
  L& ledger = L::Instance();
  const HttpAnswer answer = ledger.Gateways(ledger.Install(ledger.Add()))
                                .Post("/v1/certificate", {{"csr", GetParam().csr()}});
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
}

TEST_P(CsrTest, IsJudgedAlikeOverEst) {
  const json::value csr = GetParam().csr();
  if (!csr.is_string() || csr.get_string().find("-----BEGIN") == json::string::npos) return;
  const std::string body = Pkcs10(std::string(csr.get_string()));
  const int wanted = GetParam().status == 201 ? 200 : 403;
  L& ledger = L::Instance();
  const Added gateway = ledger.Add();
  HttpClient installer = ledger.Gateways();
  const HttpAnswer enrolled =
      installer.Send("POST", "/.well-known/est/simpleenroll", body, EstHeaders(gateway.key));
  EXPECT_EQ(enrolled.status, wanted) << enrolled.body;
  HttpClient holder = ledger.Gateways(ledger.Install(wanted == 200 ? ledger.Add() : gateway));
  const HttpAnswer renewed =
      holder.Send("POST", "/.well-known/est/simplereenroll", body, EstHeaders());
  EXPECT_EQ(renewed.status, wanted) << renewed.body;
}

INSTANTIATE_TEST_SUITE_P(Requests, CsrTest, ::testing::ValuesIn(kCsrs),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace latchkey::testing
