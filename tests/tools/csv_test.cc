// CSV as it is written, and as people write it.
#include <gtest/gtest.h>

#include "tools/client/csv.h"
#include "tools/client/json.h"
#include "tools/client/sheet.h"

namespace latchkey::tools {
namespace {

constexpr CsvColumn kColumns[] = {
    {"name", "/name"},
    {"count", "/count"},
    {"accounts", "/accounts"},
    {"labels", "/labels", CsvColumn::Kind::kLabels},
    {"data", "/data", CsvColumn::Kind::kJson},
};

TEST(Csv, IsWrittenInOneForm) {
  EXPECT_EQ(CsvHeader(kColumns), "name,count,accounts,labels,data\n");
  const struct {
    const char* item;
    const char* line;
  } rows[] = {
      {R"({})", ",,,,\n"},
      {R"({"name":"hq","count":7,"accounts":["a","b"],"labels":{"x":"1"},"data":{"n":1}})",
       "hq,7,\"a;b\",x:1,\"{\"\"n\"\":1}\"\n"},
      {R"({"name":"Berlin, HQ"})", "\"Berlin, HQ\",,,,\n"},
      {R"({"name":"the \"old\" one"})", "\"the \"\"old\"\" one\",,,,\n"},
      {R"({"name":null,"accounts":[],"labels":{"a":"1","b":"2"}})", ",,,\"a:1;b:2\",\n"},
      {R"({"name":"=1+2"})", "'=1+2,,,,\n"},
      {R"({"name":"+1"})", "'+1,,,,\n"},
      {R"({"name":"-1"})", "'-1,,,,\n"},
      {R"({"name":"@a,b"})", "\"'@a,b\",,,,\n"},
      {R"({"count":-1})", ",-1,,,\n"},
      {R"({"labels":{"a":"=1"}})", ",,,a:=1,\n"},
      {"{\"name\":\"a\\nb\\u001b[2J\\u202e\"}", "a?b?[2J?,,,,\n"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CsvLine(kColumns, ParseJson(row.item)), row.line) << row.item;
  }
}

TEST(Csv, ReadsWhatItWrites) {
  for (const char* name : {"hq", "a,b", "\"", "\"\"", "a;b\tc", " a ", "東京", "'x"}) {
    boost::json::object item{{"name", name}};
    std::size_t broken = 7;
    const auto rows = ReadCsv(CsvLine(kColumns, item), ',', &broken);
    ASSERT_EQ(rows.size(), 1u) << name;
    EXPECT_EQ(broken, 0u);
    // A tab is a control character.
    const std::string expected = std::string(name) == "a;b\tc" ? "a;b?c" : name;
    EXPECT_EQ(rows[0].fields.at(0), expected);
    EXPECT_EQ(rows[0].fields.size(), std::size(kColumns));
  }
}

std::string RowsInWords(const CliResult<std::vector<SheetRow>>& rows) {
  if (!rows) return "! " + rows.error().message;
  std::string words;
  for (const SheetRow& row : *rows) {
    words += std::to_string(row.line) + ":";
    for (const auto& [column, cell] : row.cells) words += " " + column + "=" + cell;
    words += "\n";
  }
  return words;
}

TEST(Sheet, IsReadAsPeopleWriteIt) {
  const SheetForm form{{"name"}, {"note", "labels"}};
  const struct {
    const char* text;
    const char* rows;
  } rows[] = {
      {"hq\nlyon\n", "1: name=hq\n2: name=lyon\n"},
      {"hq\r\n\r\n  \r\nlyon", "1: name=hq\n4: name=lyon\n"},
      {"\xEF\xBB\xBFhq\n", "1: name=hq\n"},
      {"Name\nhq\n", "2: name=hq\n"},
      {" \t\r\n\nname\nhq\n", "4: name=hq\n"},
      {"\tname\n\thq\n", "2: name=hq\n"},
      {"name,note\nhq,\"first, \"\"old\"\"\"\nlyon,\n",
       "2: name=hq note=first, \"old\"\n3: name=lyon\n"},
      {"\xEF\xBB\xBFName;Labels\r\nhq;site:Lyon;\r\n", "! F, line 2: there are 3 fields below 2"},
      {"Name;Labels\r\nhq;\"site:Lyon;tier:1\"\r\n", "2: labels=site:Lyon;tier:1 name=hq\n"},
      {"note\tname\nx\thq\n", "2: name=hq note=x\n"},
      {"name,note\n\n,\nhq,\"two\nlines\"\nb,c\n",
       "4: name=hq note=two\nlines\n6: name=b note=c\n"},
      {"hq,first\n", "! F, line 1: is this CSV? Then begin with a line that names the columns"},
      {"hq\nBerlin, HQ\n", "! F, line 2: is this CSV?"},
      {"name,colour\nhq,red\n",
       "! F, line 1: there is no column 'colour', only name, note, labels."},
      {"name,name\nhq,red\n", "! F, line 1: the column 'name' appears twice."},
      {"name,note\nhq,\"x\n", "! F, line 2: a field in quotes does not end"},
      {"name,note\nhq,\"x\"y\n", "! F, line 2: a field in quotes does not end"},
      {"", "! F is empty."},
      {"name\n", "! F is empty."},
      {"h\xffq\n", "! F is not UTF-8."},
      {"\xff\xfeh\0q\0", "! F is not UTF-8."},
  };
  for (const auto& row : rows) {
    const std::string words = RowsInWords(ReadSheet(row.text, "F", form));
    EXPECT_EQ(words.substr(0, std::string(row.rows).size()), row.rows) << row.text << words;
    const bool whole = row.rows[0] != '!';
    EXPECT_TRUE(!whole || words == row.rows) << row.text << words;
  }
}

TEST(Sheet, MayHaveColumnsThatNobodyAskedFor) {
  const SheetForm form{{"gateway", "id"}, {}, true};
  EXPECT_EQ(RowsInWords(ReadSheet("account,name,id,name\nacme,hq,gw_1,x\n", "F", form)),
            "2: account=acme id=gw_1 name=x\n");
  EXPECT_EQ(RowsInWords(ReadSheet("gw_1\nacme/hq\n", "F", form)),
            "1: gateway=gw_1\n2: gateway=acme/hq\n");
}

TEST(Sheet, IsBounded) {
  std::string text;
  for (std::size_t i = 0; i <= kMaxSheetRows; ++i) text += "n" + std::to_string(i) + "\n";
  EXPECT_EQ(RowsInWords(ReadSheet(text, "F", {{"name"}})),
            "! F has more than 10000 rows. Split it.");
  text.assign(kMaxSheetBytes + 1, 'x');
  EXPECT_EQ(RowsInWords(ReadSheet(text, "F", {{"name"}})), "! F is longer than 16 MiB.");
}

}  // namespace
}  // namespace latchkey::tools
