#include "tools/client/format.h"

#include <utility>

#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"
#include "core/crypto/wiping_memory.h"
#include "tools/client/json.h"

namespace latchkey::tools {

OutputFormat FormatOf(std::string_view name) {
  if (name == "json") return OutputFormat::kJson;
  return name == "csv" ? OutputFormat::kCsv : OutputFormat::kTable;
}

std::string Document(OutputFormat format, std::span<const CsvColumn> columns,
                     const boost::json::value& answer) {
  if (format == OutputFormat::kCsv) return CsvHeader(columns) + CsvLine(columns, answer);
  std::string text = JsonText(answer);
  crypto::AppendWiping(&text, "\n");
  return text;
}

Listing::Listing(OutputFormat format, Form form, std::ostream& out, Screen screen)
    : format_(format),
      form_(std::move(form)),
      out_(out),
      screen_(screen),
      table_(form_.table),
      all_(crypto::WipingMemory()) {
  if (format_ == OutputFormat::kCsv) out_ << CsvHeader(form_.csv);
}

void Listing::Add(const boost::json::value& item) {
  ++count_;
  switch (format_) {
    case OutputFormat::kTable:
      table_.Add(form_.row(item));
      break;
    case OutputFormat::kJson:
      all_.push_back(item);
      break;
    case OutputFormat::kCsv:
      std::string line = CsvLine(form_.csv, item);
      const crypto::WipeAtEnd wipe(&line);
      out_ << line;
      break;
  }
}

void Listing::Finish() {
  if (format_ == OutputFormat::kTable) {
    if (table_.empty()) {
      out_ << form_.empty;
    } else {
      table_.Print(out_, screen_);
    }
  }
  if (format_ == OutputFormat::kJson) {
    boost::json::object page(crypto::WipingMemory());
    page[form_.member] = std::move(all_);
    page["next"] = nullptr;
    std::string text = JsonText(page);
    const crypto::WipeAtEnd wipe(&text);
    out_ << text << '\n';
  }
}

}  // namespace latchkey::tools
