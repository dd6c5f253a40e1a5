#include "api/handlers/render.h"

#include <optional>

#include <boost/json/serialize.hpp>

#include "api/call/event_json.h"
#include "api/call/names.h"
#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/base/time_text.h"
#include "core/crypto/hash.h"
#include "core/domain/judge.h"
#include "core/domain/renewals.h"
#include "core/domain/state.h"
#include "core/log/note.h"
#include "core/log/recovery_record.h"
#include "events/actor_text.h"

namespace latchkey::api {
namespace {

using domain::GatewayRow;
using domain::KeyRow;

std::string_view KeyStateName(const GatewayRow& row, Time ledger_time) {
  switch (row.key().state()) {
    case domain::KEY_ACTIVE:
      // Judged by time, as a redemption is; the event follows soon after.
      return domain::HasActiveKey(row, ledger_time) ? "active" : "expired";
    case domain::KEY_REDEEMED:
      return "redeemed";
    case domain::KEY_SUPERSEDED:
      return "superseded";
    case domain::KEY_REVOKED:
      return "revoked";
    case domain::KEY_EXPIRED:
      return "expired";
    default:
      return "";
  }
}

void RenderHost(const events::Personal* personal, JsonWriter* json) {
  json->Key("host");
  json->BeginObject();
  json->MemberOrNull("hostname", personal == nullptr ? "" : personal->hostname());
  json->MemberOrNull("os", personal == nullptr ? "" : personal->os());
  json->MemberOrNull("version", personal == nullptr ? "" : personal->host_version());
  json->EndObject();
}

void RenderCertificate(const domain::Registration& registration, bool renews, JsonWriter* json) {
  json->Key("certificate");
  json->BeginObject();
  json->Member("serial", registration.serial());
  json->Member("not_after", text::FormatTime(registration.not_after_us()));
  if (renews) {
    json->Member("renew_after", text::FormatTime(ToMicros(domain::RenewAfter(registration))));
  }
  json->Member("sha256", text::ToHex(registration.certificate_sha256()));
  json->EndObject();
}

void RenderKey(const GatewayRow& row, const LedgerView& ledger, Time ledger_time,
               JsonWriter* json) {
  json->Key("registration_key");
  if (!row.has_key()) return json->Null();
  const KeyRow& key = row.key();
  json->BeginObject();
  json->Number("generation", key.generation());
  json->Member("state", KeyStateName(row, ledger_time));
  json->Member("issued_at", text::FormatTime(key.issued_us()));
  // Nobody issues a key who is known by address alone.
  json->Member("issued_by", events::ActorText(key.issued_by(), ""));
  json->Member("expires_at", text::FormatTime(key.expires_us()));
  TimeMember("redeemed_at", key.redeemed_us(), json);
  std::optional<events::Personal> personal;
  if (key.has_redeemed_personal()) personal = ledger.subjects.Open(key.redeemed_personal());
  json->MemberOrNull("redeemed_from", personal ? personal->address() : "");
  json->EndObject();
}

void RenderPending(const GatewayRow& row, const LedgerView& ledger, JsonWriter* json) {
  json->Key("pending");
  if (!row.has_pending()) return json->Null();
  const domain::Registration& pending = row.pending();
  std::optional<events::Personal> personal;
  if (pending.has_personal()) personal = ledger.subjects.Open(pending.personal());
  json->BeginObject();
  json->Member("since", text::FormatTime(pending.since_us()));
  json->Member("confirm_by", text::FormatTime(pending.confirm_by_us()));
  RenderHost(personal ? &*personal : nullptr, json);
  json->MemberOrNull("redeemed_from", personal ? personal->address() : "");
  RenderCertificate(pending, false, json);
  json->EndObject();
}

void RenderFailure(const GatewayRow& row, const LedgerView& ledger, JsonWriter* json) {
  json->Key("last_failure");
  if (!row.has_last_failure()) return json->Null();
  const domain::Failure& failure = row.last_failure();
  std::optional<events::Personal> personal;
  if (failure.has_personal()) personal = ledger.subjects.Open(failure.personal());
  json->BeginObject();
  json->Member("reason", failure.reason());
  json->MemberOrNull("detail", personal ? personal->detail() : "");
  json->Member("at", text::FormatTime(failure.at_us()));
  json->EndObject();
}

// last_seen_at, last_seen_from and version: soft state, behind what events say of the version.
void RenderSeen(const GatewayRow& row, const LedgerView& ledger, JsonWriter* json) {
  const std::optional<projections::Seen> seen = ledger.presence.Get(row.number());
  TimeMember("last_seen_at", seen ? ToMicros(seen->at) : 0, json);
  std::optional<events::Personal> personal;
  if (seen && seen->address) personal = ledger.subjects.Open(*seen->address);
  json->MemberOrNull("last_seen_from", personal ? personal->address() : "");
  json->MemberOrNull("version", seen && !seen->version.empty() ? seen->version : row.version());
}

template <typename Names>
void AccountsMember(const Names& accounts, JsonWriter* json) {
  json->Key("accounts");
  if (accounts.empty()) return json->Null();
  json->BeginArray();
  for (const std::string& account : accounts) json->String(account);
  json->EndArray();
}

void RenderOperator(const Operator& who, const LedgerView& ledger, JsonWriter* json) {
  const bool by_token = who.kind == Operator::Kind::kToken;
  std::string name = who.name;
  if (by_token) {
    const auto row = domain::ReadToken(ledger.projections.state(), who.token);
    name = row ? NameOf(*row, ledger) : "";
  } else if (name.empty()) {  // of a session that has outlived a restart
    const auto row = domain::ReadPerson(ledger.projections.state(), who.person);
    const auto personal = row ? ledger.subjects.Open(row->personal()) : std::nullopt;
    name = personal ? personal->operator_name() : "";
  }
  json->BeginObject();
  json->Member("kind", by_token ? "token" : "person");
  json->Member("id", who.id);
  json->MemberOrNull("name", name);
  json->MemberOrNull("role", who.role ? domain::RoleName(*who.role) : std::string_view());
  AccountsMember(who.accounts, json);
  TimeMember("expires_at", who.expires ? ToMicros(*who.expires) : 0, json);
  json->EndObject();
}

void RenderRuns(std::string_view name, const log::Runs& runs, JsonWriter* json) {
  json->Key(name);
  json->BeginObject();
  if (runs.good) {
    json->Member("at", text::FormatTime(ToMicros(runs.good->at)));
    json->Number("size", runs.good->size);
  } else {
    json->NullMember("at");
    json->NullMember("size");
  }
  json->MemberOrNull("failed_at",
                     runs.failed ? text::FormatTime(ToMicros(runs.failed->at)) : std::string());
  json->EndObject();
}

std::uint64_t RestoredFor(const LedgerView& ledger, const Operator& who) {
  std::uint64_t restored = 0;
  if (ledger.restored == nullptr) return restored;
  for (const auto& [account, count] : ledger.restored->ByAccount()) {
    if (Sees(who, account)) restored += count;
  }
  return restored;
}

}  // namespace

void TimeMember(std::string_view key, std::int64_t time_us, JsonWriter* json) {
  json->MemberOrNull(key, time_us == 0 ? std::string() : text::FormatTime(time_us));
}

std::string_view RegistrationName(domain::RegistrationState registration) {
  switch (registration) {
    case domain::REGISTERING:
      return "registering";
    case domain::REGISTERED:
      return "registered";
    default:  // UNREGISTERED; a protobuf enum is open
      return "unregistered";
  }
}

std::string_view ReasonName(std::optional<domain::RedReason> reason) {
  if (!reason) return "";
  switch (*reason) {
    case domain::RedReason::kNotSeen:
      return "not_seen";
    case domain::RedReason::kCertificateExpired:
      return "certificate_expired";
    case domain::RedReason::kFlapping:
      return "flapping";
  }
  return "";
}

std::string_view StatusName(domain::GatewayStatus status) {
  switch (status) {
    case domain::GREEN:
      return "green";
    case domain::RED:
      return "red";
    default:  // GRAY; a protobuf enum is open
      return "gray";
  }
}

std::string_view RoleName(const GatewayRow& row) {
  return row.primary() == 0 ? "primary" : "secondary";
}

void RenderLabels(const GatewayRow& row, JsonWriter* json) {
  json->Key("labels");
  json->BeginObject();
  for (const events::Label& label : row.labels()) json->Member(label.key(), label.value());
  json->EndObject();
}

std::string ETag(const GatewayRow& row) { return '"' + std::to_string(row.events()) + '"'; }

void RenderGatewayMembers(const GatewayRow& row, const LedgerView& ledger, Time ledger_time,
                          JsonWriter* json) {
  json->Member("id", text::GatewayId(row.number()));
  json->Member("account", row.account());
  json->Member("name", row.name());
  RenderLabels(row, json);
  std::optional<events::Personal> noted;
  if (row.has_note()) noted = ledger.subjects.Open(row.note());
  json->MemberOrNull("note", noted ? noted->note() : std::string_view());
  json->Member("role", RoleName(row));
  json->MemberOrNull("primary", row.primary() == 0 ? "" : text::GatewayId(row.primary()));
  json->Member("status", StatusName(domain::StatusOf(row)));
  json->MemberOrNull("status_reason", ReasonName(domain::RedReasonOf(row, ledger_time)));
  json->Member("registration", RegistrationName(domain::RegistrationOf(row)));
  json->MemberOrNull("connection",
                     !row.has_current() ? "" : (row.connected() ? "connected" : "disconnected"));
  json->Key("restored");
  json->Bool(domain::IsRestored(row));
  RenderSeen(row, ledger, json);
  if (row.has_current()) {
    std::optional<events::Personal> personal;
    if (row.current().has_personal()) personal = ledger.subjects.Open(row.current().personal());
    RenderHost(personal ? &*personal : nullptr, json);
  } else {
    json->NullMember("host");
  }
  RenderKey(row, ledger, ledger_time, json);
  RenderPending(row, ledger, json);
  if (row.has_current()) {
    RenderCertificate(row.current(), true, json);
  } else {
    json->NullMember("certificate");
  }
  RenderFailure(row, ledger, json);
  json->Member("created_at", text::FormatTime(row.created_us()));
  json->Number("sequence", row.sequence());
}

void RenderGateway(const GatewayRow& row, const LedgerView& ledger, Time ledger_time,
                   std::string* out) {
  JsonWriter json(out);
  json.BeginObject();
  RenderGatewayMembers(row, ledger, ledger_time, &json);
  json.EndObject();
}

void RenderAccount(const domain::AccountRow& row, std::string* out) {
  JsonWriter json(out);
  json.BeginObject();
  json.Member("account", row.name());
  json.Member("opened_at", text::FormatTime(row.opened_us()));
  json.Number("sequence", row.sequence());
  json.EndObject();
}

void RenderTokenMembers(const domain::TokenRow& row, const LedgerView& ledger, JsonWriter* json) {
  json->Member("id", text::TokenId(row.number()));
  json->MemberOrNull("name", NameOf(row, ledger));
  json->Member("role", row.role());
  AccountsMember(row.accounts(), json);
  TimeMember("expires_at", row.expires_us(), json);
  TimeMember("created_at", row.created_us(), json);
  TimeMember("rotated_at", row.rotated_us(), json);
  TimeMember("expired_at", row.expired_us(), json);
  TimeMember("revoked_at", row.revoked_us(), json);
  const std::optional<Time> used = ledger.presence.LastUse(row.number());
  TimeMember("last_used_at", used ? ToMicros(*used) : 0, json);
}

void RenderToken(const domain::TokenRow& row, const LedgerView& ledger, std::string* out) {
  JsonWriter json(out);
  json.BeginObject();
  RenderTokenMembers(row, ledger, &json);
  json.EndObject();
}

namespace {

// When it ends at the latest.
Time EndOf(const OperatorSession& session, const LedgerView& ledger) {
  return std::min(ledger.clock.Now() + (session.ends - ledger.clock.Steady()),
                  session.who.expires.value_or(Time::max()));
}

}  // namespace

void RenderListedSession(const ListedSession& session, bool current, const LedgerView& ledger,
                         std::string* out) {
  const OperatorSession& details = session.details;
  JsonWriter json(out);
  json.BeginObject();
  json.Member("id", session.id);
  json.Key("operator");
  RenderOperator(details.who, ledger, &json);
  json.Member("signed_in_at", text::FormatTime(ToMicros(details.signed_in)));
  json.Member("last_used_at", text::FormatTime(ToMicros(details.last_used)));
  json.Member("ends_at", text::FormatTime(ToMicros(EndOf(details, ledger))));
  json.MemberOrNull("from", session.from.address);
  json.MemberOrNull("agent", session.from.agent);
  json.Key("current");
  json.Bool(current);
  json.EndObject();
}

void RenderSession(const OperatorSession& session, std::string_view csrf_token,
                   const LedgerView& ledger, JsonWriter* json) {
  const Operator& who = session.who;
  const Time now = ledger.clock.Now();
  const Micros steady = ledger.clock.Steady();
  const Time ends = EndOf(session, ledger);
  json->BeginObject();
  json->Key("operator");
  RenderOperator(who, ledger, json);
  json->Member("csrf_token", csrf_token);
  json->Member("signed_in_at", text::FormatTime(ToMicros(session.signed_in)));
  json->Member("idle_expires_at",
               text::FormatTime(ToMicros(std::min(now + (session.idles - steady), ends))));
  json->Member("expires_at", text::FormatTime(ToMicros(ends)));
  json->MemberOrNull("gateways_url", ledger.gateways_url);
  json->Member("ca_sha256", "sha256:" + text::ToHex(ledger.ServerCaSha256()));
  json->Key("read_only");
  json->Bool(ledger.only_token.has_value());
  json->EndObject();
}

namespace {

void RenderHead(const log::Head& head, JsonWriter* json) {
  json->Number("size", head.size);
  json->Member("root_hash", text::ToBase64(head.root));
}

void RenderCheckpoint(const LedgerView& ledger, JsonWriter* json) {
  const auto latest = ledger.checkpoint ? ledger.checkpoint() : nullptr;
  json->Key("checkpoint");
  if (!latest) return json->Null();
  json->BeginObject();
  RenderHead(latest->head, json);
  json->Member("at", text::FormatTime(ToMicros(latest->at)));
  json->EndObject();
}

void RenderWitnesses(const LedgerView& ledger, JsonWriter* json) {
  json->Key("witnesses");
  json->BeginArray();
  for (const witness::WitnessState& state :
       ledger.witnesses ? ledger.witnesses() : std::vector<witness::WitnessState>()) {
    json->BeginObject();
    json->Member("name", state.name);
    json->Key("size");
    state.cosigned ? json->Unsigned(state.cosigned->size) : json->Null();
    json->MemberOrNull("at", state.at ? text::FormatTime(ToMicros(*state.at)) : "");
    json->EndObject();
  }
  json->EndArray();
}

}  // namespace

void RenderLedger(const LedgerView& ledger, const Operator& who, std::string* out) {
  const domain::LedgerRow row =
      domain::ReadLedger(ledger.projections.state()).value_or(domain::LedgerRow());
  const log::Head head = ledger.log.head();
  JsonWriter json(out);
  json.BeginObject();
  json.Member("id", text::ToHex(row.ledger_id()));
  json.Member("epoch", ledger.epoch);
  RenderHead(head, &json);
  json.Member("ca_sha256", text::ToHex(crypto::Sha256(row.ca_certificate())));
  json.Member("ca_not_after", text::FormatTime(ToMicros(ledger.ca.not_after())));
  json.Member("server_ca_sha256", text::ToHex(ledger.ServerCaSha256()));
  json.Member("server_version", LATCHKEY_VERSION);
  json.MemberOrNull("trust_domain", row.trust_domain());
  json.Member("origin", row.origin());
  json.Member("vkey", log::VerifierKey({row.origin(), row.checkpoint_public_key()}));
  RenderCheckpoint(ledger, &json);
  RenderWitnesses(ledger, &json);
  json.Number("restored", RestoredFor(ledger, who));
  if (Sees(who, "")) {
    const log::RecoveryRecord record = ledger.recovery ? ledger.recovery() : log::RecoveryRecord();
    RenderRuns("backup", record.backup, &json);
    RenderRuns("drill", record.drill, &json);
    json.Key("checkpoint_file");
    json.Bool(ledger.checkpoint_copy);
    json.Number("gateways_without_ca",
                ledger.gateway_counts == nullptr ? 0 : ledger.gateway_counts->Get().without_ca);
  }
  json.EndObject();
}

void RenderEvent(const events::Event& event, const LedgerView& ledger, std::string* out) {
  JsonWriter(out).Raw(boost::json::serialize(EventJson(event, ledger)));
}

}  // namespace latchkey::api
