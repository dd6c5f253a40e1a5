#include "core/domain/decide_connections.h"

#include <algorithm>
#include <chrono>

#include "core/base/limits.h"
#include "core/domain/judge.h"

namespace latchkey::domain {
namespace {

// Null when neither the change nor the flapping is to be recorded. The caller sets the change's
// fact where `*flapping` is false.
Draft* AddChange(const GatewayRow& gateway, const Context& context, bool* flapping,
                 GatewayDrafts* drafts) {
  const Time next = NextConnectionFact(gateway, context.ledger_time);
  *flapping = next > context.ledger_time;
  if (!*flapping) return &drafts->Add();
  if (ToMicros(context.ledger_time) < gateway.flapping_until_us()) return nullptr;
  Draft& draft = drafts->Add();
  draft.event.mutable_gateway_flapping()->set_until_us(ToMicros(next));
  return &draft;
}

}  // namespace

Time NextConnectionFact(const GatewayRow& gateway, Time ledger_time) {
  const auto& facts = gateway.connection_facts_us();
  if (facts.size() < ledger_limits::kMaxConnectionFactsPerHour) return ledger_time;
  const Time oldest = FromMicros(facts[facts.size() - ledger_limits::kMaxConnectionFactsPerHour]);
  return std::max(ledger_time, oldest + std::chrono::hours(1));
}

void AddConnected(const GatewayRow& gateway, const Submission& submission,
                  const std::string& version, const Context& context, GatewayDrafts* drafts) {
  bool flapping = false;
  Draft* draft = AddChange(gateway, context, &flapping, drafts);
  if (draft == nullptr || flapping) return;
  draft->event.mutable_gateway_connected()->set_version(version);
  draft->event.mutable_gateway_connected()->set_counted(true);
  draft->personal.set_address(submission.actor.address);
}

Decision DecideDisconnect(const StateReader& state, const DisconnectGateway& command,
                          const Context& context) {
  const std::optional<GatewayRow> gateway = ReadGateway(state, command.gateway);
  if (!gateway || !gateway->connected()) return Decision{Answer{}, {}, 0};
  GatewayDrafts drafts(*gateway);
  bool flapping = false;
  Draft* draft = AddChange(*gateway, context, &flapping, &drafts);
  if (draft != nullptr && !flapping) {
    draft->event.mutable_gateway_disconnected()->set_last_seen_us(ToMicros(command.last_seen));
    draft->event.mutable_gateway_disconnected()->set_counted(true);
  }
  return std::move(drafts).Done({.gateway = command.gateway});
}

Decision DecideSuspectSharing(const StateReader& state, const Submission& submission,
                              const SuspectSharing& command, const Context& context) {
  const Result<CertificateRow> certificate =
      JudgeCertificate(state, command.certificate_sha256, context.ledger_time);
  if (!certificate) return Refused(certificate.error());
  const GatewayRow gateway = *ReadGateway(state, certificate->gateway());
  GatewayDrafts drafts(gateway);
  const Registration& current = gateway.current();
  if (current.certificate_sha256() == command.certificate_sha256 &&
      current.shared_sequence() == 0) {
    Draft& draft = drafts.Add();
    auto& suspected = *draft.event.mutable_certificate_shared_suspected();
    suspected.set_generation(current.generation());
    suspected.set_certificate_sha256(command.certificate_sha256);
    draft.personal.set_address(submission.actor.address);
    draft.personal.set_other_address(command.other_address);
  }
  return std::move(drafts).Done({.gateway = gateway.number()});
}

}  // namespace latchkey::domain
