// Gateways: list, add, show, rename, remove, deregister.
#include <algorithm>
#include <chrono>

#include "api/auth.h"
#include "api/body.h"
#include "api/fold_case.h"
#include "api/handlers.h"
#include "api/json_writer.h"
#include "api/key_text.h"
#include "api/limits.h"
#include "api/queries.h"
#include "api/render.h"
#include "core/base/limits.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

using domain::GatewayRow;

struct Filter {
  std::optional<std::string_view> status;
  std::optional<std::string_view> registration;
  std::optional<std::string> name;  // folded

  bool Passes(const GatewayRow& row) const {
    return (!status || *status == StatusName(row)) &&
           (!registration || *registration == RegistrationName(row)) &&
           (!name || FoldCase(row.name()).value_or("").find(*name) != std::string::npos);
  }
};

// Writes the page out of the rows of `range`, whose keys end in gateway numbers.
void RenderPage(const domain::KeyRange& range, const Filter& filter, std::uint64_t limit,
                Exchange* x) {
  std::string& out = x->response.body;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("gateways");
  json.BeginArray();
  std::uint64_t shown = 0;
  std::size_t looked_at = 0;
  std::uint64_t last = 0;  // the page ends with it
  bool more = false;
  x->parts.projections.Scan(range, [&](std::string_view key, std::string_view) {
    const std::uint64_t number = domain::TrailingNumber(key);
    const bool full = looked_at == limits::kMaxScannedRows || out.size() > limits::kMaxPageBytes;
    if (full) return more = true, false;
    ++looked_at;
    const std::optional<GatewayRow> row = domain::ReadGateway(x->state(), number);
    if (row && !row->removed() && filter.Passes(*row)) {
      if (shown == limit) return more = true, false;
      json.BeginObject();
      RenderGatewayMembers(*row, x->parts, x->ledger_time, &json);
      json.EndObject();
      ++shown;
    }
    last = number;
    return true;
  });
  json.EndArray();
  json.MemberOrNull("next", more ? text::GatewayId(last) : "");
  json.EndObject();
}

Status RenderChanged(Exchange& x, const Outcome& outcome) {
  const std::optional<GatewayRow> row = domain::ReadGateway(x.state(), outcome.answer->gateway);
  if (!row) return Refuse(ErrorCode::kNotFound, "There is no such gateway.");
  x.response.Begin(Success::kOk);
  x.response.etag = ETag(*row);
  RenderGateway(*row, x.parts, x.ledger_time, &x.response.body);
  return {};
}

Status RenderAdded(Exchange& x, const Outcome& outcome) {
  const std::optional<GatewayRow> row = domain::ReadGateway(x.state(), outcome.answer->gateway);
  const std::optional<domain::KeyRow> key =
      row ? domain::ReadKey(x.state(), *row, outcome.answer->generation) : std::nullopt;
  if (!key) return Refuse(ErrorCode::kNotFound, "There is no such gateway.");
  x.response.Begin(Success::kCreated);
  x.response.etag = ETag(*row);
  x.response.location = "/v1/gateways/" + text::GatewayId(row->number());
  JsonWriter json(&x.response.body);
  json.BeginObject();
  RenderGatewayMembers(*row, x.parts, x.ledger_time, &json);
  RenderKeyText(&x, outcome, *row, *key, &json);
  json.EndObject();
  return {};
}

}  // namespace

Result<Next> ListGateways(Exchange& x) {
  const Result<domain::AccountRow> account = RequireAccount(x, x.params[0]);
  if (!account) return account.error();
  Queries queries(x.target, {"status", "registration", "name", "primary", "after", "limit"});
  domain::KeyRange range = domain::Members(account->name());
  const std::optional<std::string_view> primary = queries.Text("primary");
  std::uint64_t primary_number = 0;
  if (primary) {
    const Result<GatewayRow> row = FindNamedGateway(x, *primary);
    if (!row || row->account() != account->name()) {
      return Refuse(ErrorCode::kNotFound,
                    "This account has no gateway of the id given as primary.");
    }
    primary_number = row->number();
    range = domain::Secondaries(primary_number);
  }
  Filter filter;
  filter.status = queries.OneOf("status", {"gray", "green", "red"});
  filter.registration =
      queries.OneOf("registration", {"unregistered", "registering", "registered"});
  if (const auto name = queries.Text("name")) {
    filter.name = FoldCase(*name);
    if (!filter.name) queries.Wrong("name", "This is not UTF-8.");
  }
  const std::uint64_t limit = queries.Limit();
  if (const auto after = queries.Text("after"); after && !after->empty()) {
    const std::optional<std::uint64_t> number = text::ParseGatewayId(*after);
    if (!number) {
      queries.Wrong("after", "It must be the next of the page before.");
    } else if (*number < latchkey::limits::kMaxGatewayNumber) {
      range.from = primary ? domain::SecondaryKey(primary_number, *number + 1)
                           : domain::MemberKey(account->name(), *number + 1);
    } else {
      range.from = range.until;
    }
  }
  if (Status valid = queries.Done(); !valid) return valid.error();
  x.response.Begin(Success::kOk);
  RenderPage(range, filter, limit, &x);
  return Answered{};
}

Result<Next> PostGateway(Exchange& x) {
  const Result<domain::AccountRow> account = RequireAccount(x, x.params[0]);
  if (!account) return account.error();
  domain::AddGateway command{account->name(), {}, 0, latchkey::limits::kDefaultKeyLifetime};
  Fields fields(x.body);
  if (const auto primary = fields.String("primary")) {
    const Result<GatewayRow> row = FindNamedGateway(x, *primary);
    if (!row || row->account() != account->name()) {
      return Refuse(ErrorCode::kNotFound,
                    "This account has no gateway of the id given as primary.");
    }
    command.primary = row->number();
  }
  command.name = fields.RequiredString("name");
  if (fields.Sound("name")) fields.Check(domain::CheckGatewayName(command.name, "/name"));
  if (const auto seconds = fields.Integer("expires_in_seconds")) {
    fields.Check(domain::CheckKeyLifetime(*seconds, "/expires_in_seconds"));
    command.key_lifetime = std::chrono::seconds(*seconds);
  }
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, std::move(command), RenderAdded);
}

Result<Next> GetGateway(Exchange& x) {
  const Result<GatewayRow> row = RequireGateway(&x, x.params[0]);
  if (!row) return row.error();
  const Queries queries(x.target, {});
  if (Status valid = queries.Done(); !valid) return valid.error();
  if (row->removed()) return Refuse(ErrorCode::kGatewayRemoved, "This gateway was removed.");
  x.response.Begin(Success::kOk);
  x.response.etag = ETag(*row);
  RenderGateway(*row, x.parts, x.ledger_time, &x.response.body);
  return Answered{};
}

Result<Next> PatchGateway(Exchange& x) {
  const Result<GatewayRow> row = RequireGateway(&x, x.params[0]);
  if (!row) return row.error();
  Fields fields(x.body);
  const std::string name(fields.RequiredString("name"));
  if (fields.Sound("name")) fields.Check(domain::CheckGatewayName(name, "/name"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, domain::RenameGateway{row->number(), name}, RenderChanged);
}

Result<Next> DeleteGateway(Exchange& x) {
  const Result<GatewayRow> row = RequireGateway(&x, x.params[0]);
  if (!row) return row.error();
  const Fields fields(x.body);
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, domain::RemoveGateway{row->number()}, [](Exchange& y, const Outcome&) -> Status {
    y.response.Begin(Success::kNoContent);
    return {};
  });
}

Result<Next> PostDeregister(Exchange& x) {
  const Result<GatewayRow> row = RequireGateway(&x, x.params[0]);
  if (!row) return row.error();
  Fields fields(x.body);
  const std::string reason(fields.String("reason").value_or(""));
  fields.Check(domain::CheckText(reason, latchkey::limits::kMaxReasonChars, "/reason"));
  if (Status valid = fields.Done(Fields::Unknown::kRefused); !valid) return valid.error();
  return Submit(x, domain::DeregisterGateway{row->number(), reason}, RenderChanged);
}

}  // namespace latchkey::api
