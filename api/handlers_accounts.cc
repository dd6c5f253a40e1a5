// Accounts, and the token that asks.
#include "api/auth.h"
#include "api/body.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/queries.h"
#include "api/render.h"

namespace latchkey::api {

Result<Next> ListAccounts(Exchange& x) {
  Queries queries(x.target, {"after", "limit"});
  const std::uint64_t limit = queries.Limit();
  if (Status valid = queries.Done(); !valid) return tl::unexpected(std::move(valid).error());

  domain::KeyRange range = domain::Accounts();
  if (const auto after = queries.Text("after"); after && !after->empty()) {
    range.from = std::max(range.from, domain::AccountKey(*after) + '\0');
  }
  x.response.Begin(Success::kOk);
  JsonWriter json(&x.response.body);
  json.BeginObject();
  json.Key("accounts");
  json.BeginArray();
  std::uint64_t shown = 0;
  std::string last;
  bool more = false;
  x.parts.projections.Scan(range, [&](std::string_view key, std::string_view value) {
    const std::string_view name = domain::AccountOfKey(key);
    if (!Sees(x, name)) return true;
    if (shown == limit) return more = true, false;
    domain::AccountRow row;
    row.ParseFromArray(value.data(), static_cast<int>(value.size()));
    RenderAccount(row, &x.response.body);
    last = name;
    ++shown;
    return true;
  });
  json.EndArray();
  json.MemberOrNull("next", more ? std::string_view(last) : std::string_view());
  json.EndObject();
  return Answered{};
}

Result<Next> GetAccount(Exchange& x) {
  const Result<domain::AccountRow> row = RequireAccount(x, x.params[0]);
  if (!row) return tl::unexpected(row.error());
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return tl::unexpected(std::move(valid).error());
  x.response.Begin(Success::kOk);
  RenderAccount(*row, &x.response.body);
  return Answered{};
}

Result<Next> PutAccount(Exchange& x) {
  const std::string name(x.params[0]);
  if (!Sees(x, name)) return Refuse(ErrorCode::kNotFound, "There is no such account.");
  Fields fields(x.body);
  fields.Check(domain::CheckAccountName(name, "/account"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) {
    return tl::unexpected(std::move(valid).error());
  }
  return Submit(x, domain::OpenAccount{name}, [](Exchange& y, const Outcome& outcome) -> Status {
    const Result<domain::AccountRow> row = RequireAccount(y, y.params[0]);
    if (!row) return tl::unexpected(row.error());
    y.response.Begin(outcome.answer->created ? Success::kCreated : Success::kOk);
    RenderAccount(*row, &y.response.body);
    return {};
  });
}

Result<Next> GetOwnToken(Exchange& x) {
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return tl::unexpected(std::move(valid).error());
  x.response.Begin(Success::kOk);
  RenderToken(*x.caller.token, x.parts, &x.response.body);
  return Answered{};
}

}  // namespace latchkey::api
