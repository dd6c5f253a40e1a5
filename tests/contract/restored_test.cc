// A ledger that was restored from a backup, over HTTP: what is void, what goes on, and accepting
// it.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;

// One ledger for all tests here. The backup has a gateway of each kind; the lost one was registered
// after it.
struct Restored {
  Restored() {
    kept = ledger.Add();
    kept_identity = ledger.Install(kept);
    other = ledger.Add();
    ledger.Install(other);
    pending = ledger.Add();
    pending_identity = ledger.Redeem(pending);
    active = ledger.Add();
    spent_later = ledger.Add();
    helpdesk = ledger.CreateToken("helpdesk");
    revoked_later = ledger.CreateToken("helpdesk");
    ledger.BackUp();
    spent_later_identity = ledger.Install(spent_later);
    EXPECT_EQ(ledger.Management().Send("DELETE", "/v1/tokens/" + revoked_later.id).status, 204);
    lost_identity = ledger.Install(ledger.Add());
    position = ledger.position();
    epoch = ledger.epoch();
    ledger.Restore();
    restricted = ledger.CreateToken("operator", {ledger.account()});
    stranger = ledger.CreateToken("auditor", {ledger.NewAccount()});
  }

  HttpAnswer Accept(const Added& gateway, const Headers& headers = {}) {
    return ledger.Management().Send("POST", PathOf(gateway) + "/accept", std::nullopt, headers);
  }
  HttpAnswer AcceptAll(const json::object& body, const Headers& headers = {}) {
    return ledger.Management().Post("/v1/registrations/accept", body, headers);
  }
  std::size_t CountRestored(const std::string& flag) {
    const json::object page = ledger.Management()
                                  .Get("/v1/accounts/" + ledger.account() +
                                       "/gateways?registration=registered&restored=" + flag)
                                  .Json();
    return page.at("gateways").as_array().size();
  }
  // As GET /v1/ledger counts them, after a round of counting.
  std::int64_t Counted() {
    ledger.Tick();
    return ledger.Management().Get("/v1/ledger").Json().at("restored").as_int64();
  }
  json::array Events(const std::string& type) {
    return ledger.Management().Get("/v1/events?type=" + type).Json().at("events").as_array();
  }

  ContractLedger ledger;
  Added kept, other, pending, active, spent_later;
  Identity kept_identity, pending_identity, lost_identity, spent_later_identity;
  NewToken helpdesk, revoked_later, restricted, stranger;
  std::string position, epoch;
};

class RestoredTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { restored_ = std::make_unique<Restored>(); }
  static void TearDownTestSuite() { restored_.reset(); }
  static Restored& restored() { return *restored_; }
  static ContractLedger& ledger() { return restored_->ledger; }

 private:
  static inline std::unique_ptr<Restored> restored_;
};

TEST_F(RestoredTest, EveryTokenFromBeforeIsRefused) {
  EXPECT_EQ(ledger().Management(restored().helpdesk).Get("/v1/ledger").Code(), "unauthenticated");
  EXPECT_EQ(ledger().Management(restored().revoked_later).Get("/v1/ledger").Code(),
            "unauthenticated")
      << "the backup does not know that it was revoked";
  EXPECT_EQ(ledger().Management().Get("/v1/ledger").status, 200);
  const json::object tokens = ledger().Management().Get("/v1/tokens").Json();
  EXPECT_EQ(tokens.at("tokens").as_array().size(), 3u) << "those made since";
}

TEST_F(RestoredTest, PositionsOfTheEpochBeforeAreRefused) {
  EXPECT_NE(ledger().epoch(), restored().epoch);
  const auto at = [&](const std::string& query) {
    return ledger().Management().Get("/v1/events?" + query + restored().position);
  };
  EXPECT_EQ(at("after=").Code(), "position_unknown");
  EXPECT_EQ(at("after_position=").status, 409);
}

TEST_F(RestoredTest, AnActiveKeyIsRevoked) {
  const Identity identity;
  const HttpAnswer refused = ledger().TryRedeem(restored().active.key, identity);
  EXPECT_EQ(refused.status, 410);
  EXPECT_EQ(refused.Code(), "key_revoked");
  const json::object shown = ledger().Management().Get(PathOf(restored().active)).Json();
  EXPECT_EQ(shown.at("registration_key").at("state"), "revoked");
  EXPECT_EQ(ledger().Management().Send("POST", PathOf(restored().active) + "/key/reveal").Code(),
            "no_active_key");
}

TEST_F(RestoredTest, ASpentKeyStaysSpent) {
  const Identity identity;
  EXPECT_EQ(ledger().TryRedeem(restored().kept.key, identity).Code(), "key_already_redeemed");
  EXPECT_EQ(ledger().TryRedeem(restored().kept.key, restored().kept_identity).status, 200);
}

// The backup does not know that it was spent.
TEST_F(RestoredTest, AKeySpentAfterTheBackupWorksForNobody) {
  const Identity identity;
  const std::string& key = restored().spent_later.key;
  EXPECT_EQ(ledger().TryRedeem(key, identity).Code(), "key_revoked");
  EXPECT_EQ(ledger().TryRedeem(key, restored().spent_later_identity).Code(), "key_revoked");
  HttpClient gateway = ledger().Gateways(restored().spent_later_identity);
  EXPECT_EQ(gateway.Post("/v1/check-in", {}).Code(), "certificate_unknown_since_restore");
}

TEST_F(RestoredTest, APendingRegistrationIsAbandoned) {
  HttpClient gateway = ledger().Gateways(restored().pending_identity);
  EXPECT_EQ(gateway.Post("/v1/check-in", {}).Code(), "registration_abandoned");
  const json::object shown = ledger().Management().Get(PathOf(restored().pending)).Json();
  EXPECT_EQ(shown.at("registration"), "unregistered");
  EXPECT_EQ(restored().Events("RegistrationAbandoned").at(0).at("data").at("why"), "restored");
}

TEST_F(RestoredTest, ACertificateOfTheLostPartIsNamed) {
  HttpClient gateway = ledger().Gateways(restored().lost_identity);
  const HttpAnswer refused = gateway.Post("/v1/check-in", {});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.Code(), "certificate_unknown_since_restore");
  EXPECT_EQ(gateway.Get("/v1/self").Code(), "certificate_unknown_since_restore");
  const json::object csr{{"csr", Identity().pair.csr_pem}};
  EXPECT_EQ(gateway.Post("/v1/certificate", csr).Code(), "certificate_unknown_since_restore");
  EXPECT_EQ(gateway.Post("/v1/self/deregister", {}).Code(), "certificate_unknown_since_restore");
  EXPECT_EQ(gateway.Post("/v1/registration/failure", {{"reason", "disk_full"}}).Code(),
            "certificate_unknown_since_restore");
}

TEST_F(RestoredTest, TheRestoreIsAFact) {
  const json::array events = restored().Events("LedgerRestored");
  ASSERT_EQ(events.size(), 1u);
  const json::value& data = events[0].at("data");
  EXPECT_EQ(data.at("epoch"), json::string(ledger().epoch()));
  EXPECT_EQ(data.at("size"), events[0].at("sequence"));
  EXPECT_EQ(data.at("highest_checkpoint").at("size"), data.at("size"));
}

// In one test, because each step is about what is left to accept.
TEST_F(RestoredTest, RegistrationsGoOnUntilTheyAreAccepted) {
  const std::string path = PathOf(restored().kept);
  EXPECT_EQ(ledger().Gateways(restored().kept_identity).Post("/v1/check-in", {}).status, 200);
  const HttpAnswer renewal = ledger()
                                 .Gateways(restored().kept_identity)
                                 .Post("/v1/certificate", {{"csr", Identity().pair.csr_pem}});
  EXPECT_EQ(renewal.status, 403);
  EXPECT_EQ(renewal.Code(), "registration_not_accepted");
  EXPECT_EQ(ledger().Management().Get(path).Json().at("restored"), true);
  EXPECT_EQ(restored().CountRestored("true"), 2u);
  EXPECT_EQ(restored().CountRestored("false"), 0u);
  EXPECT_EQ(restored().Counted(), 2);
  EXPECT_EQ(ledger().Management(restored().stranger).Get("/v1/ledger").Json().at("restored"), 0);

  EXPECT_EQ(restored().Accept(restored().kept, {{"If-Match", "\"99\""}}).status, 412);
  const Headers once = {{"Idempotency-Key", "accept it"}};
  const HttpAnswer accepted = restored().Accept(restored().kept, once);
  EXPECT_EQ(accepted.status, 200) << accepted.body;
  EXPECT_EQ(accepted.Json().at("restored"), false);
  EXPECT_EQ(restored().Accept(restored().kept, once).body, accepted.body);
  EXPECT_EQ(restored().Accept(restored().other, once).Code(), "idempotency_key_reused");
  EXPECT_EQ(restored().CountRestored("true"), 1u);
  EXPECT_EQ(restored().CountRestored("false"), 1u);
  EXPECT_EQ(restored().Counted(), 1);
  const std::string metrics = ledger().Management().Get("/metrics").body;
  EXPECT_NE(metrics.find("\nlatchkey_restored_gateways 1\n"), std::string::npos);

  const Headers all = {{"Idempotency-Key", "accept all"}};
  const std::string account = ledger().account();
  EXPECT_EQ(restored().AcceptAll({{"account", account}}, all).status, 204);
  EXPECT_EQ(restored().AcceptAll({{"account", account}}, all).status, 204);
  EXPECT_EQ(restored().AcceptAll({{"all", true}}, all).Code(), "idempotency_key_reused");
  EXPECT_EQ(restored().CountRestored("true"), 0u);
  EXPECT_EQ(restored().Counted(), 0);
  EXPECT_EQ(restored().Events("RegistrationAccepted").size(), 2u);
  EXPECT_EQ(restored().AcceptAll({{"all", true}}).status, 204);
  EXPECT_EQ(restored().AcceptAll({{"all", true}}).status, 204);
  EXPECT_EQ(restored().Events("RegistrationAccepted").size(), 3u) << "once is enough";
}

TEST_F(RestoredTest, AcceptingIsForThoseWhoSeeWhatIsAccepted) {
  HttpClient client = ledger().Management(restored().restricted);
  const auto code = [&](const json::object& body) {
    return client.Post("/v1/registrations/accept", body).Code();
  };
  EXPECT_EQ(code({{"all", true}}), "forbidden");
  EXPECT_EQ(code({{"account", ledger().NewAccount()}}), "not_found");
  EXPECT_EQ(code({{"account", ledger().account()}}), "");
}

TEST_F(RestoredTest, AcceptingNeedsToSayWhat) {
  const auto code = [&](const json::object& body) { return restored().AcceptAll(body).Code(); };
  EXPECT_EQ(code({}), "validation_failed");
  EXPECT_EQ(code({{"all", false}}), "validation_failed");
  EXPECT_EQ(code({{"all", true}, {"account", ledger().account()}}), "validation_failed");
  EXPECT_EQ(code({{"all", true}, {"everything", true}}), "validation_failed");
  EXPECT_EQ(ledger().Management().Post(PathOf(restored().kept) + "/accept", {{"all", true}}).Code(),
            "validation_failed");
  EXPECT_EQ(ledger().Management().Get("/v1/accounts/acme/gateways?restored=perhaps").Code(),
            "validation_failed");
}

TEST_F(RestoredTest, ARemovedGatewayIsNotAccepted) {
  const Added gateway = ledger().Add();
  EXPECT_EQ(ledger().Management().Send("DELETE", PathOf(gateway)).status, 204);
  EXPECT_EQ(restored().Accept(gateway).Code(), "gateway_removed");
  EXPECT_EQ(restored().Accept({"gw_00000000", ""}).Code(), "not_found");
}

// Each refuses the positions of the other, also where it has that sequence.
TEST(TwoRestoresOfOneBackup, AreTwoEpochs) {
  ContractLedger ledger;
  ledger.Add();
  ledger.BackUp();
  const auto code = [&](const std::string& position) {
    return ledger.Management().Get("/v1/events?after=" + position).Code();
  };
  ledger.Restore();
  const std::string epoch = ledger.epoch(), position = ledger.position();
  EXPECT_EQ(code(position), "");
  ledger.Restore();
  EXPECT_NE(ledger.epoch(), epoch);
  const std::string other = ledger.position();
  EXPECT_EQ(code(other), "");
  EXPECT_EQ(code(position), "position_unknown");
  EXPECT_EQ(other.substr(other.find('-')), position.substr(position.find('-')));
}

}  // namespace
}  // namespace latchkey::testing
