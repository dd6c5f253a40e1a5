// The console's files as a browser gets them, from a small stand-in for what is built in.
#include "api/console.h"

#include <optional>

#include <gtest/gtest.h>

#include "api/call/security_headers.h"
#include "tests/api/api_fixture.h"

namespace latchkey::testing {
namespace {

using api::Method;

constexpr api::ConsoleFile kFiles[] = {
    {"assets/index-1a2b.js", "text/javascript; charset=utf-8", "\"js\"", "\"js-br\"",
     "console.log(1)", "packed"},
    {"favicon.svg", "image/svg+xml", "\"svg\"", "\"svg-br\"", "<svg/>", ""},
    {"index.html", "text/html; charset=utf-8", "\"page\"", "\"page-br\"", "<!doctype html>",
     "packed page"},
};
constexpr std::string_view kBrowser = "text/html,application/xhtml+xml,*/*;q=0.8";

struct Asked {
  std::string_view target;
  std::string_view accept = kBrowser;
  Method method = Method::kGet;
  std::string_view accept_encoding = "";
  std::string_view if_none_match = "";
};

std::optional<api::Response> Ask(const Asked& asked,
                                 std::span<const api::ConsoleFile> files = kFiles) {
  api::HttpRequest request;
  request.method = asked.method;
  request.accept = asked.accept;
  request.accept_encoding = asked.accept_encoding;
  request.if_none_match = asked.if_none_match;
  api::Target target;
  EXPECT_TRUE(target.Parse(asked.target)) << asked.target;
  api::Response response;
  if (!api::AnswerFromConsole(files, request, target, &response)) return std::nullopt;
  return response;
}

TEST(ConsoleTest, HasAnAnswerForWhatABrowserOpensAndForItsFiles) {
  const std::string_view page = "<!doctype html>";
  const struct {
    Asked asked;
    std::optional<std::string_view> body;
  } rows[] = {
      {{"/"}, page},
      {{"/", "*/*"}, page},
      {{"/", ""}, page},
      {{"/?lang=fr"}, page},
      {{"/", kBrowser, Method::kHead}, page},
      {{"/index.html", "*/*"}, page},
      {{"/accounts/acme"}, page},
      {{"/accounts/acme", "application/json"}, std::nullopt},
      {{"/accounts/acme", "*/*"}, std::nullopt},
      {{"/accounts/acme", "text/html;q=0"}, std::nullopt},
      {{"/accounts/acme", "application/json, text/html;q=0.1"}, page},
      {{"/a/b/c/d/e/f/g/h/i/j/k"}, page},
      {{"/sign-in"}, page},
      {{"/v1"}, std::nullopt},
      {{"/v1/"}, std::nullopt},
      {{"/v1/nothing"}, std::nullopt},
      {{"/%76%31/nothing"}, std::nullopt},
      {{"/", kBrowser, Method::kPost}, std::nullopt},
      {{"/", kBrowser, Method::kOther}, std::nullopt},
      {{"/assets/index-1a2b.js", "*/*"}, "console.log(1)"},
      {{"/assets/index-1a2b.js"}, "console.log(1)"},
      {{"/assets/index-old.js"}, std::nullopt},
      {{"/assets/"}, std::nullopt},
      {{"/assets"}, std::nullopt},
      {{"/favicon.svg", "image/*"}, "<svg/>"},
      // No path leads out of the table.
      {{"/../secrets/owner-token", "*/*"}, std::nullopt},
      {{"/assets/../favicon.svg", "*/*"}, std::nullopt},
      {{"/assets/..%2ffavicon.svg", "*/*"}, std::nullopt},
      {{"/%2e%2e/%2e%2e/etc/passwd", "*/*"}, std::nullopt},
      {{"//favicon.svg", "*/*"}, std::nullopt},
      {{"/favicon.svg/", "*/*"}, std::nullopt},
      {{"/favicon.svg%00", "*/*"}, std::nullopt},
      {{"/FAVICON.svg", "*/*"}, std::nullopt},
      {{"/etc/passwd", "*/*"}, std::nullopt},
  };
  for (const auto& [asked, body] : rows) {
    const auto answer = Ask(asked);
    ASSERT_EQ(answer.has_value(), body.has_value()) << asked.target << ' ' << asked.accept;
    if (!answer) continue;
    EXPECT_EQ(answer->content(), *body) << asked.target;
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->page);
  }
}

TEST(ConsoleTest, IsNotThereWhereItWasNotBuiltIn) {
  EXPECT_FALSE(Ask({"/"}, {}));
  EXPECT_FALSE(Ask({"/accounts/acme"}, {}));
}

TEST(ConsoleTest, FilesNamedByTheirContentAreKeptAndOthersAskedForAgain) {
  EXPECT_EQ(Ask({"/assets/index-1a2b.js"})->cache_control, "public, max-age=31536000, immutable");
  for (const std::string_view target : {"/", "/sign-in", "/favicon.svg", "/index.html"}) {
    EXPECT_EQ(Ask({target})->cache_control, "no-cache") << target;
  }
}

TEST(ConsoleTest, IsCompressedForThoseWhoTakeIt) {
  for (const std::string_view takes :
       {"br", "gzip, deflate, br", "br,\tgzip", "br;q=0.5", "br; q=1.0", "identity;q=0, br"}) {
    const auto answer = Ask({"/", kBrowser, Method::kGet, takes});
    EXPECT_EQ(answer->content_encoding, "br") << takes;
    EXPECT_EQ(answer->content(), "packed page");
    EXPECT_EQ(answer->etag, "\"page-br\"");
  }
  for (const std::string_view takes : {"", "gzip", "br;q=0", "br; q=0.000", "xbr", "brx"}) {
    const auto answer = Ask({"/", kBrowser, Method::kGet, takes});
    EXPECT_EQ(answer->content_encoding, "") << takes;
    EXPECT_EQ(answer->content(), "<!doctype html>");
    EXPECT_EQ(answer->etag, "\"page\"");
  }
  EXPECT_EQ(Ask({"/favicon.svg", "*/*", Method::kGet, "br"})->content(), "<svg/>")
      << "one that packing does not make smaller";
}

TEST(ConsoleTest, IsNotSentAgainToABrowserThatHasIt) {
  for (const std::string_view has : {"\"page\"", "W/\"page\"", "\"x\", \"page\"", "*"}) {
    const auto answer = Ask({"/", kBrowser, Method::kGet, "", has});
    EXPECT_EQ(answer->status, 304) << has;
    EXPECT_EQ(answer->body, "");
    EXPECT_EQ(answer->etag, "\"page\"");
  }
  for (const std::string_view has : {"\"page-br\"", "page", "\"pag\"", "\"\""}) {
    EXPECT_EQ(Ask({"/", kBrowser, Method::kGet, "", has})->status, 200) << has;
  }
  EXPECT_EQ(Ask({"/", kBrowser, Method::kGet, "br", "\"page-br\""})->status, 304);
}

TEST(ConsoleTest, OnlyAHostThatIsANameOfItsOwnIsBoundToTls) {
  for (const std::string_view host : {"latchkey.example", "latchkey.example:8443", "ledger"}) {
    EXPECT_TRUE(api::IsNameOfItsOwn(host)) << host;
  }
  for (const std::string_view host : {"", "localhost", "localhost:8443", "a.localhost", "127.0.0.1",
                                      "192.0.2.1:8443", "[::1]:8443", "[2001:db8::1]"}) {
    EXPECT_FALSE(api::IsNameOfItsOwn(host)) << host;
  }
}

// On the real listener, with or without a built-in console.
class ServedConsoleTest : public ApiTest {};

TEST_F(ServedConsoleTest, IsAtTheRootAndNowhereInTheApi) {
  const bool built_in = !api::ConsoleFiles().empty();
  HttpClient client = Client(Listener::kManagement);
  client.options().check = false;  // the console is not part of the contract
  const HttpAnswer page = client.Get("/", {{"Accept", std::string(kBrowser)}});
  EXPECT_EQ(page.status, built_in ? 200 : 401);
  EXPECT_EQ(page.body.starts_with("<!doctype html>"), built_in);
  const HttpAnswer head = client.Send("HEAD", "/", std::nullopt, {{"Accept", "text/html"}});
  EXPECT_EQ(head.status, page.status);
  EXPECT_EQ(head.body, "");
  if (built_in) {
    EXPECT_EQ(head.Header("Content-Length"), std::to_string(page.body.size()));
    const std::string csp = page.Header("Content-Security-Policy").value_or("");
    EXPECT_NE(csp.find("script-src 'self';"), std::string::npos) << csp;
    EXPECT_EQ(csp.find("unsafe"), std::string::npos) << csp;
    EXPECT_EQ(page.Header("Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(page.Header("Vary"), "Accept-Encoding");
    const HttpAnswer same = client.Get("/", {{"If-None-Match", page.Header("ETag").value_or("")}});
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
  }
  EXPECT_EQ(client.Get("/v1/nothing", {{"Accept", "text/html"}}).Code(), "unauthenticated");
  EXPECT_EQ(Owner().Get("/v1/nothing", {{"Accept", "text/html"}}).Code(), "not_found");
  EXPECT_EQ(client.Send("POST", "/").Code(), "unauthenticated");
}

TEST_F(ServedConsoleTest, EveryFileIsServedAsItWasBuilt) {
  HttpClient client = Client(Listener::kManagement);
  client.options().check = false;
  for (const api::ConsoleFile& file : api::ConsoleFiles()) {
    const std::string target = "/" + std::string(file.path);
    const HttpAnswer plain = client.Get(target);
    EXPECT_EQ(plain.status, 200);
    EXPECT_EQ(plain.body, file.bytes) << target;
    EXPECT_EQ(plain.Header("Content-Type"), std::string(file.content_type));
    const HttpAnswer packed = client.Get(target, {{"Accept-Encoding", "br"}});
    EXPECT_EQ(packed.body, file.brotli.empty() ? file.bytes : file.brotli) << target;
    EXPECT_LE(packed.body.size(), plain.body.size());
  }
}

TEST_F(ServedConsoleTest, EveryAnswerOfManagementSaysWhatABrowserMayDoWithIt) {
  for (const std::string target : {"/healthz", "/v1/session", "/v1/nothing", "/metrics"}) {
    const HttpAnswer answer = Client(Listener::kManagement).Get(target);
    EXPECT_EQ(answer.Header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(answer.Header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer.Header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(answer.Header("Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'");
    EXPECT_FALSE(answer.Header("Access-Control-Allow-Origin"));
  }
  EXPECT_FALSE(Client(Listener::kGateways).Get("/healthz").Header("Content-Security-Policy"));
}

}  // namespace
}  // namespace latchkey::testing
