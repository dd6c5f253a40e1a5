// Many gateways at once, their keys, labels and notes.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/domain/key_codec.h"
#include "tests/tools/served.h"
#include "tools/cli/cli.h"
#include "tools/client/csv.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

using testing::Cli;
using testing::Ran;
using testing::Served;

// A command with `input` on its standard input.
Ran RunWith(const Served& served, std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.end(), {"--data", served.data().string()});
  return Cli(arguments, input);
}

std::vector<CsvRow> Rows(const std::string& csv) {
  std::size_t broken = 0;
  auto rows = ReadCsv(csv, ',', &broken);
  EXPECT_EQ(broken, 0u) << csv;
  return rows;
}

std::string NamesIn(const Served& served) {
  std::string names;
  for (const CsvRow& row : Rows(served.Run({"gateway", "list", "acme", "-o", "csv"}).out)) {
    names += row.fields.at(1) + " ";
  }
  return names;
}

TEST(Many, AreAddedFromAListAndTheirKeysAreCsv) {
  Served served;
  const Ran added = RunWith(served, {"gateway", "add", "acme", "--from", "-", "-o", "csv"},
                            "name,primary,labels,note\n"
                            "hq,,site:Berlin;tier:1,\"by the door, left\"\n"
                            "hq-2,hq,,\n");
  ASSERT_EQ(added.exit, 0) << added.err;
  EXPECT_NE(added.err.find("Added 2 of 2 gateways to acme."), std::string::npos) << added.err;
  const auto rows = Rows(added.out);
  ASSERT_EQ(rows.size(), 3u) << added.out;
  EXPECT_EQ(rows[0].fields,
            (std::vector<std::string>{"account", "name", "id", "role", "key", "expires_at"}));
  EXPECT_EQ(rows[1].fields.at(1), "hq");
  EXPECT_EQ(rows[2].fields.at(3), "secondary");
  for (const std::size_t i : {1u, 2u}) {
    EXPECT_TRUE(domain::ParseKey(rows[i].fields.at(4))) << added.out;
  }
  const boost::json::value hq =
      ParseJson(served.Run({"gateway", "show", "acme/hq", "-o", "json"}).out);
  EXPECT_EQ(TextAt(hq, "/labels/site"), "Berlin");
  EXPECT_EQ(TextAt(hq, "/note"), "by the door, left");
}

TEST(Many, AreAddedFromPlainNamesInAFile) {
  Served served;
  const std::string file = served.Scratch("names.txt");
  std::ofstream(file) << "\xEF\xBB\xBFParis\r\nLyon\r\n";
  const Ran added = served.Run({"gateway", "add", "acme", "--from", file, "--label", "land:fr"});
  ASSERT_EQ(added.exit, 0) << added.err;
  EXPECT_NE(added.out.find("Paris"), std::string::npos) << added.out;
  EXPECT_NE(added.out.find("latchkey register --url"), std::string::npos) << added.out;
  EXPECT_EQ(NamesIn(served), "name Paris Lyon ");
  const Ran labelled = served.Run({"gateway", "list", "--label", "land:fr", "-o", "json"});
  EXPECT_NE(labelled.out.find("Lyon"), std::string::npos) << labelled.out;
}

TEST(Many, AreAllCheckedBeforeTheFirstIsAdded) {
  Served served;
  served.AddGateway("hq");
  const struct {
    const char* list;
    int exit;
    const char* said;
  } rows[] = {
      {"a\nhq\n", 3, "The account acme has these already: hq. Nothing was added."},
      {"a\na\n", 2, "Line 2, a: the name appears twice."},
      {"a\ncaf\xC3\xA9\ncafe\xCC\x81\n", 2, "the name appears twice."},
      {"name,primary\na,b\nb,\n", 2, "Line 2, a: there is no gateway 'b' before it"},
      {"name,labels\na,site\n", 2, "Line 2: 'site' is not a label. Write KEY:VALUE"},
      {"name,labels\na,Site:x\n", 2, "Line 2: 'Site:x': "},
      {"name,note\n,x\n", 2, "Line 2: no name."},
      {"a\n\xE2\x80\x8B"
       "b\n",
       2, "Line 2: "},
      {"a,b\n", 2, "line 1: is this CSV?"},
      {"", 2, "Standard input is empty."},
  };
  for (const auto& row : rows) {
    const Ran ran = RunWith(served, {"gateway", "add", "acme", "--from", "-"}, row.list);
    EXPECT_EQ(ran.exit, row.exit) << row.list << ran.err;
    EXPECT_NE(ran.err.find(row.said), std::string::npos) << row.list << ran.err;
    EXPECT_EQ(NamesIn(served), "name hq ") << row.list;
  }
}

TEST(Many, GoOnWhereTheyWereStopped) {
  Served served;
  served.AddGateway("b");
  const Ran ran =
      RunWith(served, {"gateway", "add", "acme", "--from", "-", "--skip-existing", "-o", "csv"},
              "a\nb\nc\n");
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(Rows(ran.out).size(), 3u) << ran.out;
  EXPECT_EQ(NamesIn(served), "name b a c ");
}

// The server refuses the sixth secondary; what was added is shown all the same.
TEST(Many, ShowWhatWasAddedWhenOneIsRefused) {
  Served served;
  std::string list = "name,primary\nhq,\n";
  for (char c = 'a'; c <= 'g'; ++c) list += std::string(1, c) + ",hq\n";
  for (const char* format : {"table", "csv", "json"}) {
    const Ran ran = RunWith(
        served, {"gateway", "add", "acme", "--from", "-", "--skip-existing", "-o", format}, list);
    EXPECT_EQ(ran.exit, 3) << ran.err;
    EXPECT_NE(ran.err.find("Line 8, f: "), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("--skip-existing"), std::string::npos) << ran.err;
    if (std::string(format) != "table") continue;
    EXPECT_NE(ran.err.find("Added 6 of 8"), std::string::npos) << ran.err;
    EXPECT_NE(ran.out.find("LK"), std::string::npos) << "their keys: " << ran.out;
  }
}

TEST(Many, KeysAreGeneratedFromAList) {
  Served served;
  for (const char* name : {"a", "b", "c"}) served.AddGateway(name);
  const std::string list = served.Run({"gateway", "list", "acme", "-o", "csv"}).out;
  const Ran unasked = RunWith(served, {"key", "generate", "--from", "-", "-o", "csv"}, list);
  EXPECT_EQ(unasked.exit, 2);
  EXPECT_NE(unasked.err.find("another key for 3 gateways."), std::string::npos) << unasked.err;
  EXPECT_NE(unasked.err.find("Its key of generation 1 stops working."), std::string::npos);
  const Ran ran = RunWith(served, {"key", "generate", "--from", "-", "-o", "csv", "--yes"}, list);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto rows = Rows(ran.out);
  ASSERT_EQ(rows.size(), 4u) << ran.out;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].fields.at(3), "2") << "its generation";
    EXPECT_TRUE(domain::ParseKey(rows[i].fields.at(4))) << ran.out;
  }
  const Ran shown = served.Run({"key", "show", "acme/a", "acme/b", "acme/a"});
  ASSERT_EQ(shown.exit, 0) << shown.err;
  for (const std::size_t i : {1u, 2u}) {
    EXPECT_NE(shown.out.find(rows[i].fields.at(4)), std::string::npos) << shown.out;
  }
  EXPECT_EQ(shown.out.find(rows[3].fields.at(4)), std::string::npos) << shown.out;
  const std::string once = rows[1].fields.at(4);
  EXPECT_EQ(shown.out.find(once), shown.out.rfind(once)) << "named twice, shown once";
  const Ran revoked = served.Run({"key", "revoke", "acme/a", "acme/b", "--yes"});
  EXPECT_EQ(revoked.exit, 0) << revoked.err;
  EXPECT_NE(revoked.out.find("Revoked 2 keys."), std::string::npos) << revoked.out;
  const Ran again = served.Run({"key", "show", "acme/c", "acme/a", "acme/b", "-o", "csv"});
  EXPECT_EQ(again.exit, 3) << again.err;
  EXPECT_NE(again.err.find("acme/a: "), std::string::npos) << again.err;
  EXPECT_NE(again.err.find("1 of 3 gateways are done"), std::string::npos) << again.err;
  EXPECT_NE(again.out.find(rows[3].fields.at(4)), std::string::npos) << again.out;
}

TEST(Labels, AreSetOneByOne) {
  Served served;
  served.AddGateway("hq");
  ASSERT_EQ(served.Run({"gateway", "label", "acme/hq", "site:Lyon", "tier:1"}).exit, 0);
  const Ran changed =
      served.Run({"gateway", "label", "acme/hq", "tier:2", "--remove", "site", "-o", "json"});
  ASSERT_EQ(changed.exit, 0) << changed.err;
  const boost::json::value labels = At(ParseJson(changed.out), "/labels");
  EXPECT_EQ(labels, (boost::json::object{{"tier", "2"}}));
  ASSERT_EQ(served.Run({"gateway", "note", "acme/hq", "by the door"}).exit, 0);
  const Ran shown = served.Run({"gateway", "show", "acme/hq"});
  EXPECT_NE(shown.out.find("tier:2\n"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("by the door\n"), std::string::npos) << shown.out;
  ASSERT_EQ(served.Run({"gateway", "note", "acme/hq", ""}).exit, 0);
  EXPECT_EQ(served.Run({"gateway", "show", "acme/hq"}).out.find("by the door"), std::string::npos);
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{}, {"site"}, {":x"}, {"Site:x"}, {"a:1", "a:2"}}) {
    std::vector<std::string> command = {"gateway", "label", "acme/hq"};
    command.insert(command.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(served.Run(command).exit, 2) << (wrong.empty() ? "" : wrong[0]);
  }
}

TEST(Gateways, AreFoundByTheirNamesInEitherForm) {
  Served served;
  served.AddGateway("caf\xC3\xA9");
  EXPECT_EQ(served.Run({"gateway", "show", "acme/cafe\xCC\x81"}).exit, 0);
}

TEST(Tables, FitTheTerminal) {
  Table table({"ID", {"NAME", true}, {"NOTE", true}});
  table.Add({Cell("gw_00000001"), Cell("東京東京東京東京"), Cell("a rather long note")});
  table.Add({Cell("gw_00000002"), Cell("hq"), Cell("short")});
  const auto printed = [&](std::size_t width) {
    std::ostringstream out;
    table.Print(out, {false, width});
    return out.str();
  };
  EXPECT_EQ(printed(0),
            "ID           NAME              NOTE\n"
            "gw_00000001  東京東京東京東京  a rather long note\n"
            "gw_00000002  hq                short\n");
  EXPECT_EQ(printed(49), printed(0));
  EXPECT_EQ(printed(40),
            "ID           NAME          NOTE\n"
            "gw_00000001  東京東京東…   a rather lon…\n"
            "gw_00000002  hq            short\n");
  EXPECT_EQ(printed(1), printed(30)) << "what is copied from it is never cut";
  EXPECT_NE(printed(1).find("gw_00000001"), std::string::npos);
}

}  // namespace
}  // namespace latchkey::tools
