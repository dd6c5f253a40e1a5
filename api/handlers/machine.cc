// What a gateway does with its certificate: check in, report a failed installation, look at itself,
// end its own identity.
#include <algorithm>

#include <boost/json/array.hpp>

#include "api/call/json_body.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/render.h"
#include "api/http/limits.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "events/codec.h"
#include "projections/history_query.h"

namespace latchkey::api {
namespace {

using domain::CertificateRow;
using domain::GatewayRow;

constexpr std::uint64_t kMaxEndsLookedAt = 16;

// The address from which a gateway was seen last; empty when that cannot be known.
std::string AddressOf(const Writes& writes, const std::optional<projections::Seen>& last) {
  if (!last || !last->address) return "";
  const auto opened = writes.ledger.subjects.Open(*last->address);
  return opened ? opened->address() : "";
}

// Sealed anew only when it is another than last time: under one key random nonces may serve 2^32
// times (NIST SP 800-38D, 8.3), which the check-ins of a large account alone would reach in weeks.
// Nothing when it cannot be sealed now.
std::optional<events::Sealed> SealedAddress(const Writes& writes, const std::string& address,
                                            const GatewayRow& row,
                                            const std::optional<projections::Seen>& last) {
  if (last && last->address && AddressOf(writes, last) == address) return last->address;
  const std::optional<domain::AccountRow> account =
      domain::ReadAccount(writes.ledger.state(), row.account());
  if (!account) return std::nullopt;
  events::Personal personal;
  personal.set_address(address);
  Result<events::Sealed> sealed = writes.subjects.Seal(account->subject(), personal, writes.random);
  if (!sealed) return std::nullopt;
  return *std::move(sealed);
}

// What became of messages that the gateway was given.
std::vector<domain::Acknowledgement> ReadAcknowledgements(Fields* fields) {
  std::vector<domain::Acknowledgement> all;
  const boost::json::array* list =
      fields->Array("acknowledge", ledger_limits::kMaxAcknowledgements);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const std::string pointer = "/acknowledge/" + std::to_string(i);
    if (!list->at(i).is_object()) {
      fields->Check(Invalid(pointer, "It must be an object."));
      continue;
    }
    Fields one(list->at(i), pointer);
    const auto message = text::ParseMessageId(one.RequiredString("message"));
    if (!message && one.Sound("message")) {
      one.Check(Invalid(pointer + "/message", "It must be the id of a message: msg_…."));
    }
    const std::string_view result = one.RequiredString("result");
    if (one.Sound("result") && result != "done" && result != "failed") {
      one.Check(Invalid(pointer + "/result", "It must be done or failed."));
    }
    std::string detail(one.String("detail").value_or(""));
    one.Check(
        domain::CheckText(detail, ledger_limits::kMaxMessageDetailChars, pointer + "/detail"));
    fields->Add(one);
    if (message) all.push_back({*message, result == "done", std::move(detail)});
  }
  return all;
}

struct CheckInBody {
  std::string version;
  std::string instance;
  std::chrono::seconds wait{0};
  std::vector<domain::Acknowledgement> acknowledgements;
};

Result<CheckInBody> ReadCheckIn(const Call& call) {
  CheckInBody body;
  Fields fields(call.request.json);
  body.version = fields.String("version").value_or("");
  fields.Check(domain::CheckText(body.version, ledger_limits::kMaxHostFieldChars, "/version"));
  body.instance = fields.String("instance").value_or("");
  fields.Check(domain::CheckText(body.instance, ledger_limits::kMaxInstanceChars, "/instance"));
  const std::int64_t wait = fields.Integer("wait_seconds").value_or(0);
  if (wait < 0 || wait > limits::kMaxWaitSeconds) {
    fields.Check(Invalid("/wait_seconds",
                         "It must be from 0 to " + std::to_string(limits::kMaxWaitSeconds) + "."));
  }
  body.wait = std::chrono::seconds(wait);
  body.acknowledgements = ReadAcknowledgements(&fields);
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) return valid.error();
  return body;
}

// Whether the identity of this certificate ended a short while ago.
bool EndedLately(const LedgerView& ledger, const Call& call) {
  projections::HistoryQuery query;
  query.gateway = call.notes.gateway;
  query.types = {events::Event::kGatewayDeregistered, events::Event::kRegistrationConfirmed,
                 events::Event::kCertificateRenewed};
  query.since = call.request.ledger_time - ledger_limits::kLateAcknowledgement;
  query.newest_first = true;
  query.limit = kMaxEndsLookedAt;
  const auto page = ledger.projections.FindEvents(query);
  if (!page) return false;
  const std::string& certificate = call.caller.certificate_sha256;
  return std::any_of(page->sequences.begin(), page->sequences.end(), [&](std::uint64_t sequence) {
    const auto event = ledger.log.Read(sequence).and_then(events::Decode);
    return event && (event->gateway_deregistered().certificate_sha256() == certificate ||
                     event->registration_confirmed().replaced_certificate_sha256() == certificate ||
                     event->certificate_renewed().previous_certificate_sha256() == certificate);
  });
}

// Leaves those that are to be recorded: a repeat costs no command.
void KeepAwaited(const LedgerView& ledger, std::uint64_t gateway,
                 std::vector<domain::Acknowledgement>* said) {
  std::erase_if(*said, [&](const domain::Acknowledgement& one) {
    const auto message = domain::ReadMessage(ledger.state(), gateway, one.message);
    return !message || message->acknowledged_us() != 0;
  });
}

// From a gateway whose identity has ended: what it says of messages that it was given before still
// counts for a while, and its answer is the refusal all the same.
Task<void> AcknowledgeLate(const Writes& writes, Call& call, CheckInBody& body) {
  std::vector<domain::Acknowledgement> given;
  KeepAwaited(writes.ledger, call.notes.gateway, &body.acknowledgements);
  if (body.acknowledgements.empty()) co_return;
  for (const projections::Delivery& one : writes.presence.Deliveries(call.notes.gateway)) {
    if (one.certificate_sha256 != call.caller.certificate_sha256) continue;
    for (domain::Acknowledgement& said : body.acknowledgements) {
      if (said.message == one.message) given.push_back(std::move(said));
    }
  }
  if (given.empty() || !EndedLately(writes.ledger, call)) co_return;
  domain::Command command =
      domain::AcknowledgeMessages{call.caller.certificate_sha256, true, std::move(given)};
  (void)co_await Submit(writes, call, command);
}

}  // namespace

Task<Result<std::unique_ptr<CheckInWait>>> PostCheckIn(const Writes& writes, Call& call) {
  Result<CheckInBody> body = ReadCheckIn(call);
  if (call.caller.ended) {
    if (body) co_await AcknowledgeLate(writes, call, *body);
    call.caller.certificate.reset();
    co_return *call.caller.ended;
  }
  if (!body) co_return body.error();
  const std::optional<GatewayRow> row =
      domain::ReadGateway(writes.ledger.state(), call.notes.gateway);
  if (!row) co_return Refuse(ErrorCode::kUnusable, "The certificate belongs to no gateway.");
  const std::optional<projections::Seen> last = writes.presence.Get(row->number());
  // Before the command: a sweep between the two must not take the gateway for silent.
  projections::Seen seen{call.request.received,
                         SealedAddress(writes, call.caller.address.text, *row, last),
                         body->version};
  writes.presence.Record(row->number(), seen);
  if (!body->instance.empty() &&
      writes.turns.Record(row->number(), body->instance, call.request.started)) {
    domain::Command suspect =
        domain::SuspectSharing{call.caller.certificate_sha256, AddressOf(writes, last)};
    (void)co_await Submit(writes, call, suspect);  // the check-in itself is as good as any
  }
  KeepAwaited(writes.ledger, row->number(), &body->acknowledgements);
  if (!body->acknowledgements.empty()) {
    domain::Command acknowledge = domain::AcknowledgeMessages{call.caller.certificate_sha256, false,
                                                              std::move(body->acknowledgements)};
    const Result<Outcome> outcome = co_await Submit(writes, call, acknowledge);
    if (!outcome) co_return outcome.error();
  }
  if (call.caller.certificate->state() != CertificateRow::CURRENT || !row->connected()) {
    domain::Command command = domain::CheckIn{call.caller.certificate_sha256, body->version};
    const Result<Outcome> outcome = co_await Submit(writes, call, command);
    if (!outcome) co_return outcome.error();
  }
  if (body->wait.count() > 0) {
    co_return std::make_unique<CheckInWait>(writes, call, std::move(seen), body->wait);
  }
  const Status rendered = RenderCheckIn(writes, call, 0);
  if (!rendered) co_return rendered.error();
  co_return nullptr;
}

Task<Status> PostFailure(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  const std::string reason(fields.RequiredString("reason"));
  if (fields.Sound("reason")) fields.Check(domain::CheckFailureReason(reason, "/reason"));
  const std::string detail(fields.String("detail").value_or(""));
  fields.Check(domain::CheckText(detail, ledger_limits::kMaxFailureDetailChars, "/detail"));
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  domain::Command command = domain::ReportFailure{call.caller.certificate_sha256, reason, detail};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.notes.identity_ended = true;
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Task<Status> PostDeregisterSelf(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  const std::string reason(fields.String("reason").value_or(""));
  fields.Check(domain::CheckText(reason, ledger_limits::kMaxReasonChars, "/reason"));
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  domain::Command command = domain::DeregisterSelf{call.caller.certificate_sha256, reason};
  const Result<Outcome> outcome = co_await Submit(writes, call, command);
  if (!outcome) co_return outcome.error();
  call.notes.identity_ended = true;
  call.response.Begin(Success::kNoContent);
  co_return Status();
}

Status GetSelf(const LedgerView& ledger, Call& call) {
  const std::optional<GatewayRow> row = domain::ReadGateway(ledger.state(), call.notes.gateway);
  if (!row) return Refuse(ErrorCode::kUnusable, "The certificate belongs to no gateway.");
  call.response.Begin(Success::kOk);
  call.response.etag = ETag(*row);
  RenderGateway(*row, ledger, call.request.ledger_time, &call.response.body);
  return {};
}

}  // namespace latchkey::api
