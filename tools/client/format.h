// The forms in which a command shows an answer: a table for people, JSON and CSV for scripts.
#pragma once

#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "tools/client/csv.h"
#include "tools/client/table.h"

namespace latchkey::tools {

enum class OutputFormat { kTable, kJson, kCsv };

// "json" or "csv"; anything else is the table.
OutputFormat FormatOf(std::string_view name);

// An answer that is one object, for scripts: JSON in one line, or CSV in two. `format` is not
// kTable.
std::string Document(OutputFormat format, std::span<const CsvColumn> columns,
                     const boost::json::value& answer);

// A list as a command shows it. JSON is one document, like a page of the server's that has all
// items. CSV goes out item by item.
class Listing {
 public:
  struct Form {
    std::string_view member;  // of the JSON: "gateways"
    std::span<const CsvColumn> csv{};
    std::vector<Column> table{};
    std::function<std::vector<Cell>(const boost::json::value&)> row{};
    std::string empty{};  // what a table without rows says instead
  };
  // `out` outlives it.
  Listing(OutputFormat format, Form form, std::ostream& out, Screen screen);

  void Add(const boost::json::value& item);
  bool empty() const { return count_ == 0; }
  // Prints what Add has not printed.
  void Finish();

 private:
  const OutputFormat format_;
  const Form form_;
  std::ostream& out_;
  const Screen screen_;
  Table table_;
  boost::json::array all_;  // may hold keys: wiped
  std::size_t count_ = 0;
};

}  // namespace latchkey::tools
