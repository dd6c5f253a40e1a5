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
    return std::regex_replace(text, std::regex("[0-9a-f]{64}"), "{sha256}");
  }

  Served served_;
};

struct Mistake {
  const char* mistake;
  std::vector<std::string> command;
  int exit;
  const char* said;
};

const std::vector<Mistake> kMistakes = {
    {"a command misspelt",
     {"gatway", "list"},
     2,
     "'gatway' is not a command. Do you mean latchkey gateway?\n  More with latchkey --help."},
    {"a command of a group misspelt",
     {"gateway", "lst"},
     2,
     "'lst' is not a command. Do you mean latchkey gateway list?\n  More with latchkey gateway "
     "--help."},
    {"an option misspelt",
     {"gateway", "list", "--acount", "acme"},
     2,
     "'--acount' is not an option of latchkey gateway list.\n  More with latchkey gateway list "
     "--help."},
    {"no server named",
     {"account", "list"},
     2,
     "Which server? Give --data DIR of a ledger served on this machine, or --url https://HOST:8443 "
     "(or LATCHKEY_URL)."},
    {"a directory that is not there",
     {"account", "list", "--data", "{place}nowhere"},
     4,
     "There is no directory {place}nowhere. To create a ledger in it and serve it: latchkey serve "
     "--data {place}nowhere"},
    {"a directory that is not served",
     {"account", "list", "--data", "{place}photos"},
     4,
     "{place}photos is not being served. Start it: latchkey serve --data {place}photos"},
    {"a server without its CA",
     {"whoami", "--url", "{management}", "--token-file", "{data}/secrets/owner-token"},
     1,
     "{management} cannot be trusted: self-signed certificate in certificate chain. If this is the "
     "right server, give its CA certificate with --ca FILE. It is run/ca.crt in the server's data "
     "directory."},
    {"the gateways' address",
     {"whoami", "--url", "{gateways}", "--ca", "{ca}", "--token-file",
      "{data}/secrets/owner-token"},
     3,
     "This is where gateways connect. Operators connect to the other address of this server, port "
     "8443 unless it was given another. (not_found)"},
    {"a URL with a path",
     {"whoami", "--url", "{management}/console", "--token", "x"},
     2,
     "--url: '{management}/console' has a path. Give https://HOST[:PORT] and nothing else."},
    {"http",
     {"whoami", "--url", "http://127.0.0.1:8443", "--token", "x"},
     2,
     "--url: 'http://127.0.0.1:8443' does not begin with https://. Give https://HOST[:PORT] and "
     "nothing else."},
    {"no token",
     {"whoami", "--url", "{management}", "--ca", "{ca}"},
     2,
     "Which token? Give --token-file FILE (or LATCHKEY_TOKEN, LATCHKEY_TOKEN_FILE). The first "
     "owner's is in secrets/owner-token of the data directory."},
    {"a token with its header",
     {"whoami", "--data", "{data}", "--token-file", "{place}bearer"},
     2,
     "The token file {place}bearer begins with the word Bearer. Give the token alone."},
    {"a token of elsewhere",
     {"whoami", "--data", "{data}", "--token",
      "lkop_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
     3,
     "This token is unknown, revoked, rotated or expired. Ask the owner of this ledger for a new "
     "one. (unauthenticated)"},
    {"a token without a role",
     {"token", "create", "ci", "--data", "{data}"},
     2,
     "--role is required\n  More with latchkey token create --help."},
    {"an account that is not open",
     {"gateway", "add", "globex", "hq", "--data", "{data}"},
     3,
     "There is no such account, or you may not see it. To open it: latchkey account open globex "
     "(not_found)"},
    {"an account with capitals",
     {"account", "open", "Acme Corp", "--data", "{data}"},
     3,
     "account: An account name is 1 to 40 lower-case letters, digits and dashes, with no dash at "
     "its start or end. (validation_failed)"},
    {"no account",
     {"gateway", "add", "hq", "--data", "{data}"},
     2,
     "Give ACCOUNT and NAME, or ACCOUNT and --from FILE for many."},
    {"a name that is taken",
     {"gateway", "add", "acme", "hq", "--data", "{data}"},
     3,
     "Another gateway of this account has this name. Choose another name, or generate a new key "
     "for that gateway to install it again. (name_taken)"},
    {"a gateway by its name alone",
     {"gateway", "show", "hq", "--data", "{data}"},
     2,
     "'hq' is not a gateway. Give its id (gw_…) or account/name. `latchkey gateway list` shows "
     "both."},
    {"a gateway that does not exist",
     {"gateway", "show", "acme/hp", "--data", "{data}"},
     3,
     "There is no gateway 'hp' in the account 'acme'. `latchkey gateway list acme` shows those "
     "there are."},
    {"a duration in words",
     {"key", "generate", "acme/fresh", "--expires", "7days", "--data", "{data}"},
     2,
     "--expires: '7days' is not a duration. Write a number and a unit, such as 90s, 15m, 12h, 7d "
     "or 2w.\n  More with latchkey key generate --help."},
    {"the key of a registered gateway",
     {"key", "show", "acme/hq", "--data", "{data}"},
     3,
     "This gateway has no active key. Generate one if it is to be installed. (no_active_key)"},
    {"another key for it",
     {"key", "generate", "acme/hq", "--yes", "--data", "{data}"},
     3,
     "This gateway is registered and works. To move it to another machine, add --replace: the "
     "present machine keeps working until the new one is confirmed. (already_registered)"},
    {"an end without --yes",
     {"gateway", "remove", "acme/hq", "--data", "{data}"},
     2,
     "This removes acme/hq (gw_00000002) for good. Its certificate stops working. To confirm, add "
     "--yes."},
    {"no address to register at",
     {"register", "--key-file", "{place}good", "--out", "{place}o"},
     2,
     "Which server? Give --url https://HOST:8444."},
    {"the operators' address",
     {"register", "--url", "{management}", "--ca", "{ca}", "--key-file", "{place}good", "--out",
      "{place}o"},
     2,
     "{management} is where operators connect. Gateways register at the other address of that "
     "server, port 8444 unless it was given another."},
    {"to register without the CA",
     {"register", "--url", "{gateways}", "--key-file", "{place}good", "--out", "{place}o"},
     1,
     "{gateways} cannot be trusted: self-signed certificate in certificate chain. If this is the "
     "right server, give its CA certificate with --ca FILE. It is run/ca.crt in the server's data "
     "directory. Instead of the file, --ca-fingerprint takes the fingerprint that `serve` prints."},
    {"nobody there",
     {"register", "--url", "https://127.0.0.1:1", "--ca", "{ca}", "--key-file", "{place}good",
      "--out", "{place}o", "--patience", "0s"},
     4,
     "https://127.0.0.1:1 cannot be reached: Failed to connect to 127.0.0.1 port 1 after 0 ms: "
     "Couldn't connect to server. Run this again later with the same key."},
    {"no key",
     {"register", "--url", "{gateways}", "--ca", "{ca}", "--out", "{place}o"},
     2,
     "Which key? Give --key-file FILE, or --key-file - and the key on standard input. It is never "
     "taken as an argument, which others could see."},
    {"a file that is not a key",
     {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}junk", "--out",
      "{place}o"},
     10,
     "The character \"u\" at place 2 does not occur in keys. Compare what you entered with the key "
     "as it was shown. (key_malformed)"},
    {"a key with a slip",
     {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}mistyped", "--out",
      "{place}o"},
     10,
     "A character of the key is wrong, or two are swapped. Compare it with the key you were given. "
     "(key_mistyped)"},
    {"a key used before",
     {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}spent", "--out",
      "{place}o"},
     10,
     "This key was redeemed on {time} with another key pair (public key SHA-256 {sha256}). Ask the "
     "operator to "
     "generate a new key. (key_already_redeemed)"},
    {"a key that was revoked",
     {"register", "--url", "{gateways}", "--ca", "{ca}", "--key-file", "{place}revoked", "--out",
      "{place}o"},
     10,
     "This key was revoked. Ask the operator to generate a new key. (key_revoked)"},
    {"a ledger in a folder of other things",
     {"serve", "--data", "{place}photos"},
     5,
     "{place}photos is not empty and has no ledger in it. Give an empty directory or a new name."},
    {"a ledger that is served already",
     {"serve", "--data", "{data}", "--management", "127.0.0.1:0", "--gateways", "127.0.0.1:0"},
     5,
     "the ledger is in use by another process. Stop that one first: only one process may write."},
    {"an address without a port",
     {"serve", "--data", "{place}new", "--management", "0.0.0.0"},
     2,
     "--management: '0.0.0.0' is not an address. Write ADDR:PORT or [ADDR]:PORT.\n  More with "
     "latchkey serve --help."},
};

TEST_F(Mistakes, SayWhatToDo) {
  for (const Mistake& row : kMistakes) {
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
