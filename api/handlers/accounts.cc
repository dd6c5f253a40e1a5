// Accounts: list, show, open, and how they stand.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>

#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/handlers/walk.h"
#include "api/http/limits.h"
#include "core/base/time_text.h"
#include "events/codec.h"

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

// Counts on with all who ask, until the counts are young enough.
Task<void> CountAccounts(const Lists& lists, Time ledger_time) {
  Turn turn;
  const LedgerView& ledger = lists.ledger;
  while (!lists.account_counts.CountOn(ledger.projections, ledger_time, ledger.clock.Steady(),
                                       limits::kAccountCountsAge, limits::kCountedAtOnce)) {
    co_await turn.LetOthers();
  }
}

// When an event last changed the account or a gateway of it.
Result<std::int64_t> LastEvent(const LedgerView& ledger, const domain::AccountRow& account,
                               const projections::AccountCount& count) {
  const std::uint64_t sequence = std::max(account.sequence(), count.last_sequence);
  const auto event = ledger.log.Read(sequence).and_then(events::Decode);
  if (!event) return event.error();
  return event->time_us();
}

void RenderStanding(const domain::AccountRow& row, const projections::AccountCount& count,
                    std::int64_t last_us, std::string* out) {
  JsonWriter json(out);
  json.BeginObject();
  json.Member("account", row.name());
  json.Member("opened_at", text::FormatTime(row.opened_us()));
  json.Member("last_event_at", text::FormatTime(last_us));
  json.Key("gateways");
  json.BeginObject();
  json.Number("green", count.green);
  json.Number("red", count.red);
  json.Number("gray", count.gray);
  json.Number("attention", count.attention);
  json.EndObject();
  json.EndObject();
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

Task<Status> ListOverview(const Lists& lists, Call& call) {
  Queries queries(call.request.uri, {"after", "limit"});
  const std::uint64_t limit = queries.Limit();
  if (Status valid = queries.Done(); !valid) co_return valid.error();

  const LedgerView& ledger = lists.ledger;
  co_await CountAccounts(lists, call.request.ledger_time);
  call.response.Begin(Success::kOk);
  Page page("accounts", limit, lists.buffers, call);
  std::string last;
  Status read;
  const std::function<bool(const domain::AccountRow&)> visit = [&](const domain::AccountRow& row) {
    const auto count = lists.account_counts.Get(row.name()).value_or(projections::AccountCount());
    const auto last_us = LastEvent(ledger, row, count);
    if (!last_us) {
      read = last_us.error();
      return false;
    }
    if (!page.Add(true, [&](auto* out) { RenderStanding(row, count, *last_us, out); }))
      return false;
    last = row.name();
    return true;
  };
  const std::string_view after = queries.Text("after").value_or("");
  co_await VisitAccounts(ledger, call.caller, after, visit);
  if (!read) co_return read.error();
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
