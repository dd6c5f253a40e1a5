#include "api/call/json_body.h"

#include <gtest/gtest.h>

#include <string>

#include "core/crypto/wiping_memory.h"

namespace latchkey::api {
namespace {

std::string Nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += R"({"a":)";
  text += "1";
  for (int i = 0; i < depth; ++i) text += "}";
  return text;
}

struct Text {
  const char* name;
  std::string text;
  bool good = false;
};

class Texts : public ::testing::TestWithParam<Text> {};

TEST_P(Texts, AreJsonObjectsOrMalformed) {
  const auto parsed = ParseBody(GetParam().text);
  EXPECT_EQ(parsed.has_value(), GetParam().good);
  if (!parsed) {
    EXPECT_EQ(parsed.error().code, ErrorCode::kRequestMalformed);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, Texts,
    ::testing::Values(
        Text{"Empty", "{}", true}, Text{"Members", R"({"a":1,"b":[{"a":2}]})", true},
        Text{"SpaceAround", " {} \n", true}, Text{"AsDeepAsAllowed", Nested(32), true},
        Text{"TooDeep", Nested(33)}, Text{"MuchTooDeep", std::string(60'000, '[')},
        Text{"Nothing", ""}, Text{"Array", "[]"}, Text{"String", R"("a")"}, Text{"Null", "null"},
        Text{"Cut", R"({"a":)"}, Text{"TrailingGarbage", "{} x"}, Text{"TwoTexts", "{}{}"},
        Text{"TrailingComma", R"({"a":1,})"}, Text{"Comment", "{/**/}"},
        Text{"SingleQuotes", "{'a':1}"}, Text{"BadUtf8", "{\"a\":\"\xff\"}"},
        Text{"Surrogate", "{\"a\":\"\xed\xa0\x80\"}"}, Text{"LoneEscape", R"({"a":"\ud800"})"},
        Text{"Overlong", "{\"a\":\"\xc0\x80\"}"}, Text{"Control", "{\"a\":\"\x01\"}"},
        Text{"NotANumber", R"({"a":NaN})"}, Text{"TooLargeForADouble", R"({"a":[-1e309]})"},
        Text{"ManyDigits", R"({"a":184467440737.5e300})"},
        Text{"ExponentTooLarge", R"({"a":1e99999999999})"},
        Text{"LargestDouble", R"({"a":1.7976931348623157e308})", true},
        Text{"SmallerThanADouble", R"({"a":1e-400})", true},
        Text{"TwiceTheSame", R"({"a":1,"a":2})"}, Text{"TwiceInside", R"({"b":{"a":1,"a":1}})"},
        Text{"TwiceByEscape", R"({"a":1,"\u0061":2})"},
        Text{"SameNameInTwoObjects", R"({"a":{"a":1}})", true}),
    [](const auto& row) { return row.param.name; });

struct Raw {
  const char* name;
  const char* text;
  const char* value;  // of the member "b"
};

class RawMembers : public ::testing::TestWithParam<Raw> {};

TEST_P(RawMembers, KeepTheirForm) {
  ASSERT_TRUE(ParseBody(GetParam().text)) << "RawMember is for what ParseBody took";
  EXPECT_EQ(RawMember(GetParam().text, "b"), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RawMembers,
    ::testing::Values(Raw{"Number", R"({"b":1.50})", "1.50"},
                      Raw{"Last", R"({"a":1,"b":-0})", "-0"},
                      Raw{"First", R"({"b":true,"a":1})", "true"},
                      Raw{"Large", R"({"b":12345678901234567890123})", "12345678901234567890123"},
                      Raw{"Text", R"({"b":"x, } \" y"})", R"("x, } \" y")"},
                      Raw{"EndsWithBackslash", R"({"b":"\\","a":1})", R"("\\")"},
                      Raw{"Blanks", " {\n\t\"b\" : [ 1 , { \"c\" : \" d \" } ]\r\n} ",
                          R"([1,{"c":" d "}])"},
                      Raw{"Inside", R"({"a":{"b":1},"c":["b",2]})", ""},
                      Raw{"BehindAnother", R"({"a":{"b":1},"b":[{"b":3}]})", R"([{"b":3}])"},
                      Raw{"AsAText", R"({"a":"b","c":1})", ""}, Raw{"Null", R"({"b":null})", ""},
                      Raw{"None", "{}", ""}, Raw{"Escaped", R"({"\u0062":1})", ""},
                      Raw{"Empty", R"({"b":{},"a":[]})", "{}"}),
    [](const auto& row) { return row.param.name; });

class FieldsTest : public ::testing::Test {
 protected:
  Fields Read(const char* text) {
    value_ = *ParseBody(text);
    return Fields(value_);
  }
  static std::string Wrong(const Fields& fields, Fields::Unknown unknown) {
    const Status done = fields.Done(unknown);
    std::string all;
    if (done) return all;
    EXPECT_EQ(done.error().code, ErrorCode::kValidationFailed);
    for (const FieldError& field : done.error().fields) {
      all += (all.empty() ? "" : " ") + field.pointer;
    }
    return all;
  }
  boost::json::value value_;
};

TEST_F(FieldsTest, GoodMembersAreRead) {
  Fields fields = Read(R"({"s":"x","i":-3,"b":true,"n":null})");
  EXPECT_EQ(fields.String("s"), "x");
  EXPECT_EQ(fields.RequiredString("s"), "x");
  EXPECT_EQ(fields.Integer("i"), -3);
  EXPECT_TRUE(fields.Bool("b", false));
  EXPECT_EQ(fields.String("n"), std::nullopt);
  EXPECT_EQ(fields.Integer("absent"), std::nullopt);
  EXPECT_TRUE(fields.Bool("absent", true));
  EXPECT_EQ(Wrong(fields, Fields::Unknown::kRefused), "");
}

TEST_F(FieldsTest, AnIntegerMayBeWrittenWithAFraction) {
  Fields fields = Read(R"({"a":3600.0,"b":-2e3,"c":9007199254740992.0,"d":9007199254740994.0,
                           "e":1e300,"f":0.5})");
  EXPECT_EQ(fields.Integer("a"), 3600);
  EXPECT_EQ(fields.Integer("b"), -2000);
  EXPECT_EQ(fields.Integer("c"), 9'007'199'254'740'992);
  for (const char* name : {"d", "e", "f"}) EXPECT_EQ(fields.Integer(name), std::nullopt);
  EXPECT_EQ(Wrong(fields, Fields::Unknown::kRefused), "/d /e /f");
}

TEST_F(FieldsTest, EverythingWrongIsNamedAtOnce) {
  Fields fields = Read(R"({"s":1,"i":"3","f":1.5,"h":18446744073709551615,"b":0,"o":[]})");
  (void)fields.String("s");
  (void)fields.Integer("i");
  (void)fields.Integer("f");
  (void)fields.Integer("h");
  (void)fields.Bool("b", false);
  (void)fields.Object("o");
  (void)fields.RequiredString("missing");
  EXPECT_FALSE(fields.Sound("missing"));
  EXPECT_EQ(Wrong(fields, Fields::Unknown::kRefused), "/s /i /f /h /b /o /missing");
}

TEST_F(FieldsTest, MembersNobodyAskedForAreRefusedOrIgnored) {
  Fields fields = Read(R"({"name":"x","a/b~c":1})");
  (void)fields.String("name");
  EXPECT_EQ(Wrong(fields, Fields::Unknown::kRefused), "/a~1b~0c");
  EXPECT_EQ(Wrong(fields, Fields::Unknown::kIgnored), "");
}

TEST_F(FieldsTest, NothingSentIsAnEmptyObject) {
  const boost::json::value nothing;
  Fields fields(nothing);
  EXPECT_EQ(fields.String("a"), std::nullopt);
  EXPECT_TRUE(fields.Done(Fields::Unknown::kRefused));
}

TEST(MediaTypeTest, IsJsonWhateverItsParameters) {
  for (const char* good : {"application/json", "Application/JSON",
                           "application/json; charset=utf-8", "application/json ;x"}) {
    EXPECT_TRUE(IsJson(good)) << good;
  }
  for (const char* bad : {"", "text/plain", "application/jsonx", "application/problem+json",
                          "application/x-www-form-urlencoded"}) {
    EXPECT_FALSE(IsJson(bad)) << bad;
  }
}

// Bodies hold keys: every part of a body is in memory that is wiped when it is freed.
TEST(Body, LiesInWipingMemory) {
  const auto parsed = ParseBody(R"({"key":"LK1-04HMA-SW91A-Y0049","host":{"os":["Debian 12"]}})");
  ASSERT_TRUE(parsed);
  const auto* memory = crypto::WipingMemory().get();
  EXPECT_EQ(parsed->storage().get(), memory);
  const auto& object = parsed->as_object();
  EXPECT_EQ(object.at("key").as_string().storage().get(), memory);
  EXPECT_EQ(object.at("host").at("os").at(0).as_string().storage().get(), memory);
}

}  // namespace
}  // namespace latchkey::api
