#include "core/domain/decide_registrations.h"

#include <utility>

#include "core/domain/decide_connections.h"
#include "core/domain/decide_messages.h"
#include "core/domain/decide_renewals.h"
#include "core/domain/drafts.h"
#include "core/domain/judge.h"

namespace latchkey::domain {
namespace {

// Ends the identity, the active key and a pending registration, as far as they exist. The first of
// these events has the operator's reason.
void AddDeregistration(const GatewayRow& gateway, const std::string& reason, const Context& context,
                       GatewayDrafts* drafts) {
  bool told = false;
  const auto tell = [&](Draft& draft) {
    if (!std::exchange(told, true)) draft.personal.set_reason(reason);
  };
  if (gateway.has_current()) {
    Draft& draft = drafts->Add();
    draft.event.mutable_gateway_deregistered()->set_certificate_sha256(
        gateway.current().certificate_sha256());
    tell(draft);
  }
  if (HasActiveKey(gateway, context.ledger_time)) {
    Draft& draft = drafts->Add();
    draft.event.mutable_key_revoked()->set_generation(gateway.key().generation());
    tell(draft);
  } else if (gateway.key().state() == KEY_ACTIVE) {
    // The first end of a key names its refusals, and this key had expired already.
    drafts->Add().event.mutable_key_expired()->set_generation(gateway.key().generation());
  }
  if (gateway.has_pending()) {
    tell(AddAbandoned(gateway.pending(), events::RegistrationAbandoned::DEREGISTERED, drafts));
  }
}

bool HasPending(const GatewayRow& gateway, std::uint32_t generation) {
  return gateway.has_pending() && gateway.pending().generation() == generation;
}

}  // namespace

Draft& AddAbandoned(const Registration& pending, events::RegistrationAbandoned::Why why,
                    GatewayDrafts* drafts) {
  Draft& draft = drafts->Add();
  events::RegistrationAbandoned& abandoned = *draft.event.mutable_registration_abandoned();
  abandoned.set_generation(pending.generation());
  abandoned.set_certificate_sha256(pending.certificate_sha256());
  abandoned.set_why(why);
  return draft;
}

void AddConfirmed(const GatewayRow& gateway, std::uint32_t generation,
                  const std::string& certificate_sha256, const std::string& version,
                  const Submission& submission, GatewayDrafts* drafts) {
  Draft& draft = drafts->Add();
  events::RegistrationConfirmed& confirmed = *draft.event.mutable_registration_confirmed();
  confirmed.set_generation(generation);
  confirmed.set_certificate_sha256(certificate_sha256);
  confirmed.set_replaced_certificate_sha256(gateway.current().certificate_sha256());
  confirmed.set_version(version);
  draft.personal.set_address(submission.actor.address);
}

Decision DecideCheckIn(const StateReader& state, const Submission& submission,
                       const CheckIn& command, const Context& context) {
  const Result<CertificateRow> certificate =
      JudgeCertificate(state, command.certificate_sha256, context.ledger_time);
  if (!certificate) return Refused(certificate.error());
  const GatewayRow gateway = *ReadGateway(state, certificate->gateway());
  const Answer answer{.gateway = gateway.number(), .generation = certificate->generation()};

  GatewayDrafts drafts(gateway);
  if (certificate->state() == CertificateRow::PENDING) {
    AddConfirmed(gateway, certificate->generation(), command.certificate_sha256, command.version,
                 submission, &drafts);
  }
  if (certificate->state() == CertificateRow::UNUSED) AddRenewed(gateway, submission, &drafts);
  if (!gateway.connected()) {
    AddConnected(gateway, submission, command.version, context, &drafts);
  }
  return std::move(drafts).Done(answer);
}

Decision DecideReportFailure(const StateReader& state, const ReportFailure& command,
                             const Context& context) {
  const Result<CertificateRow> certificate =
      JudgeCertificate(state, command.certificate_sha256, context.ledger_time);
  if (!certificate) return Refused(certificate.error());
  if (certificate->state() != CertificateRow::PENDING) {
    return Refused({ErrorCode::kAlreadyRegistered,
                    "This registration is confirmed, so its installation cannot have failed. "
                    "Deregister the gateway to end it."});
  }
  const GatewayRow gateway = *ReadGateway(state, certificate->gateway());
  GatewayDrafts drafts(gateway);
  Draft& draft = drafts.Add();
  events::InstallationFailed& failed = *draft.event.mutable_installation_failed();
  failed.set_generation(certificate->generation());
  failed.set_certificate_sha256(command.certificate_sha256);
  failed.set_reason(command.reason);
  draft.personal.set_detail(command.detail);
  return std::move(drafts).Done(
      {.gateway = gateway.number(), .generation = certificate->generation()});
}

Decision DecideDeregister(const StateReader& state, const Submission& submission,
                          const DeregisterGateway& command, const Context& context) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  GatewayDrafts drafts(*gateway);
  AddDeregistration(*gateway, command.reason, context, &drafts);
  return std::move(drafts).Done({.gateway = gateway->number()});
}

// What is unconfirmed ends by the report of a failure.
Decision DecideDeregisterSelf(const StateReader& state, const DeregisterSelf& command,
                              const Context& context) {
  const Result<CertificateRow> certificate =
      JudgeCertificate(state, command.certificate_sha256, context.ledger_time);
  if (!certificate) return Refused(certificate.error());
  if (certificate->state() == CertificateRow::PENDING) {
    return Refused({ErrorCode::kRegistrationNotConfirmed,
                    "This registration is not confirmed. Report a failed installation to end it "
                    "(POST /v1/registration/failure)."});
  }
  const GatewayRow gateway = *ReadGateway(state, certificate->gateway());
  GatewayDrafts drafts(gateway);
  AddDeregistration(gateway, command.reason, context, &drafts);
  return std::move(drafts).Done({.gateway = gateway.number()});
}

Decision DecideRemoveGateway(const StateReader& state, const Submission& submission,
                             const RemoveGateway& command, const Context& context) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  if (gateway->secondaries() > 0) {
    return Refused(
        {ErrorCode::kHasSecondaries, "This gateway has secondaries. Remove them first."});
  }
  GatewayDrafts drafts(*gateway);
  AddDeregistration(*gateway, "", context, &drafts);
  CancelOpenMessages(*gateway, &drafts);
  drafts.Add().event.mutable_gateway_removed();
  return std::move(drafts).Done({.gateway = gateway->number()});
}

Decision DecideAbandon(const StateReader& state, const AbandonRegistration& command,
                       const Context& context) {
  const std::optional<GatewayRow> gateway = ReadGateway(state, command.gateway);
  const Answer answer{.gateway = command.gateway, .generation = command.generation};
  if (!gateway || !HasPending(*gateway, command.generation)) return Decision{answer, {}, 0};
  const bool restored = IsVoid(state, gateway->pending());
  if (!restored && context.now < AbandonAt(FromMicros(gateway->pending().confirm_by_us()),
                                           context.writable_since, context.settings)) {
    return Decision{answer, {}, 0};
  }
  GatewayDrafts drafts(*gateway);
  AddAbandoned(gateway->pending(),
               restored ? events::RegistrationAbandoned::RESTORED
                        : events::RegistrationAbandoned::CONFIRM_BY_PASSED,
               &drafts);
  return std::move(drafts).Done(answer);
}

Decision DecideAccept(const StateReader& state, const Submission& submission,
                      const AcceptRegistration& command) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  GatewayDrafts drafts(*gateway);
  if (IsRestored(*gateway)) {
    drafts.Add().event.mutable_registration_accepted()->set_certificate_sha256(
        gateway->current().certificate_sha256());
  }
  return std::move(drafts).Done({.gateway = gateway->number()});
}

// One event, however many gateways it is about: which ones follows from their places.
Decision DecideAcceptAll(const StateReader& state, const AcceptRegistrations& command) {
  const std::optional<AccountRow> account = ReadAccount(state, command.account);
  if (!command.account.empty() && !account) {
    return Refused({ErrorCode::kNotFound, "There is no such account."});
  }
  Decision decision{Answer{}, {}, 0};
  const std::optional<EpochRow> epoch = ReadEpoch(state);
  if (!epoch || epoch->accepted_sequence() > epoch->since() ||
      (account && account->accepted_sequence() > epoch->since())) {
    return decision;
  }
  events::Event& event = decision.events.emplace_back().event;
  event.set_account(command.account);
  event.mutable_registration_accepted();
  return decision;
}

}  // namespace latchkey::domain
