// Accounts: list, show, open.
#include <functional>
#include <optional>
#include <set>

#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/handlers/walk.h"

namespace latchkey::api {
namespace {

// Calls `visit` with the accounts from `after` on that the caller may see, in the order of their
// names, until it says false. A token for named accounts is not made to walk past all others.
Task<void> VisitAccounts(const LedgerView& ledger, const Caller& caller, std::string_view after,
                         const std::function<bool(const domain::AccountRow&)>& visit) {
  const std::vector<std::string>& named = caller.who->accounts;
  if (named.empty()) {
    domain::KeyRange range = domain::Accounts();
    if (!after.empty()) range.from = domain::AccountKey(after) + '\0';
    const Visit visit_row = [&](std::string_view, std::string_view value) {
      return visit(domain::ParseRow<domain::AccountRow>(value));
    };
    co_await WalkRows(ledger.projections, range, visit_row);
    co_return;
  }
  for (const std::string& name : std::set<std::string>(named.begin(), named.end())) {
    const std::optional<domain::AccountRow> row = domain::ReadAccount(ledger.state(), name);
    if (name > after && row && !visit(*row)) co_return;
  }
}

}  // namespace

Task<Status> ListAccounts(const Lists& lists, Call& call) {
  Queries queries(call.request.uri, {"after", "limit"});
  const std::uint64_t limit = queries.Limit();
  if (Status valid = queries.Done(); !valid) co_return valid.error();

  call.response.Begin(Success::kOk);
  const LedgerView& ledger = lists.ledger;
  Page page("accounts", limit, lists.buffers, call);
  std::string last;
  const std::string_view after = queries.Text("after").value_or("");
  const std::function<bool(const domain::AccountRow&)> visit = [&](const domain::AccountRow& row) {
    if (!page.Add(true, [&](std::string* out) { RenderAccount(row, out); })) return false;
    last = row.name();
    return true;
  };
  co_await VisitAccounts(ledger, call.caller, after, visit);
  page.End(page.more() ? last : "");
  co_return Status();
}

Status GetAccount(const LedgerView& ledger, Call& call) {
  const Result<domain::AccountRow> row =
      RequireAccount(ledger, call.caller, call.request.params[0]);
  if (!row) return row.error();
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  call.response.Begin(Success::kOk);
  RenderAccount(*row, &call.response.body);
  return {};
}

Task<Status> PutAccount(const Writes& writes, Call& call) {
  const std::string name(call.request.params[0]);
  if (!Sees(call.caller, name)) co_return Refuse(ErrorCode::kNotFound, "There is no such account.");
  Fields fields(call.request.json);
  fields.Check(domain::CheckAccountName(name, "/account"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::OpenAccount{name};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  const Result<domain::AccountRow> row = RequireAccount(writes.ledger, call.caller, name);
  if (!row) co_return row.error();
  call.response.Begin(outcome->answer->created ? Success::kCreated : Success::kOk);
  RenderAccount(*row, &call.response.body);
  co_return Status();
}

}  // namespace latchkey::api
