#include "tools/client/token_view.h"

#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

constexpr CsvColumn kTokenColumns[] = {
    {"id", "/id"},
    {"name", "/name"},
    {"role", "/role"},
    {"accounts", "/accounts"},
    {"expires_at", "/expires_at"},
    {"expired_at", "/expired_at"},
    {"last_used_at", "/last_used_at"},
    {"created_at", "/created_at"},
};
// The secret is the last.
constexpr CsvColumn kSecretColumns[] = {
    {"id", "/id"},
    {"name", "/name"},
    {"role", "/role"},
    {"accounts", "/accounts"},
    {"expires_at", "/expires_at"},
    {"token", "/token"},
};

// The expiry as a cell of a list.
std::string ExpiryCell(const boost::json::value& token) {
  if (!TextAt(token, "/expired_at").empty()) return "expired";
  return ShortTime(TextAt(token, "/expires_at"));
}

}  // namespace

std::string AccountsWords(const boost::json::value& token) {
  std::string words;
  if (const auto* list = At(token, "/accounts").if_array()) {
    for (const boost::json::value& account : *list) {
      words += (words.empty() ? "" : ", ") + TextAt(account, "");
    }
  }
  return words.empty() ? "all" : words;
}

std::string ExpiryWords(const boost::json::value& token) {
  const std::string expiry = TextAt(token, "/expires_at");
  return expiry.empty() ? "does not expire" : "until " + ShortTime(expiry);
}

Listing::Form TokensForm() {
  return {"tokens",
          kTokenColumns,
          {"ID", {"NAME", true}, "ROLE", {"ACCOUNTS", true}, "EXPIRES", "LAST USED", "CREATED"},
          [](const boost::json::value& token) -> std::vector<Cell> {
            return {TextAt(token, "/id"),
                    TextAt(token, "/name"),
                    TextAt(token, "/role"),
                    AccountsWords(token),
                    ExpiryCell(token),
                    ShortTime(TextAt(token, "/last_used_at")),
                    ShortTime(TextAt(token, "/created_at"))};
          },
          "No token to show.\n"};
}

std::span<const CsvColumn> NewTokenColumns() { return kSecretColumns; }

std::span<const CsvColumn> OwnTokenColumns() {
  return std::span(kSecretColumns).first(std::size(kSecretColumns) - 1);
}

}  // namespace latchkey::tools
