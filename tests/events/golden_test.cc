// tests/golden/events/: for every fact the bytes of one event (hex) and its JSON, with the personal
// fields opened and with them erased. Bytes that were once written must stay readable for ever; a
// change to these files is a change of the format. `LATCHKEY_WRITE_GOLDEN=1 test_events` writes
// them again.
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/base/hex.h"
#include "events/codec.h"
#include "events/json.h"
#include "tests/events/examples.h"

namespace latchkey::events {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// Files are never edited: a fact that was given another field has another example.
std::string Name(const Event& event) {
  const bool counted =
      event.gateway_connected().counted() || event.gateway_disconnected().counted();
  return std::string(TypeName(event.fact_case())) + (counted ? ".counted" : "");
}

// Two spaces a level: these files are read by people too.
void Print(const json::value& value, const std::string& indent, std::ostream& out) {
  const auto* object = value.if_object();
  if (object == nullptr || object->empty()) {
    out << json::serialize(value);
    return;
  }
  const char* separator = "{\n";
  for (const auto& member : *object) {
    out << separator << indent << "  " << json::serialize(json::string(member.key())) << ": ";
    Print(member.value(), indent + "  ", out);
    separator = ",\n";
  }
  out << "\n" << indent << "}";
}

json::object Shown(const Event& event) {
  const Personal personal = ExamplePersonal();
  return {{"opened", ToJson(event, &personal)}, {"erased", ToJson(event, nullptr)}};
}

std::filesystem::path GoldenFile(const std::string& name) {
  return std::filesystem::path(LATCHKEY_GOLDEN_DIR) / "events" / name;
}

std::string Read(const std::string& name) {
  std::ifstream file(GoldenFile(name));
  EXPECT_TRUE(file) << "tests/golden/events/" << name << " is missing";
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string ReadBytes(const Event& example) {
  std::string hex = Read(Name(example) + ".hex");
  std::erase(hex, '\n');
  return text::FromHex(hex).value_or("");
}

void WriteGolden() {
  std::filesystem::create_directories(GoldenFile(""));
  for (const Event& event : ExampleEvents()) {
    const std::string hex = text::ToHex(Encode(event));
    std::ofstream bytes(GoldenFile(Name(event) + ".hex"));
    for (std::size_t i = 0; i < hex.size(); i += 96) bytes << hex.substr(i, 96) << "\n";
    std::ofstream shown(GoldenFile(Name(event) + ".json"));
    Print(Shown(event), "", shown);
    shown << "\n";
  }
}

class GoldenTest : public ::testing::TestWithParam<Event> {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("LATCHKEY_WRITE_GOLDEN") != nullptr) WriteGolden();
  }
};

TEST_P(GoldenTest, BytesWrittenOnceAreReadForEver) {
  const Event event = Decode(ReadBytes(GetParam())).value();
  EXPECT_TRUE(MessageDifferencer::Equals(event, GetParam())) << event.DebugString();
}

TEST_P(GoldenTest, JsonStaysAsItIs) {
  const Event event = Decode(ReadBytes(GetParam())).value();
  EXPECT_EQ(json::value(Shown(event)), json::parse(Read(Name(event) + ".json")))
      << json::serialize(Shown(event));
}

TEST_P(GoldenTest, EncodesToTheSameEventAgain) {
  EXPECT_TRUE(MessageDifferencer::Equals(Decode(Encode(GetParam())).value(), GetParam()));
}

// A damaged entry is refused, or gives another event; nothing worse.
void ExpectHarmless(const std::string& bytes) {
  const Result<Event> event = Decode(bytes);
  if (!event) {
    EXPECT_FALSE(event.error().detail.empty());
    return;
  }
  const Personal personal = ExamplePersonal();
  EXPECT_FALSE(ToJson(*event, &personal).empty());
  EXPECT_TRUE(Decode(Encode(*event)));
}

TEST_P(GoldenTest, EveryTruncationIsHarmless) {
  const google::protobuf::LogSilencer quiet;
  const std::string bytes = ReadBytes(GetParam());
  for (std::size_t size = 0; size < bytes.size(); ++size) ExpectHarmless(bytes.substr(0, size));
}

TEST_P(GoldenTest, EveryBitFlipIsHarmless) {
  const google::protobuf::LogSilencer quiet;
  const std::string bytes = ReadBytes(GetParam());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    ExpectHarmless(flipped);
  }
}

// So that a golden file covers the whole fact, and a new field does not stay without an example.
void ExpectFilled(const Message& message, const std::string& path) {
  const auto* fields = message.GetDescriptor();
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  for (int i = 0; i < fields->field_count(); ++i) {
    const FieldDescriptor* field = fields->field(i);
    // Of an actor only what belongs to its kind is set; of the facts only one.
    if (field->containing_oneof() != nullptr || fields->name() == "Actor") continue;
    EXPECT_TRUE(std::find(set.begin(), set.end(), field) != set.end() ||
                field->full_name() == "latchkey.events.Event.sequence")
        << path << "." << field->name();
  }
  for (const FieldDescriptor* field : set) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      ExpectFilled(message.GetReflection()->GetMessage(message, field), path + "." + field->name());
    }
  }
}

TEST_P(GoldenTest, TheNewestExampleHasEveryField) {
  Event newest = GetParam();
  for (const Event& example : ExampleEvents()) {
    if (example.fact_case() != newest.fact_case()) continue;
    if (example.sequence() > newest.sequence()) newest = example;
  }
  ExpectFilled(newest, Name(newest));
}

TEST_P(GoldenTest, JsonHoldsNothingSecret) {
  const std::string shown = json::serialize(Shown(GetParam()));
  for (const std::string& secret :
       {Bytes(16, 0x10), Bytes(8, 0x20), Bytes(32, 0x30), Bytes(32, 0x15), Bytes(32, 0x18),
        Bytes(32, 0x60), Bytes(32, 0x70), Bytes(16, 0x01), Bytes(16, 0x61)}) {
    EXPECT_EQ(shown.find(text::ToHex(secret)), std::string::npos);
  }
  EXPECT_EQ(shown.find(ExamplePersonal().url()), std::string::npos) << "it may hold one";
}

TEST_P(GoldenTest, ErasedJsonHoldsNothingPersonal) {
  const std::string erased = json::serialize(ToJson(GetParam(), nullptr));
  const Personal personal = ExamplePersonal();
  for (const std::string& field :
       {personal.address(), personal.hostname(), personal.os(), personal.reason(),
        personal.detail(), personal.operator_name(), personal.issuer(), personal.subject()}) {
    EXPECT_EQ(erased.find("\"" + field), std::string::npos) << field;
  }
}

INSTANTIATE_TEST_SUITE_P(Facts, GoldenTest, ::testing::ValuesIn(ExampleEvents()),
                         [](const auto& test) {
                           std::string name = Name(test.param);
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(Golden, ThereIsAnExampleOfEveryFact) {
  std::set<std::string> names;
  for (const Event& event : ExampleEvents()) names.insert(std::string(TypeName(event.fact_case())));
  EXPECT_EQ(static_cast<int>(names.size()),
            Event::descriptor()->FindOneofByName("fact")->field_count());
}

}  // namespace
}  // namespace latchkey::events
