#include "events/actor_text.h"

#include <gtest/gtest.h>

namespace latchkey::events {
namespace {

Actor Of(Actor::Kind kind) {
  Actor actor;
  actor.set_kind(kind);
  return actor;
}

struct Row {
  Actor actor;
  std::string address;
  std::string text;
};

std::vector<Row> EveryKind() {
  Actor token = Of(Actor::TOKEN);
  token.set_token(32);
  Actor person = Of(Actor::PERSON);
  person.set_person(std::string(16, '\x01'));
  Actor certificate = Of(Actor::CERTIFICATE);
  certificate.set_certificate_sha256(std::string(32, '\xfe'));
  std::string digest;
  for (int i = 0; i < 32; ++i) digest += "fe";
  return {{Of(Actor::SYSTEM), "", "system"},
          {token, "", "token:tok_00000010"},
          {person, "", "person:per_01010101010101010101010101010101"},
          {certificate, "", "certificate:" + digest},
          {Of(Actor::ADDRESS), "2001:db8::1", "address:2001:db8::1"}};
}

TEST(ActorText, OfEveryKindReadsBack) {
  for (const Row& row : EveryKind()) {
    EXPECT_EQ(ActorText(row.actor, row.address), row.text);
    const std::optional<NamedActor> read = ParseActor(row.text);
    ASSERT_TRUE(read) << row.text;
    EXPECT_EQ(read->actor.SerializeAsString(), row.actor.SerializeAsString()) << row.text;
    EXPECT_EQ(read->address, row.address) << row.text;
  }
}

TEST(ActorText, HasNoOtherForm) {
  for (const char* text : {"", "System", "token:", "token:tok_1", "certificate:00", "person:per_00",
                           "address", "address:", "token:tok_00000001 ", "gateway:gw_00000001"}) {
    EXPECT_FALSE(ParseActor(text)) << text;
  }
}

TEST(ActorText, ShowsTheAddressOnlyOfActorsKnownByItAlone) {
  const Row token = EveryKind()[1];
  EXPECT_EQ(ActorText(token.actor, "192.0.2.1"), token.text);
}

TEST(ActorText, TakesTheAddressOutOfThePersonalFields) {
  Event event;
  event.mutable_actor()->set_kind(Actor::ADDRESS);
  Personal personal;
  personal.set_address("2001:db8::1");
  EXPECT_EQ(ActorText(event, &personal), "address:2001:db8::1");
  EXPECT_EQ(ActorText(event, nullptr), "address:erased");
}

}  // namespace
}  // namespace latchkey::events
