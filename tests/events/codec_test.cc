#include "events/codec.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <set>

#include "core/base/limits.h"
#include "events/json.h"
#include "tests/support/fakes.h"

namespace latchkey::events {
namespace {

// The facts of today; docs/events.md describes each.
const std::set<std::string_view> kFacts = {"LedgerCreated",
                                           "AccountOpened",
                                           "GatewayAdded",
                                           "GatewayRenamed",
                                           "GatewayRemoved",
                                           "KeyIssued",
                                           "KeyRegenerated",
                                           "KeyRevealed",
                                           "KeyRevoked",
                                           "KeyExpired",
                                           "KeyRedeemed",
                                           "RedemptionRefused",
                                           "RegistrationConfirmed",
                                           "InstallationFailed",
                                           "RegistrationAbandoned",
                                           "GatewayDeregistered",
                                           "GatewayConnected",
                                           "GatewayDisconnected",
                                           "OperatorTokenCreated",
                                           "OperatorTokenRevoked",
                                           "OperatorTokenRotated",
                                           "PersonSignedIn",
                                           "CaRotated",
                                           "OperatorTokenExpired",
                                           "CheckpointAdopted",
                                           "GatewayLabelled",
                                           "GatewayNoted",
                                           "LedgerRestored",
                                           "RegistrationAccepted",
                                           "RenewalIssued",
                                           "CertificateRenewed",
                                           "CertificateSharedSuspected",
                                           "GatewayFlapping",
                                           "MessageSent",
                                           "MessageEnded",
                                           "WebhookAdded",
                                           "WebhookChanged",
                                           "WebhookSecretRotated",
                                           "WebhookRemoved",
                                           "TrustDomainNamed"};

Event Removed() {
  Event event;
  event.set_sequence(7);
  event.mutable_gateway_removed();
  return event;
}

std::string WhyNot(std::string_view bytes) {
  const Result<Event> event = Decode(bytes);
  if (event) return "decoded";
  EXPECT_EQ(event.error().code, ErrorCode::kUnusable);
  return event.error().detail;
}

// A field of bytes as Protobuf writes it.
std::string Field(unsigned number, std::string_view content) {
  std::string out;
  for (unsigned tag = number << 3 | 2; tag != 0; tag >>= 7) {
    out += static_cast<char>((tag & 0x7f) | (tag > 0x7f ? 0x80 : 0));
  }
  return out + static_cast<char>(content.size()) + std::string(content);
}

TEST(Types, HaveTheNamesOfTheirMessages) {
  const auto* facts = Event::descriptor()->FindOneofByName("fact");
  std::set<std::string_view> names;
  for (int i = 0; i < facts->field_count(); ++i) {
    const auto fact = static_cast<Event::FactCase>(facts->field(i)->number());
    EXPECT_EQ(TypeName(fact), facts->field(i)->message_type()->name());
    EXPECT_EQ(TypeFromName(TypeName(fact)), fact);
    names.insert(TypeName(fact));
  }
  EXPECT_EQ(names, kFacts);
  EXPECT_EQ(TypeName(Event::FACT_NOT_SET), "");
  for (const char* bad : {"", "KeyRedeeme", "keyredeemed", "CertificateRevoked"}) {
    EXPECT_FALSE(TypeFromName(bad)) << bad;
  }
}

TEST(Decode, RefusesAFactItDoesNotKnowByNumber) {
  const std::string envelope = std::string("\x08\x07", 2);
  for (const unsigned number : {72u, 73u, 200u}) {
    const auto why = WhyNot(envelope + Field(number, "new"));
    EXPECT_NE(why.find("fact " + std::to_string(number)), std::string::npos) << why;
    EXPECT_NE(why.find("a newer latchkey is needed"), std::string::npos) << why;
  }
  // Also beside a fact it knows: no event holds two.
  EXPECT_NE(WhyNot(Encode(Removed()) + Field(72, "new")).find("fact 72"), std::string::npos);
}

TEST(Decode, KnowsFactsByTheirNumbers) {
  for (const std::uint32_t known : {32u, 49u, 50u, 53u, 71u})
    EXPECT_TRUE(KnowsFact(known)) << known;
  // Fields of the envelope, numbers kept free, and those to come.
  for (const std::uint32_t unknown : {0u, 1u, 10u, 31u, 72u, 65'535u}) {
    EXPECT_FALSE(KnowsFact(unknown)) << unknown;
  }
}

TEST(Decode, RefusesALedgerOfAnotherFormat) {
  Event created;
  for (const std::uint32_t format : {0u, kFormat + 1, kFormat + 7}) {
    created.mutable_ledger_created()->set_format(format);
    const auto why = WhyNot(Encode(created));
    EXPECT_NE(why.find("knows format " + std::to_string(format) + " is needed"), std::string::npos)
        << why;
  }
  created.mutable_ledger_created()->set_format(kFormat);
  EXPECT_EQ(WhyNot(Encode(created)), "decoded");
}

TEST(Decode, TakesUnknownFieldsOfTheEnvelopeAndOfFacts) {
  EXPECT_EQ(WhyNot(Encode(Removed()) + Field(11, "more")), "decoded");
  EXPECT_EQ(WhyNot(Field(Event::kGatewayRemoved, Field(9, "more"))), "decoded");
}

TEST(Decode, RefusesBytesThatAreNotAnEvent) {
  const google::protobuf::LogSilencer quiet;
  EXPECT_NE(WhyNot("").find("no fact"), std::string::npos);
  EXPECT_NE(WhyNot(std::string("\x08\x07", 2)).find("no fact"), std::string::npos);
  EXPECT_NE(WhyNot("garbage").find("no event"), std::string::npos);
  EXPECT_NE(WhyNot(std::string(ledger_limits::kMaxEntryBytes + 1, '\0')).find("65536 bytes"),
            std::string::npos);
  EXPECT_NE(WhyNot(Field(Event::kGatewayRenamed, Field(1, "\xff"))).find("no event"),
            std::string::npos)
      << "text that is not UTF-8";
}

TEST(Decode, SurvivesAnyBytes) {
  const google::protobuf::LogSilencer quiet;
  testing::SeededRandom random;
  for (int round = 0; round < 20'000; ++round) {
    const Result<Event> event = Decode(random.Bytes(random.Below(80)));
    if (event) {
      EXPECT_FALSE(ToJson(*event, nullptr).empty());
    }
  }
}

TEST(DecodeInto, ReplacesWhatIsThere) {
  const google::protobuf::LogSilencer quiet;
  Event event;
  event.set_account("acme");
  event.mutable_key_revealed()->set_generation(3);
  ASSERT_TRUE(DecodeInto(Encode(Removed()), &event));
  EXPECT_EQ(event.SerializeAsString(), Encode(Removed()));
  const Status decoded = DecodeInto("garbage", &event);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().detail, Decode("garbage").error().detail);
}

TEST(Encode, KeepsWhatItCannotTakeBackOutOfTheLedger) {
  Event large = Removed();
  large.set_account(std::string(ledger_limits::kMaxEntryBytes, 'a'));
  Event garbled = Removed();
  garbled.set_account("\xff");
  EXPECT_DEATH(Encode(Event()), "has a fact");
  EXPECT_DEATH(Encode(large), "65,535");
  EXPECT_DEATH(Encode(garbled), "read back");
}

TEST(Encode, TakesTheLargestEntry) {
  Event event = Removed();
  event.set_account(std::string(ledger_limits::kMaxEntryBytes - 4 - Encode(event).size(), 'a'));
  EXPECT_EQ(Encode(event).size(), ledger_limits::kMaxEntryBytes);
  EXPECT_EQ(WhyNot(Encode(event)), "decoded");
}

TEST(EncodeTo, ReplacesWhatIsThere) {
  std::string bytes = "before";
  EncodeTo(Removed(), &bytes);
  EXPECT_EQ(bytes, Encode(Removed()));
}

}  // namespace
}  // namespace latchkey::events
