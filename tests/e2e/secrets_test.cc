// Secrets are only in secrets/: not in a database, a log line or an answer that was not asked for
// them.
#include <rocksdb/db.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "core/base/hex.h"
#include "core/domain/key_codec.h"
#include "core/domain/operator_token.h"
#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Something that must not be found, in all the forms that a careless line would give it.
struct Secret {
  std::string what;
  std::vector<std::string> forms;  // lower case where `ignore_case`
  bool ignore_case = true;
};

Secret KeySecret(const std::string& key) {
  std::string plain = key.substr(4);
  std::erase(plain, '-');
  const auto parsed = domain::ParseKey(key);
  EXPECT_TRUE(parsed);
  return {"the key " + key, {Lower(key), Lower(plain), text::ToHex(parsed->secret.view())}};
}

// The same key as bytes: its case matters.
Secret KeyBytes(const std::string& key) {
  const auto parsed = domain::ParseKey(key);
  return {"the bytes of the key " + key, {std::string(parsed->secret.view())}, false};
}

// PEM: each of the lines between its frame.
Secret PemSecret(const std::string& what, const std::string& pem) {
  Secret secret{what, {}, false};
  std::istringstream lines(pem);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 30 && !line.starts_with("-----")) secret.forms.push_back(line);
  }
  EXPECT_FALSE(secret.forms.empty());
  return secret;
}

class SecretsTest : public E2eTest {
 protected:
  void Know(Secret secret) { secrets_.push_back(std::move(secret)); }
  void KnowKey(const std::string& key) {
    ASSERT_FALSE(key.empty());
    keys_.push_back(key);
    Know(KeySecret(key));
    Know(KeyBytes(key));
  }
  void KnowSecretFiles();
  void KnowWebhook();

  void ExpectNone(const std::string& content, const std::string& where) const {
    const std::string lower = Lower(content);
    for (const Secret& secret : secrets_) {
      for (const std::string& form : secret.forms) {
        EXPECT_EQ((secret.ignore_case ? lower : content).find(form), std::string::npos)
            << where << " holds " << secret.what;
      }
    }
  }
  // Every row of every column family: compressed files hide from a plain search.
  void ExpectNoneInDatabase(const fs::path& path) const;
  void ExpectNoneInFiles() const;

  std::vector<std::string> keys_;
  std::vector<Secret> secrets_;
};

void SecretsTest::KnowSecretFiles() {
  std::size_t found = 0;
  for (const auto& entry : fs::directory_iterator(data() / "secrets")) {
    const std::string content = ReadFile(entry.path());
    const std::string name = entry.path().filename();
    if (content.starts_with("-----BEGIN CERTIFICATE")) continue;
    ++found;
    if (content.starts_with("-----BEGIN")) {
      Know(PemSecret(name, content));
      continue;
    }
    const std::string line = content.substr(0, content.find('\n'));
    Know({name, {Lower(line)}});
    if (const auto bytes = text::FromHex(line)) Know({name + " as bytes", {*bytes}, false});
  }
  EXPECT_GE(found, 4u) << "master key, CA key, checkpoint key, owner token";
}

// Its URL holds a secret of the receiver's.
void SecretsTest::KnowWebhook() {
  const std::string path = "t00-secret-of-the-receiver";
  const auto webhook =
      server().Send("POST", "/v1/webhooks", R"({"url":"https://receiver.invalid/)" + path + "\"}");
  Know({"the secret of a webhook", {Lower(Member(webhook->body, "secret"))}});
  Know({"the path of its URL", {path}});
}

void SecretsTest::ExpectNoneInDatabase(const fs::path& path) const {
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok()) << path;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::OpenForReadOnly({}, path, families, &handles, &opened).ok()) << path;
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (auto* handle : handles) {
    const std::unique_ptr<rocksdb::Iterator> row(db->NewIterator({}, handle));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
      ExpectNone(row->key().ToString() + row->value().ToString(), path.string());
    }
    EXPECT_TRUE(row->status().ok());
    db->DestroyColumnFamilyHandle(handle);
  }
}

void SecretsTest::ExpectNoneInFiles() const {
  std::size_t databases = 0;
  for (const auto& entry : fs::recursive_directory_iterator(data())) {
    const std::string inside = fs::relative(entry.path(), data());
    if (inside.starts_with("secrets")) continue;
    if (entry.is_regular_file()) ExpectNone(ReadFile(entry.path()), inside);
    if (entry.is_directory() && fs::exists(entry.path() / "CURRENT")) {
      ++databases;
      ExpectNoneInDatabase(entry.path());
    }
  }
  EXPECT_GE(databases, 3u) << "ledger, projections, subjects";
  const std::string log_lines = ReadFile(log());
  EXPECT_FALSE(log_lines.empty());
  ExpectNone(log_lines, "a log line");
}

TEST_F(SecretsTest, NoKeyTokenOrPrivateKeyOutsideOfSecrets) {
  KnowSecretFiles();
  OpenAccount("quiet");
  const AddedGateway active = AddGateway("quiet", "active");
  const AddedGateway redeemed = AddGateway("quiet", "redeemed");
  const AddedGateway superseded = AddGateway("quiet", "superseded");
  for (const AddedGateway* gateway : {&active, &redeemed, &superseded}) KnowKey(gateway->key);
  const InstalledGateway installed = Install(redeemed);
  Know(PemSecret("a gateway's private key", installed.identity.key_pem));
  const auto shown = server().Send("POST", "/v1/gateways/" + active.id + "/key/reveal");
  EXPECT_EQ(Member(shown->body, "key"), active.key);
  const auto generated = server().Send("POST", "/v1/gateways/" + superseded.id + "/key");
  KnowKey(Member(generated->body, "key"));

  const auto created = server().Send("POST", "/v1/tokens", R"({"name":"Ada","role":"operator"})");
  const std::string token = Member(created->body, "id");
  const auto rotated = server().Send("POST", "/v1/tokens/" + token + "/rotate");
  for (const auto& answer : {created, rotated}) {
    const std::string secret = Member(answer->body, "token");
    ASSERT_TRUE(domain::IsOperatorToken(secret)) << answer->body;
    Know({"an operator's token", {Lower(secret), Lower(secret.substr(5))}});
  }

  KnowWebhook();

  // Keys in wrong places and wrong forms must not come back, nor reach the log.
  std::string mistyped = active.key;
  mistyped.back() = mistyped.back() == '0' ? '1' : '0';
  const auto post = [&](const std::string& target, const std::string& body) {
    return tools::ComposeRequest("POST", target, "", body);
  };
  for (const std::string& request :
       {post("/v1/registrations", "{\"key\":\"" + active.key + "\",\"csr\":\"no\"}"),
        post("/v1/registrations", "{\"key\":\"" + active.key + "\""),
        post("/v1/registrations", "{\"key\":{\"key\":\"" + active.key + "\"}}"),
        post("/v1/registrations", "{\"key\":\"" + mistyped + "\",\"csr\":\"" + active.key + "\"}"),
        post("/v1/registrations/preflight", "{\"key\":\"" + superseded.key + "\"}"),
        post("/v1/registrations/preflight", "{\"key\":\"" + active.key + "x\"}"),
        post("/v1/registrations/" + active.key, "{}"),
        post("/v1/registrations?key=" + active.key, "{}"),
        post("/v1/check-in", "{\"version\":\"" + active.key + "\"}"),
        tools::ComposeRequest("GET", "/v1/self", "X-Key: " + active.key + "\r\n", ""),
        tools::ComposeRequest("GET", "/v1/self", server().authorization(), "")}) {
    const auto answer = tools::Fetch(server().Gateways(1), request);
    ASSERT_TRUE(answer);
    EXPECT_GE(answer->status, 400) << answer->body;
    ExpectNone(answer->head + answer->body, "the answer to " + request.substr(0, 40));
  }
  for (const char* target :
       {"/v1/accounts", "/v1/accounts/quiet/gateways", "/v1/events?limit=1000", "/v1/ledger",
        "/v1/tokens/self", "/v1/tokens", "/metrics", "/readyz", "/openapi.yaml"}) {
    const auto answer = server().Get(target);
    ASSERT_TRUE(answer && answer->status == 200) << target;
    ExpectNone(answer->head + answer->body, target);
  }
  for (const AddedGateway* gateway : {&active, &redeemed, &superseded}) {
    ExpectNone(server().Get("/v1/gateways/" + gateway->id)->body, "a gateway");
  }
  const auto wrong = tools::Fetch(
      server().Management(1),
      tools::ComposeRequest("GET", "/v1/accounts/" + server().token(),
                            "Authorization: Bearer x" + server().token() + "\r\n", ""));
  EXPECT_EQ(wrong->status, 401);
  ExpectNone(wrong->head + wrong->body, "the refusal of a wrong token");
  StopServer();
  ExpectNoneInFiles();
}

// The search above finds what it looks for.
TEST_F(SecretsTest, TheSearchFindsWhatIsThere) {
  KnowSecretFiles();
  bool found = false;
  const std::string token = ReadFile(data() / "secrets" / "owner-token");
  for (const Secret& secret : secrets_) {
    for (const std::string& form : secret.forms) {
      found |= (secret.ignore_case ? Lower(token) : token).find(form) != std::string::npos;
    }
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace latchkey::testing
