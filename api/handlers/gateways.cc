// Gateways: list, add, show, rename, remove, deregister, accept after a restore.
#include <algorithm>
#include <chrono>
#include <set>
#include <vector>

#include "api/auth/visibility.h"
#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/key_text.h"
#include "api/handlers/labels.h"
#include "api/handlers/page.h"
#include "api/handlers/render.h"
#include "api/handlers/walk.h"
#include "api/http/limits.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/unicode.h"
#include "core/domain/attention.h"

namespace latchkey::api {
namespace {

using domain::GatewayRow;

bool Contains(const std::optional<std::string>& name, std::string_view part) {
  return name && name->find(part) != std::string::npos;
}

struct Filter {
  std::optional<std::string_view> status;
  std::optional<std::string_view> registration;
  std::optional<std::string> name;  // folded
  domain::Labels labels;
  std::optional<bool> restored;
  std::optional<bool> attention;

  // Which registrations need acceptance, and who needs attention, is not in this row: all that may
  // pass do.
  bool Passes(const domain::MemberRow& row) const {
    return (!restored || !*restored || row.registration() == domain::REGISTERED) &&
           (!status || *status == StatusName(row.status())) &&
           (!registration || *registration == RegistrationName(row.registration())) &&
           (!name || Contains(text::Fold(row.name()), *name)) &&
           std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
             return std::any_of(row.labels().begin(), row.labels().end(), [&](const auto& has) {
               return has.key() == label.first && has.value() == label.second;
             });
           });
  }
  bool Passes(const GatewayRow& row, Time ledger_time) const {
    return Passes(domain::MemberOf(row)) && (!restored || *restored == IsRestored(row)) &&
           (!attention || *attention == domain::NeedsAttention(row, ledger_time));
  }
};

Queries GatewayQueries(const Target& target) {
  return Queries(target,
                 {"status", "registration", "restored", "attention", "name", "label", "primary",
                  "after", "limit"},
                 "label");
}

std::optional<bool> Flag(std::string_view name, Queries* queries) {
  const auto text = queries->OneOf(name, {"true", "false"});
  return text ? std::optional(*text == "true") : std::nullopt;
}

Filter ReadFilter(Queries* queries) {
  Filter filter;
  filter.status = queries->OneOf("status", {"gray", "green", "red"});
  filter.registration =
      queries->OneOf("registration", {"unregistered", "registering", "registered"});
  filter.restored = Flag("restored", queries);
  filter.attention = Flag("attention", queries);
  if (const auto name = queries->Text("name")) {
    filter.name = text::Fold(*name);
    if (!filter.name) queries->Wrong("name", "This is not UTF-8.");
  }
  ReadLabelFilter(queries, &filter.labels);
  return filter;
}

// The gateway that the page before ended with; zero for the first page.
std::uint64_t ReadAfter(Queries* queries) {
  const auto after = queries->Text("after");
  if (!after || after->empty()) return 0;
  const std::optional<std::uint64_t> number = text::ParseGatewayId(*after);
  if (!number) queries->Wrong("after", "It must be the next of the page before.");
  return number.value_or(0);
}

// The gateway of `account` that is named as a primary; else kNotFound.
Result<GatewayRow> RequirePrimary(const LedgerView& ledger, const Caller& caller,
                                  std::string_view account, std::string_view id) {
  Result<GatewayRow> row = RequireGateway(ledger, caller, id);
  if (row && row->account() == account) return row;
  return Refuse(ErrorCode::kNotFound, "This account has no gateway with the id given as primary.");
}

// Writes the page of the gateways whose members' rows in the ranges pass the filter.
Task<void> RenderPage(const Lists& lists, const std::vector<domain::KeyRange>& ranges,
                      const Filter& filter, std::uint64_t limit, Call& call) {
  const LedgerView& ledger = lists.ledger;
  Page page("gateways", limit, lists.buffers, call);
  std::uint64_t last = 0;
  const Visit visit = [&](std::string_view key, std::string_view value) {
    const std::uint64_t number = domain::TrailingNumber(key);
    std::optional<GatewayRow> row;
    if (filter.Passes(domain::ParseRow<domain::MemberRow>(value))) {
      row = domain::ReadGateway(ledger.state(), number);
    }
    // The gateway may have changed since the walk's snapshot.
    const bool shown = row && !row->removed() && filter.Passes(*row, call.request.ledger_time);
    const bool added = page.Add(shown, [&](std::string* out) {
      RenderGateway(*row, ledger, call.request.ledger_time, out);
    });
    if (added) last = number;
    return added;
  };
  for (const domain::KeyRange& range : ranges) {
    if (!page.more()) co_await WalkRows(ledger.projections, range, visit);
  }
  page.End(page.more() ? text::GatewayId(last) : "");
}

// The gateways of all accounts that the caller sees, in the order of the accounts' names, from
// behind `after` on. What one may not see has no place in that order.
Result<std::vector<domain::KeyRange>> AllMembers(const LedgerView& ledger, const Caller& caller,
                                                 std::uint64_t after) {
  std::string account;
  if (after != 0) {
    const auto row = domain::ReadGateway(ledger.state(), after);
    if (!row || !Sees(caller, row->account())) {
      return Refuse(ErrorCode::kNotFound, "There is no such gateway as `after` names.");
    }
    account = row->account();
  }
  const std::string from = after == 0 ? "" : domain::MemberKey(account, after + 1);
  std::vector<domain::KeyRange> ranges;
  if (caller.who->accounts.empty()) {
    ranges = {domain::Members()};
  } else {
    const std::set<std::string> named(caller.who->accounts.begin(), caller.who->accounts.end());
    for (const std::string& name : named) ranges.push_back(domain::Members(name));
  }
  for (domain::KeyRange& range : ranges)
    range.from = std::min(std::max(range.from, from), range.until);
  return ranges;
}

Status RenderChanged(const LedgerView& ledger, const Outcome& outcome, Call& call) {
  const std::optional<GatewayRow> row =
      domain::ReadGateway(ledger.state(), outcome.answer->gateway);
  if (!row) return Refuse(ErrorCode::kNotFound, "There is no such gateway.");
  call.response.Begin(Success::kOk);
  call.response.etag = ETag(*row);
  RenderGateway(*row, ledger, call.request.ledger_time, &call.response.body);
  return {};
}

Status RenderAdded(const LedgerView& ledger, const Outcome& outcome, Call& call) {
  const std::optional<GatewayRow> row =
      domain::ReadGateway(ledger.state(), outcome.answer->gateway);
  const std::optional<domain::KeyRow> key =
      row ? domain::ReadKey(ledger.state(), *row, outcome.answer->generation) : std::nullopt;
  if (!key) return Refuse(ErrorCode::kNotFound, "There is no such gateway.");
  call.response.Begin(Success::kCreated);
  call.response.etag = ETag(*row);
  call.response.location = "/v1/gateways/" + text::GatewayId(row->number());
  JsonWriter json(&call.response.body);
  json.BeginObject();
  RenderGatewayMembers(*row, ledger, call.request.ledger_time, &json);
  RenderKeyText(ledger, &call.response, outcome, *row, *key, &json);
  json.EndObject();
  return {};
}

}  // namespace

Task<Status> ListGateways(const Lists& lists, Call& call) {
  const LedgerView& ledger = lists.ledger;
  const Result<domain::AccountRow> account =
      RequireAccount(ledger, call.caller, call.request.params[0]);
  if (!account) co_return account.error();
  Queries queries = GatewayQueries(call.request.uri);
  domain::KeyRange range = domain::Members(account->name());
  const std::optional<std::string_view> primary = queries.Text("primary");
  std::uint64_t primary_number = 0;
  if (primary) {
    const Result<GatewayRow> row = RequirePrimary(ledger, call.caller, account->name(), *primary);
    if (!row) co_return row.error();
    primary_number = row->number();
    range = domain::Secondaries(primary_number);
  }
  const Filter filter = ReadFilter(&queries);
  const std::uint64_t limit = queries.Limit();
  if (const std::uint64_t after = ReadAfter(&queries); after >= ledger_limits::kMaxGatewayNumber) {
    range.from = range.until;
  } else if (after != 0) {
    range.from = primary ? domain::SecondaryKey(primary_number, after + 1)
                         : domain::MemberKey(account->name(), after + 1);
  }
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  call.response.Begin(Success::kOk);
  const std::vector<domain::KeyRange> ranges(1, range);
  co_await RenderPage(lists, ranges, filter, limit, call);
  co_return Status();
}

Task<Status> ListAllGateways(const Lists& lists, Call& call) {
  Queries queries = GatewayQueries(call.request.uri);
  if (queries.Text("primary")) queries.Wrong("primary", "Ask the primary's account for it.");
  const Filter filter = ReadFilter(&queries);
  const std::uint64_t limit = queries.Limit();
  const std::uint64_t after = ReadAfter(&queries);
  if (Status valid = queries.Done(); !valid) co_return valid.error();
  const auto ranges = AllMembers(lists.ledger, call.caller, after);
  if (!ranges) co_return ranges.error();
  call.response.Begin(Success::kOk);
  co_await RenderPage(lists, *ranges, filter, limit, call);
  co_return Status();
}

Task<Status> PostGateway(const Writes& writes, Call& call) {
  const Result<domain::AccountRow> account =
      RequireAccount(writes.ledger, call.caller, call.request.params[0]);
  if (!account) co_return account.error();
  domain::AddGateway add{account->name(), {}, 0, ledger_limits::kDefaultKeyLifetime};
  Fields fields(call.request.json);
  if (const auto primary = fields.String("primary")) {
    const Result<GatewayRow> row =
        RequirePrimary(writes.ledger, call.caller, account->name(), *primary);
    if (!row) co_return row.error();
    add.primary = row->number();
  }
  add.name = fields.Name("name", domain::GatewayName);
  add.labels = ReadLabels(&fields);
  add.note = ReadNote(&fields);
  if (const auto seconds = fields.Integer("expires_in_seconds")) {
    fields.Check(domain::CheckKeyLifetime(*seconds, "/expires_in_seconds"));
    add.key_lifetime = std::chrono::seconds(*seconds);
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = std::move(add);
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderAdded(writes.ledger, *outcome, call);
}

Status GetGateway(const LedgerView& ledger, Call& call) {
  const Result<GatewayRow> row = GatewayOfPath(ledger, &call);
  if (!row) return row.error();
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  if (row->removed()) return Refuse(ErrorCode::kGatewayRemoved, "This gateway was removed.");
  call.response.Begin(Success::kOk);
  call.response.etag = ETag(*row);
  RenderGateway(*row, ledger, call.request.ledger_time, &call.response.body);
  return {};
}

Task<Status> PatchGateway(const Writes& writes, Call& call) {
  const Result<GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  Fields fields(call.request.json);
  domain::ChangeGateway change{row->number()};
  if (fields.Has("name")) change.name = fields.Name("name", domain::GatewayName);
  if (fields.Has("labels")) change.labels = ReadLabels(&fields);
  if (fields.Has("note")) change.note = ReadNote(&fields);
  if (!change.name && !change.labels && !change.note) {
    fields.Check(Invalid("", "Give a name, labels or a note."));
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = std::move(change);
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderChanged(writes.ledger, *outcome, call);
}

Task<Status> DeleteGateway(const Writes& writes, Call& call) {
  const Result<GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::RemoveGateway{row->number()};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Task<Status> PostDeregister(const Writes& writes, Call& call) {
  const Result<GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  Fields fields(call.request.json);
  const std::string reason(fields.String("reason").value_or(""));
  fields.Check(domain::CheckText(reason, ledger_limits::kMaxReasonChars, "/reason"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::DeregisterGateway{row->number(), reason};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderChanged(writes.ledger, *outcome, call);
}

Task<Status> PostAccept(const Writes& writes, Call& call) {
  const Result<GatewayRow> row = GatewayOfPath(writes.ledger, &call);
  if (!row) co_return row.error();
  const Fields fields(call.request.json);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = domain::AcceptRegistration{row->number()};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  co_return RenderChanged(writes.ledger, *outcome, call);
}

// Of one account, or of all: only who sees all accounts may say that of all.
Task<Status> PostAcceptAll(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  domain::AcceptRegistrations accept;
  const auto account = fields.String("account");
  const bool all = fields.Bool("all", false);
  if (account) {
    const Result<domain::AccountRow> row = RequireAccount(writes.ledger, call.caller, *account);
    if (!row) co_return row.error();
    accept.account = row->name();
  } else if (all && !Sees(call.caller, "")) {
    co_return Refuse(ErrorCode::kForbidden,
                     "You are an operator of named accounts. Name one of them as account.");
  }
  if (account.has_value() == all) {
    fields.Check(Invalid("", "Give either an account, or all: true."));
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) co_return valid.error();
  domain::Command command = std::move(accept);
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

}  // namespace latchkey::api
