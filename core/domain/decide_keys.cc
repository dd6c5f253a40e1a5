#include "core/domain/decide_keys.h"

#include <bit>
#include <utility>

#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/domain/decide_registrations.h"
#include "core/domain/drafts.h"
#include "core/domain/judge.h"
#include "core/domain/key_mint.h"

namespace latchkey::domain {
namespace {

Error NoActiveKey() {
  return {ErrorCode::kNoActiveKey,
          "This gateway has no active key. Generate one if it is to be installed."};
}

void FillHost(const Host& host, events::Personal* personal) {
  personal->set_hostname(host.hostname);
  personal->set_os(host.os);
  personal->set_host_version(host.version);
}

bool IsRecorded(std::uint64_t count) {
  return count <= ledger_limits::kRefusalsAllRecorded || std::has_single_bit(count);
}

// A refusal of a caller who proved the secret: the first few are recorded, then each doubling. A
// key that is refused because it has expired is first recorded as expired, so that no clock makes
// it work again.
Decision RefuseProven(const StateReader& state, const Submission& submission,
                      const RedeemKey& command, const Context& context, Error error) {
  const std::optional<GatewayRow> gateway = ReadGateway(state, command.gateway);
  const std::optional<KeyRow> key = ReadKey(state, *gateway, command.generation);
  const std::uint64_t count = std::max(key->refusals(), context.refusals) + 1;
  GatewayDrafts drafts(*gateway);
  if (error.code == ErrorCode::kKeyExpired && key->state() == KEY_ACTIVE) {
    Draft& draft = drafts.Add();
    draft.event.mutable_key_expired()->set_generation(command.generation);
    draft.by_timer = true;
  }
  if (IsRecorded(count)) {
    Draft& draft = drafts.Add();
    events::RedemptionRefused& refused = *draft.event.mutable_redemption_refused();
    refused.set_generation(command.generation);
    refused.set_code(std::string(CodeName(error.code)));
    refused.set_count(count);
    refused.set_public_key_sha256(command.public_key_sha256);
    refused.set_holder_public_key_sha256(key->public_key_sha256());
    refused.set_holder_certificate_sha256(key->certificate_sha256());
    draft.personal.set_address(submission.actor.address);
    FillHost(command.host, &draft.personal);
  }
  Decision decision = std::move(drafts).Done({});
  decision.answer = std::move(error);
  decision.refusals = count;
  return decision;
}

}  // namespace

events::IssuedKey IssueKey(std::uint64_t gateway, std::uint32_t generation,
                           std::chrono::seconds lifetime, const Context& context) {
  events::IssuedKey key;
  key.set_generation(generation);
  key.set_nonce(context.random.Bytes(kKeyNonceBytes));
  key.set_master_key_id(context.mint.master_key_id());
  const crypto::Secret secret = context.mint.Derive(gateway, generation, key.nonce());
  key.set_secret_sha256(crypto::Sha256(secret.view()));
  key.set_expires_us(ToMicros(context.ledger_time + lifetime));
  return key;
}

Decision DecideGenerateKey(const StateReader& state, const Submission& submission,
                           const GenerateKey& command, const Context& context) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  const KeyRow& latest = gateway->key();
  if (gateway->has_current() && !command.replace) {
    return Refused({ErrorCode::kAlreadyRegistered,
                    "This gateway is registered and works. To move it to another machine, set "
                    "replace: the present machine keeps working until the new one is confirmed."});
  }
  if (latest.generation() >= ledger_limits::kMaxGenerations) {
    return Refused({ErrorCode::kGenerationLimit,
                    "This gateway has used all its keys. Remove it and add it again."});
  }

  GatewayDrafts drafts(*gateway);
  if (gateway->has_pending()) {
    AddAbandoned(gateway->pending(), events::RegistrationAbandoned::SUPERSEDED, &drafts);
  }
  const bool active = HasActiveKey(*gateway, context.ledger_time);
  if (latest.state() == KEY_ACTIVE && !active) {  // expired before it could be superseded
    drafts.Add().event.mutable_key_expired()->set_generation(latest.generation());
  }
  const std::uint32_t generation = latest.generation() + 1;
  Draft& draft = drafts.Add();
  events::KeyRegenerated& regenerated = *draft.event.mutable_key_regenerated();
  *regenerated.mutable_key() =
      IssueKey(gateway->number(), generation, command.key_lifetime, context);
  regenerated.set_superseded_generation(active ? latest.generation() : 0);
  regenerated.set_replace(gateway->has_current());
  draft.personal.set_reason(command.reason);
  return std::move(drafts).Done(
      {.gateway = gateway->number(), .generation = generation, .created = true});
}

Decision DecideRevealKey(const StateReader& state, const Submission& submission,
                         const RevealKey& command, const Context& context) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  if (!HasActiveKey(*gateway, context.ledger_time)) return Refused(NoActiveKey());
  const std::uint32_t generation = gateway->key().generation();
  GatewayDrafts drafts(*gateway);
  drafts.Add().event.mutable_key_revealed()->set_generation(generation);
  return std::move(drafts).Done({.gateway = gateway->number(), .generation = generation});
}

Decision DecideRevokeKey(const StateReader& state, const Submission& submission,
                         const RevokeKey& command, const Context& context) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  if (!HasActiveKey(*gateway, context.ledger_time)) return Refused(NoActiveKey());
  const std::uint32_t generation = gateway->key().generation();
  GatewayDrafts drafts(*gateway);
  drafts.Add().event.mutable_key_revoked()->set_generation(generation);
  return std::move(drafts).Done({.gateway = gateway->number(), .generation = generation});
}

Decision DecideExpireKey(const StateReader& state, const ExpireKey& command,
                         const Context& context) {
  const std::optional<GatewayRow> gateway = ReadGateway(state, command.gateway);
  const Answer answer{.gateway = command.gateway, .generation = command.generation};
  if (!gateway || gateway->key().generation() != command.generation ||
      gateway->key().state() != KEY_ACTIVE || HasActiveKey(*gateway, context.ledger_time)) {
    return Decision{answer, {}, 0};
  }
  GatewayDrafts drafts(*gateway);
  drafts.Add().event.mutable_key_expired()->set_generation(command.generation);
  return std::move(drafts).Done(answer);
}

Decision DecideRedeemKey(const StateReader& state, const Submission& submission,
                         const RedeemKey& command, const Context& context) {
  bool proven = false;
  const Result<KeyStanding> standing =
      JudgeKey(state, command.gateway, command.generation, command.secret_sha256,
               command.public_key_sha256, context.ledger_time, &proven);
  if (!proven) return Refused(standing.error());
  if (!standing) return RefuseProven(state, submission, command, context, standing.error());
  Answer answer{.gateway = command.gateway, .generation = command.generation};
  if (standing->state == KeyStanding::State::kRedeemedBySame) {
    answer.repeated = true;
    answer.certificate_sequence = standing->key.redeemed_sequence();
    return Decision{answer, {}, 0};
  }
  if (!command.csr_problem.empty()) {
    return RefuseProven(state, submission, command, context,
                        {ErrorCode::kCsrInvalid, command.csr_problem});
  }
  if (!command.offer) {  // it looked spent when no certificate was signed: the clock was set back
                         // in between
    return Refused({ErrorCode::kOverloaded, "Send the same request again."});
  }

  GatewayDrafts drafts(standing->gateway);
  Draft& draft = drafts.Add();
  events::KeyRedeemed& redeemed = *draft.event.mutable_key_redeemed();
  redeemed.set_generation(command.generation);
  redeemed.set_public_key_sha256(command.public_key_sha256);
  redeemed.set_certificate(command.offer->der);
  redeemed.set_certificate_sha256(command.offer->sha256);
  redeemed.set_serial(command.offer->serial);
  redeemed.set_not_after_us(ToMicros(command.offer->not_after));
  redeemed.set_confirm_by_us(ToMicros(context.now + context.settings.confirm_window));
  redeemed.set_replacement(standing->gateway.has_current());
  draft.personal.set_address(submission.actor.address);
  FillHost(command.host, &draft.personal);
  if (command.confirm) {
    AddConfirmed(standing->gateway, command.generation, command.offer->sha256, "", submission,
                 &drafts);
  }
  answer.created = true;
  return std::move(drafts).Done(answer);
}

}  // namespace latchkey::domain
