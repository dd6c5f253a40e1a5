#include "core/domain/decide_renewals.h"

#include <utility>

#include "core/domain/renewals.h"

namespace latchkey::domain {
namespace {

void AddIssued(const GatewayRow& gateway, const Submission& submission, const Renew& command,
               GatewayDrafts* drafts) {
  Draft& draft = drafts->Add();
  events::RenewalIssued& issued = *draft.event.mutable_renewal_issued();
  issued.set_generation(gateway.current().generation());
  issued.set_public_key_sha256(command.public_key_sha256);
  issued.set_certificate(command.offer->der);
  issued.set_certificate_sha256(command.offer->sha256);
  issued.set_serial(command.offer->serial);
  issued.set_not_after_us(ToMicros(command.offer->not_after));
  issued.set_superseded_certificate_sha256(gateway.renewal().certificate_sha256());
  draft.personal.set_address(submission.actor.address);
}

}  // namespace

void AddRenewed(const GatewayRow& gateway, const Submission& submission, GatewayDrafts* drafts) {
  Draft& draft = drafts->Add();
  events::CertificateRenewed& renewed = *draft.event.mutable_certificate_renewed();
  renewed.set_generation(gateway.current().generation());
  renewed.set_certificate_sha256(gateway.renewal().certificate_sha256());
  renewed.set_previous_certificate_sha256(gateway.current().certificate_sha256());
  draft.personal.set_address(submission.actor.address);
}

Decision DecideRenew(const StateReader& state, const Submission& submission, const Renew& command,
                     const Context& context) {
  const Result<GatewayRow> gateway =
      JudgeRenewer(state, command.certificate_sha256, context.ledger_time);
  if (!gateway) return Refused(gateway.error());
  const GatewayRow stored = *ReadGateway(state, gateway->number());
  GatewayDrafts drafts(stored);
  // A renewal that asks for the next one has been used, whatever comes of it.
  if (stored.renewal().certificate_sha256() == command.certificate_sha256) {
    AddRenewed(stored, submission, &drafts);
  }
  Answer answer{.gateway = gateway->number(), .generation = gateway->current().generation()};
  const Result<std::optional<std::uint64_t>> earlier =
      JudgeRenewal(state, *gateway, command.public_key_sha256, context.ledger_time);
  Result<Answer> result(answer);
  if (!earlier) {
    result = earlier.error();
  } else if (*earlier) {
    result->repeated = true;
    result->certificate_sequence = **earlier;
  } else if (!command.offer) {  // there was a certificate when none was signed
    result = Error{ErrorCode::kOverloaded, "Send the same request again."};
  } else {
    AddIssued(*gateway, submission, command, &drafts);
    result->created = true;
  }
  Decision decision = std::move(drafts).Done(answer);
  decision.answer = std::move(result);
  return decision;
}

}  // namespace latchkey::domain
