// The twenty-odd mistakes that newcomers make most, each with all that they are told. Whole texts,
// so that a change of words is a change here, and is read.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::Ran;
using testing::Served;

std::string Replaced(std::string text, const std::string& part, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += by.size()) {
    text.replace(at, part.size(), by);
  }
  return text;
}

// A ledger with a gateway that is registered, one whose key is spent and one with a good key.
class Mistakes : public ::testing::Test {
 protected:
  Mistakes() {
    Keep("good", served_.AddGateway("fresh"));
    Keep("spent", served_.AddGateway("hq"));
    Keep("revoked", served_.AddGateway("cellar"));
    EXPECT_EQ(served_.Run({"key", "revoke", "acme/cellar", "--yes"}).exit, 0);
    EXPECT_EQ(Cli({"register", "--url", served_.service().gateways_url(), "--ca", Ca(),
                   "--key-file", Place("spent"), "--out", Place("registered")})
                  .exit,
              0);
    std::string typed = *crypto::ReadSmallFile(Place("good"));
    std::swap(typed[typed.size() - 4], typed[typed.size() - 3]);
    std::swap(typed[9], typed[10]);
    std::ofstream(Place("mistyped")) << typed;
    std::ofstream(Place("junk")) << "hunter2\n";
    std::ofstream(Place("bearer")) << "Bearer " << served_.Token() << "\n";
    fs::create_directory(Place("photos"));
    std::ofstream(Place("photos") + "/holiday.jpg") << "x";
  }

  void Keep(const std::string& name, const std::string& key) {
    std::ofstream(Place(name)) << key << "\n";
  }
  std::string Place(const std::string& name) const { return served_.Scratch(name).string(); }
  std::string Ca() const { return (served_.data() / "run" / "ca.crt").string(); }

  // {data}, {management}, {gateways}, {ca} and {place} as they are here.
  std::string Here(std::string text) {
    text = Replaced(text, "{data}", served_.data().string());
    text = Replaced(text, "{ca}", Ca());
    text = Replaced(text, "{management}", served_.service().management_url());
    text = Replaced(text, "{gateways}", served_.service().gateways_url());
    return Replaced(text, "{place}", served_.Scratch("").string());
  }

  // The other way round, and without what differs from run to run.
  std::string There(std::string text) {
    text = Replaced(text, Ca(), "{ca}");
    text = Replaced(text, served_.data().string(), "{data}");
    text = Replaced(text, served_.service().management_url(), "{management}");
    text = Replaced(text, served_.service().gateways_url(), "{gateways}");
    text = Replaced(text, served_.Scratch("").string(), "{place}");
    text =
        std::regex_replace(text, std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( UTC|Z))"), "{time}");
    return text;
  }

  Served served_;
};

struct Row {
  const char* mistake;
  std::vector<std::string> command;
  int exit;
  const char* said;
};

TEST_F(Mistakes, SayWhatToDo) {
  const std::vector<Row> rows = {
      {"a command misspelt", {"gatway", "list"}, 2, ""},
      {"a command of a group misspelt", {"gateway", "lst"}, 2, ""},
      {"an option misspelt", {"gateway", "list", "--acount", "acme"}, 2, ""},
      {"no server named", {"account", "list"}, 2, ""},
      {"a directory that is not there", {"account", "list", "--data", "{place}nowhere"}, 4, ""},
      {"a directory that is not served", {"account", "list", "--data", "{place}photos"}, 4, ""},
      {"a server without its CA",
       {"whoami", "--url", "{management}", "--token-file", "{data}/secrets/owner-token"},
       1,
       ""},
      {"the gateways' address",
       {"whoami", "--url", "{gateways}", "--ca", "{ca}", "--token-file",
        "{data}/secrets/owner-token"},
       3,
       ""},
      {"a URL with a path", {"whoami", "--url", "{management}/console", "--token", "x"}, 2, ""},
      {"http", {"whoami", "--url", "http://127.0.0.1:8443", "--token", "x"}, 2, ""},
      {"no token", {"whoami", "--url", "{management}", "--ca", "{ca}"}, 2, ""},
      {"a token with its header",
       {"whoami", "--data", "{data}", "--token-file", "{place}bearer"},
       2,
       ""},
      {"a token of elsewhere",
       {"whoami", "--data", "{data}", "--token",
        "lkop_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
       3,
       ""},
      {"a token without a role", {"token", "create", "ci", "--data", "{data}"}, 2, ""},
      {"an account that is not open",
       {"gateway", "add", "globex", "hq", "--data", "{data}"},
       3,
       ""},
      {"an account with capitals", {"account", "open", "Acme Corp", "--data", "{data}"}, 3, ""},
      {"no account", {"gateway", "add", "hq", "--data", "{data}"}, 2, ""},
      {"a name that is taken", {"gateway", "add", "acme", "hq", "--data", "{data}"}, 3, ""},
      {"a gateway by its name alone", {"gateway", "show", "hq", "--data", "{data}"}, 2, ""},
      {"a gateway that does not exist", {"gateway", "show", "acme/hp", "--data", "{data}"}, 3, ""},
      {"a duration in words",
       {"key", "generate", "acme/fresh", "--expires", "7days", "--data", "{data}"},
       2,
       ""},
      {"the key of a registered gateway", {"key", "show", "acme/hq", "--data", "{data}"}, 3, ""},
      {"another key for it", {"key", "generate", "acme/hq", "--yes", "--data", "{data}"}, 3, ""},
      {"an end without --yes", {"gateway", "remove", "acme/hq", "--data", "{data}"}, 2, ""},
      {"no address to register at",
       {"register", "--key-file", "{place}good", "--out", "{place}o"},
       2,
       ""},
      {"the operators' address",
       {"register", "--url", "{management}", "--ca", "{ca}", "--key-file", "{place}good", "--out",
        "{place}o"},
       2,
       ""},
      {"to register without the CA",
       {"register", "--url", "{gateways}", "--key-file", "{place}good", "--out", "{place}o"},
       1,
       ""},
      {"nobody there",
       {"register", "--url", "https://127.0.0.1:1", "--ca", "{ca}", "--key-file", "{place}good",
        "--out", "{place}o", "--patience", "0s"},
       4,
       ""},
      {"no key", {"register", "--url", "{gateways}", "--ca", "{ca}", "--out", "{place}o"}, 2, ""},
      {"a file that is not a key",
       {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}junk", "--out",
        "{place}o"},
       10,
       ""},
      {"a key with a slip",
       {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}mistyped", "--out",
        "{place}o"},
       10,
       ""},
      {"a key used before",
       {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}spent", "--out",
        "{place}o"},
       10,
       ""},
      {"a key that was revoked",
       {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}revoked", "--out",
        "{place}o"},
       10,
       ""},
      {"a ledger in a folder of other things", {"serve", "--data", "{place}photos"}, 5, ""},
      {"a ledger that is served already",
       {"serve", "--data", "{data}", "--management", "127.0.0.1:0", "--gateways", "127.0.0.1:0"},
       5,
       ""},
      {"an address without a port",
       {"serve", "--data", "{place}new", "--management", "0.0.0.0"},
       2,
       ""},
  };
  for (const Row& row : rows) {
    std::vector<std::string> command;
    for (const std::string& word : row.command) command.push_back(Here(word));
    const Ran ran = Cli(command);
    EXPECT_EQ(ran.exit, row.exit) << row.mistake;
    EXPECT_EQ(ran.out, "") << row.mistake;
    EXPECT_EQ(There(ran.err), std::string("latchkey: ") + row.said + "\n") << row.mistake;
  }
}

}  // namespace
}  // namespace latchkey::tools
