// Accounts: list, show, open.
#include <functional>
#include <optional>
#include <set>

#include "api/auth.h"
#include "api/body.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/queries.h"
#include "api/render.h"

namespace latchkey::api {
namespace {

// Calls `visit` with the accounts from `after` on that the caller may see, in the order of their
// names, until it says false. A token for named accounts is not made to walk past all others.
void VisitAccounts(const Exchange& x, std::string_view after,
                   const std::function<bool(const domain::AccountRow&)>& visit) {
  const std::vector<std::string>& named = x.caller.op->accounts;
  if (named.empty()) {
    domain::KeyRange range = domain::Accounts();
    if (!after.empty()) range.from = domain::AccountKey(after) + '\0';
    x.parts.projections.Scan(range, [&](std::string_view, std::string_view value) {
      domain::AccountRow row;
      row.ParseFromArray(value.data(), static_cast<int>(value.size()));
      return visit(row);
    });
    return;
  }
  for (const std::string& name : std::set<std::string>(named.begin(), named.end())) {
    const std::optional<domain::AccountRow> row = domain::ReadAccount(x.state(), name);
    if (name > after && row && !visit(*row)) return;
  }
}

}  // namespace

Result<Next> ListAccounts(Exchange& x) {
  Queries queries(x.target, {"after", "limit"});
  const std::uint64_t limit = queries.Limit();
  if (Status valid = queries.Done(); !valid) return valid.error();

  x.response.Begin(Success::kOk);
  JsonWriter json(&x.response.body);
  json.BeginObject();
  json.Key("accounts");
  json.BeginArray();
  std::uint64_t shown = 0;
  std::string last;
  bool more = false;
  VisitAccounts(x, queries.Text("after").value_or(""), [&](const domain::AccountRow& row) {
    if (shown == limit) return more = true, false;
    RenderAccount(row, &x.response.body);
    last = row.name();
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
  if (!row) return row.error();
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  x.response.Begin(Success::kOk);
  RenderAccount(*row, &x.response.body);
  return Answered{};
}

Result<Next> PutAccount(Exchange& x) {
  const std::string name(x.params[0]);
  if (!Sees(x, name)) return Refuse(ErrorCode::kNotFound, "There is no such account.");
  Fields fields(x.body);
  fields.Check(domain::CheckAccountName(name, "/account"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, domain::OpenAccount{name}, [](Exchange& y, const Outcome& outcome) -> Status {
    const Result<domain::AccountRow> row = RequireAccount(y, y.params[0]);
    if (!row) return row.error();
    y.response.Begin(outcome.answer->created ? Success::kCreated : Success::kOk);
    RenderAccount(*row, &y.response.body);
    return {};
  });
}

}  // namespace latchkey::api
