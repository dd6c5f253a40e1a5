// Renewing a certificate, and a gateway that ends its own identity. The rules are rows of
// tests/core/domain/renewals_test.cc; this is what callers see of them.
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/limits.h"
#include "core/base/time_text.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using std::chrono::hours;
using L = ContractLedger;

constexpr std::string_view kRenew = "/v1/certificate";
constexpr hours kDay{24};

HttpAnswer TryRenew(const L& ledger, const Identity& holder, const Identity& next) {
  return ledger.Gateways(holder).Post(kRenew, {{"csr", next.pair.csr_pem}});
}
HttpAnswer TryRenew(const Identity& holder, const Identity& next) {
  return TryRenew(Ledger(), holder, next);
}
std::string CertificateIn(const HttpAnswer& answer) {
  return std::string(answer.Json().at("certificate").as_string());
}
int CheckIn(const Identity& identity) {
  return Ledger().Gateways(identity).Post("/v1/check-in", {}).status;
}
Time TimeIn(const json::value& text) {
  return FromMicros(text::ParseTime(text.as_string()).value_or(0));
}

TEST(RenewalTest, GivesOneCertificateForOnePublicKey) {
  const Identity holder = Ledger().Install(Ledger().Add());
  Identity next;
  const HttpAnswer first = TryRenew(holder, next);
  EXPECT_EQ(first.status, 201) << first.body;
  const HttpAnswer again = TryRenew(holder, next);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(first.body, again.body);
  const json::object issued = first.Json();
  const Time ends = TimeIn(issued.at("not_after"));
  EXPECT_GT(ends, Ledger().Now() + ledger_limits::kRenewedLifetime - std::chrono::minutes(1));
  EXPECT_LE(ends, Ledger().Now() + ledger_limits::kRenewedLifetime);
}

TEST(RenewalTest, LeavesTheCertificateBeforeUntilItIsUsed) {
  const Added gateway = Ledger().Add();
  const Identity holder = Ledger().Install(gateway);
  const Identity next = Ledger().Renew(holder);
  EXPECT_EQ(CheckIn(holder), 200);
  EXPECT_EQ(Ledger().Gateways(next).Get("/v1/self").status, 200) << "looking is not using";
  EXPECT_EQ(CheckIn(holder), 200);
  HttpClient open = Ledger().Gateways(holder);
  EXPECT_EQ(open.Get("/v1/self").status, 200);
  EXPECT_EQ(CheckIn(next), 200);
  EXPECT_EQ(open.Get("/v1/self").Code(), "certificate_revoked") << "on an open connection too";
  const json::object shown = Ledger().Management().Get("/v1/gateways/" + gateway.id).Json();
  EXPECT_EQ(shown.at("status"), "green");
  EXPECT_EQ(shown.at("certificate"), Ledger().Gateways(next).Get("/v1/self").Json()["certificate"]);
  // The redemption was long ago and its certificate has ended.
  EXPECT_EQ(Ledger().TryRedeem(gateway.key, holder).Code(), "registration_ended");
}

TEST(RenewalTest, SupersedesWhatWasNotUsed) {
  const Identity holder = Ledger().Install(Ledger().Add());
  const Identity lost = Ledger().Renew(holder);
  const Identity next = Ledger().Renew(holder);
  EXPECT_EQ(Ledger().Gateways(lost).Post("/v1/check-in", {}).Code(), "certificate_revoked");
  EXPECT_EQ(CheckIn(next), 200);
}

TEST(RenewalTest, AsksForTheNextWithTheNewest) {
  const Identity holder = Ledger().Install(Ledger().Add());
  const Identity second = Ledger().Renew(holder);
  const Identity third = Ledger().Renew(second);
  EXPECT_EQ(Ledger().Gateways(holder).Get("/v1/self").Code(), "certificate_revoked")
      << "the second was used";
  EXPECT_EQ(CheckIn(third), 200);
}

TEST(RenewalTest, OfTheSameKeyPairWaitsUntilItIsTime) {
  L ledger;
  const Identity holder = ledger.Install(ledger.Add());
  const HttpAnswer heard = ledger.Gateways(holder).Post("/v1/check-in", {});
  const Time after = TimeIn(heard.Json().at("renew_after"));
  EXPECT_FALSE(heard.Json().contains("ca")) << "the CA has not changed";
  const HttpAnswer early = TryRenew(ledger, holder, holder);
  EXPECT_EQ(early.status, 200);
  EXPECT_EQ(CertificateIn(early), holder.certificate_pem);
  ledger.Advance(std::chrono::duration_cast<std::chrono::seconds>(after - ledger.Now()) +
                 std::chrono::seconds(1));
  const HttpAnswer due = TryRenew(ledger, holder, holder);
  EXPECT_EQ(due.status, 201) << due.body;
  EXPECT_NE(CertificateIn(due), holder.certificate_pem);
}

TEST(RenewalTest, NeedsAConfirmedRegistration) {
  const HttpAnswer answer = TryRenew(Ledger().Redeem(Ledger().Add()), Identity());
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.Code(), "registration_not_confirmed");
}

TEST(RenewalTest, IsBoundedForAGateway) {
  const Identity holder = Ledger().Install(Ledger().Add());
  Identity last;
  for (int i = 0; i < ledger_limits::kMaxRenewalsPerDay; ++i) {
    last = Identity();
    EXPECT_EQ(TryRenew(holder, last).status, 201);
  }
  const HttpAnswer fifth = TryRenew(holder, Identity());
  EXPECT_EQ(fifth.status, 429);
  EXPECT_EQ(fifth.Code(), "rate_limited");
  EXPECT_EQ(fifth.Header("Retry-After"), std::to_string(kDay / std::chrono::seconds(1)));
  EXPECT_EQ(TryRenew(holder, last).status, 200) << "the last one can still be had";
  Ledger().Advance(kDay);
  EXPECT_EQ(TryRenew(holder, Identity()).status, 201);
}

// A request that does not hold costs us up to 20 ms (RSA): a gateway may not try without end.
TEST(RenewalTest, BadRequestsAreBoundedForAGateway) {
  L ledger({{}, true});
  const Identity holder = ledger.Install(ledger.Add());
  HttpClient client = ledger.Gateways(holder);
  int refused = 0;
  while (refused < 1'000 && client.Post(kRenew, {{"csr", "no CSR"}}).status == 422) ++refused;
  EXPECT_LT(refused, 1'000);
  const HttpAnswer limited = client.Post(kRenew, {{"csr", Identity().pair.csr_pem}});
  EXPECT_EQ(limited.Code(), "rate_limited");
  EXPECT_EQ(client.Post("/v1/check-in", {}).status, 200) << "nothing else is limited";
  const Identity other = ledger.Install(ledger.Add());
  EXPECT_EQ(TryRenew(ledger, other, Identity()).status, 201) << "nor anybody else";
}

TEST(RenewalTest, GoesOnForAWhilePastTheEnd) {
  L ledger;
  const Identity holder = ledger.Install(ledger.Add());
  ledger.Advance(366 * kDay);
  const HttpAnswer expired = ledger.Gateways(holder).Post("/v1/check-in", {});
  EXPECT_EQ(expired.Code(), "certificate_expired");
  EXPECT_NE(expired.body.find("can still be renewed"), std::string::npos) << expired.body;
  EXPECT_EQ(ledger.Gateways(holder).Post("/v1/self/deregister", {}).Code(), "certificate_expired");
  const Identity renewed = ledger.Renew(holder);
  EXPECT_EQ(ledger.Gateways(renewed).Post("/v1/check-in", {}).status, 200);
  ledger.Advance(121 * kDay);
  const HttpAnswer over = TryRenew(ledger, renewed, Identity());
  EXPECT_EQ(over.Code(), "certificate_expired");
  EXPECT_NE(over.body.find("Register again"), std::string::npos) << over.body;
}

TEST(RenewalTest, BringsTheNewCa) {
  L ledger;
  const Identity holder = ledger.Install(ledger.Add());
  EXPECT_FALSE(ledger.Gateways(holder).Post("/v1/check-in", {}).Json().contains("ca"));
}

std::size_t CountOf(const Added& gateway, const std::string& type) {
  return Ledger()
      .Management()
      .Get("/v1/events?type=" + type + "&gateway=" + gateway.id)
      .Json()["events"]
      .as_array()
      .size();
}

TEST(SharedCertificateTest, IsSuspectedOnceWhenTwoProgramsTakeTurns) {
  const Added gateway = Ledger().Add();
  HttpClient client = Ledger().Gateways(Ledger().Install(gateway));
  const auto check_in = [&](const char* instance) {
    EXPECT_EQ(client.Post("/v1/check-in", {{"instance", instance}}).status, 200);
  };
  for (const char* instance : {"one", "two", "one"}) check_in(instance);
  EXPECT_EQ(CountOf(gateway, "CertificateSharedSuspected"), 0u);
  for (const char* instance : {"two", "one", "two", "one", "two"}) check_in(instance);
  EXPECT_EQ(CountOf(gateway, "CertificateSharedSuspected"), 1u);
  EXPECT_EQ(client.Post("/v1/check-in", {{"instance", std::string(65, 'i')}}).Code(),
            "validation_failed");
}

TEST(SharedCertificateTest, IsNotSuspectedWhereProgramsDoNotSayWhichTheyAre) {
  const Added gateway = Ledger().Add();
  const Identity identity = Ledger().Install(gateway);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(CheckIn(identity), 200);
  EXPECT_EQ(CountOf(gateway, "CertificateSharedSuspected"), 0u);
}

TEST(SelfDeregistrationTest, EndsTheIdentity) {
  const Added gateway = Ledger().Add();
  const Identity holder = Ledger().Install(gateway);
  HttpClient client = Ledger().Gateways(holder);
  EXPECT_EQ(client.Post("/v1/self/deregister", {{"reason", "Uninstalled"}}).status, 204);
  EXPECT_EQ(client.Get("/v1/self").Code(), "certificate_revoked");
  const json::object event = Ledger()
                                 .Management()
                                 .Get("/v1/events?order=desc&limit=1&gateway=" + gateway.id)
                                 .Json()["events"]
                                 .at(0)
                                 .as_object();
  EXPECT_EQ(event.at("type"), "GatewayDeregistered");
  EXPECT_EQ(event.at("data").at("reason"), "Uninstalled");
  EXPECT_TRUE(event.at("actor").as_string().starts_with("certificate:"));
  const json::object shown = Ledger().Management().Get("/v1/gateways/" + gateway.id).Json();
  EXPECT_EQ(shown.at("status"), "gray");
}

TEST(SelfDeregistrationTest, TakesNoLongReason) {
  HttpClient client = Ledger().Gateways(Ledger().Install(Ledger().Add()));
  EXPECT_EQ(client.Post("/v1/self/deregister", {{"reason", std::string(1'025, 'r')}}).Code(),
            "validation_failed");
  EXPECT_EQ(client.Send("POST", "/v1/self/deregister").status, 204) << "the body may be absent";
}

TEST(SelfDeregistrationTest, NeedsAConfirmedRegistration) {
  HttpClient client = Ledger().Gateways(Ledger().Redeem(Ledger().Add()));
  EXPECT_EQ(client.Post("/v1/self/deregister", {}).Code(), "registration_not_confirmed");
}

}  // namespace
}  // namespace latchkey::testing
