#include "core/http/receiver_url.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/base/limits.h"

namespace latchkey::testing {
namespace {

TEST(ReceiverUrlTest, IsReadInItsParts) {
  struct Row {
    const char* text;
    const char* origin;
    const char* target;
    const char* host;
    const char* address;  // "": a name
  };
  const Row rows[] = {
      {"https://a.example", "https://a.example", "/", "a.example", ""},
      {"https://a.example/", "https://a.example", "/", "a.example", ""},
      {"https://A.Example/Hook/", "https://a.example", "/Hook/", "a.example", ""},
      {"HTTPS://a.example?x=%20", "https://a.example", "/?x=%20", "a.example", ""},
      {"https://a.example:443/h", "https://a.example", "/h", "a.example", ""},
      {"https://a.example:8443/h?a=b&c", "https://a.example:8443", "/h?a=b&c", "a.example:8443",
       ""},
      {"https://1.1.1.1/", "https://1.1.1.1", "/", "1.1.1.1", "1.1.1.1"},
      {"https://[2600::1]:9/", "https://[2600::1]:9", "/", "[2600::1]:9", "2600::1"},
      // The same address in the forms that resolvers take.
      {"https://127.1/", "https://127.0.0.1", "/", "127.0.0.1", "127.0.0.1"},
      {"https://2130706433/", "https://127.0.0.1", "/", "127.0.0.1", "127.0.0.1"},
      {"https://0x7f000001/", "https://127.0.0.1", "/", "127.0.0.1", "127.0.0.1"},
      {"https://0177.0.0.1/", "https://127.0.0.1", "/", "127.0.0.1", "127.0.0.1"},
      {"https://[::ffff:10.0.0.1]/", "https://[::ffff:10.0.0.1]", "/", "[::ffff:10.0.0.1]",
       "::ffff:10.0.0.1"},
      {"https://localhost/", "https://localhost", "/", "localhost", "127.0.0.1"},
      {"https://LOCALHOST.:1/", "https://localhost.:1", "/", "localhost.:1", "127.0.0.1"},
      {"https://x.localhost/", "https://x.localhost", "/", "x.localhost", "127.0.0.1"},
  };
  for (const Row& row : rows) {
    const auto url = ParseReceiverUrl(row.text, "/url");
    ASSERT_TRUE(url) << row.text;
    EXPECT_EQ(url->origin, row.origin) << row.text;
    EXPECT_EQ(url->target, row.target) << row.text;
    EXPECT_EQ(url->host, row.host) << row.text;
    EXPECT_EQ(url->address ? url->address->to_string() : "", row.address) << row.text;
  }
}

TEST(ReceiverUrlTest, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {"http://a.example/", "begins with https://"},
      {"https:/a.example/", "begins with https://"},
      {"https://u%40a.example/", "%XX before its path"},
      {"https://a.example:99999/", "host or port"},
      {"https://u@a.example/", "name or password"},
      {"https://a.example/#", "fragment"},
  };
  for (const auto& [text, words] : rows) {
    const auto url = ParseReceiverUrl(text, "/url");
    ASSERT_FALSE(url) << text;
    EXPECT_NE(url.error().fields[0].detail.find(words), std::string::npos)
        << text << ": " << url.error().fields[0].detail;
  }
}

TEST(ReceiverUrlTest, RefusesAllElseAtItsPlace) {
  for (const std::string text : {"",
                                 "a.example",
                                 "//a.example/",
                                 "http://a.example/",
                                 "ftp://a.example/",
                                 "file:///etc/passwd",
                                 "https://",
                                 "https:/a.example/",
                                 "https:///a.example/",
                                 "https:a.example",
                                 "https://:443/",
                                 "https://u@a.example/",
                                 "https://u:p@a.example/",
                                 "https://:p@a.example/",
                                 "https://a.example/#x",
                                 "https://a.example/#",
                                 "https://u%40a.example/",
                                 "https://a%2fb.example/",
                                 "https://a%e4.example/",
                                 "https://0%7801/",
                                 "https://a.example:0x1/",
                                 "https://a.example:99999/",
                                 "https://[::1",
                                 "https://[fe80::1%251]/",
                                 "https://a example/",
                                 " https://a.example/",
                                 "https://a.example/\n",
                                 "https://\xc3\xa4.example/",
                                 "https://a.example/\x7f"}) {
    const auto url = ParseReceiverUrl(text, "/url");
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::kValidationFailed);
    ASSERT_EQ(url.error().fields.size(), 1u);
    EXPECT_EQ(url.error().fields[0].pointer, "/url");
  }
}

TEST(ReceiverUrlTest, HasItsLimit) {
  const std::string start = "https://a.example/";
  const std::string longest =
      start + std::string(ledger_limits::kMaxWebhookUrlChars - start.size(), 'x');
  EXPECT_TRUE(ParseReceiverUrl(longest, "/url"));
  EXPECT_FALSE(ParseReceiverUrl(longest + "x", "/url"));
}

}  // namespace
}  // namespace latchkey::testing
