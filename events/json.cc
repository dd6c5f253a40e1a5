#include "events/json.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/base/base32.h"
#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/ids.h"
#include "core/base/time_text.h"
#include "events/actor_text.h"
#include "events/codec.h"

namespace latchkey::events {
namespace {

namespace json = boost::json;

json::value TextOrNull(std::string_view text) {
  if (text.empty()) return nullptr;
  return json::string(text);
}

json::value HexOrNull(std::string_view bytes) { return TextOrNull(text::ToHex(bytes)); }

json::value GatewayOrNull(std::uint64_t number) {
  if (number == 0) return nullptr;
  return json::string(text::GatewayId(number));
}

json::value TimeText(std::int64_t time_us) { return json::string(text::FormatTime(time_us)); }

// Zero stands for "never" or "none" where this is used.
json::value TimeOrNull(std::int64_t time_us) {
  if (time_us == 0) return nullptr;
  return TimeText(time_us);
}

json::value GenerationOrNull(std::uint32_t generation) {
  if (generation == 0) return nullptr;
  return generation;
}

json::object Host(const Personal& personal) {
  return {{"hostname", TextOrNull(personal.hostname())},
          {"os", TextOrNull(personal.os())},
          {"version", TextOrNull(personal.host_version())}};
}

std::string Lower(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

// "confirm_by_passed"; empty for a number that only a newer version knows.
std::string WhyText(RegistrationAbandoned::Why why) {
  if (why == RegistrationAbandoned::WHY_UNSPECIFIED) return "";
  return Lower(RegistrationAbandoned::Why_Name(why));
}

std::string OutcomeText(MessageEnded::Outcome outcome) {
  if (outcome == MessageEnded::OUTCOME_UNSPECIFIED) return "";
  return Lower(MessageEnded::Outcome_Name(outcome));
}

// One function per fact: the members of `data`.
json::object Data(const LedgerCreated& fact) {
  return {{"format", fact.format()},
          {"ledger_id", text::ToHex(fact.ledger_id())},
          {"epoch", text::ToBase32(fact.epoch(), text::kBase32Lower)},
          {"origin", fact.origin()},
          {"checkpoint_public_key", text::ToBase64(fact.checkpoint_public_key())}};
}

json::object Data(const GatewayAdded& fact) {
  return {{"name", fact.name()}, {"primary", GatewayOrNull(fact.primary())}};
}

json::object Data(const GatewayLabelled& fact) {
  json::object labels;
  for (const Label& label : fact.labels()) labels[label.key()] = label.value();
  return {{"labels", std::move(labels)}};
}

json::object Data(const GatewayRenamed& fact) {
  return {{"name", fact.name()}, {"previous_name", fact.previous_name()}};
}

json::object Data(const KeyIssued& fact) {
  return {{"generation", fact.key().generation()},
          {"expires_at", TimeText(fact.key().expires_us())}};
}

json::object Data(const KeyRegenerated& fact, const Personal& personal) {
  return {{"generation", fact.key().generation()},
          {"expires_at", TimeText(fact.key().expires_us())},
          {"superseded_generation", GenerationOrNull(fact.superseded_generation())},
          {"replace", fact.replace()},
          {"reason", TextOrNull(personal.reason())}};
}

json::object Generation(std::uint32_t generation) { return {{"generation", generation}}; }

json::object Certificate(std::string_view serial, std::int64_t not_after_us,
                         std::string_view sha256) {
  return {{"serial", serial}, {"not_after", TimeText(not_after_us)}, {"sha256", HexOrNull(sha256)}};
}

json::object Data(const KeyRedeemed& fact, const Personal& personal) {
  return {
      {"generation", fact.generation()},
      {"public_key_sha256", HexOrNull(fact.public_key_sha256())},
      {"certificate", Certificate(fact.serial(), fact.not_after_us(), fact.certificate_sha256())},
      {"confirm_by", TimeText(fact.confirm_by_us())},
      {"replacement", fact.replacement()},
      {"address", TextOrNull(personal.address())},
      {"host", Host(personal)}};
}

json::object Data(const RenewalIssued& fact, const Personal& personal) {
  return {
      {"generation", fact.generation()},
      {"public_key_sha256", HexOrNull(fact.public_key_sha256())},
      {"certificate", Certificate(fact.serial(), fact.not_after_us(), fact.certificate_sha256())},
      {"superseded_certificate_sha256", HexOrNull(fact.superseded_certificate_sha256())},
      {"address", TextOrNull(personal.address())}};
}

json::object Data(const CertificateRenewed& fact, const Personal& personal) {
  return {{"generation", fact.generation()},
          {"certificate_sha256", HexOrNull(fact.certificate_sha256())},
          {"previous_certificate_sha256", HexOrNull(fact.previous_certificate_sha256())},
          {"address", TextOrNull(personal.address())}};
}

json::object Data(const RedemptionRefused& fact, const Personal& personal) {
  json::value holder = nullptr;
  if (!fact.holder_public_key_sha256().empty() || !fact.holder_certificate_sha256().empty()) {
    holder = {{"public_key_sha256", HexOrNull(fact.holder_public_key_sha256())},
              {"certificate_sha256", HexOrNull(fact.holder_certificate_sha256())}};
  }
  return {
      {"generation", fact.generation()}, {"code", fact.code()},
      {"count", fact.count()},           {"public_key_sha256", HexOrNull(fact.public_key_sha256())},
      {"holder", std::move(holder)},     {"address", TextOrNull(personal.address())},
      {"host", Host(personal)}};
}

json::object Data(const RegistrationConfirmed& fact, const Personal& personal) {
  return {{"generation", fact.generation()},
          {"certificate_sha256", HexOrNull(fact.certificate_sha256())},
          {"replaced_certificate_sha256", HexOrNull(fact.replaced_certificate_sha256())},
          {"version", TextOrNull(fact.version())},
          {"address", TextOrNull(personal.address())}};
}

json::object Data(const InstallationFailed& fact, const Personal& personal) {
  return {{"generation", fact.generation()},
          {"certificate_sha256", HexOrNull(fact.certificate_sha256())},
          {"reason", fact.reason()},
          {"detail", TextOrNull(personal.detail())}};
}

json::object Data(const KeyRevoked& fact, const Personal& personal) {
  return {{"generation", fact.generation()}, {"reason", TextOrNull(personal.reason())}};
}

json::object Data(const RegistrationAbandoned& fact, const Personal& personal) {
  return {{"generation", fact.generation()},
          {"certificate_sha256", HexOrNull(fact.certificate_sha256())},
          {"why", TextOrNull(WhyText(fact.why()))},
          {"reason", TextOrNull(personal.reason())}};
}

json::object Data(const GatewayDeregistered& fact, const Personal& personal) {
  return {{"certificate_sha256", HexOrNull(fact.certificate_sha256())},
          {"reason", TextOrNull(personal.reason())}};
}

json::object Data(const GatewayConnected& fact, const Personal& personal) {
  return {{"version", TextOrNull(fact.version())}, {"address", TextOrNull(personal.address())}};
}

json::object Data(const CertificateSharedSuspected& fact, const Personal& personal) {
  return {{"generation", fact.generation()},
          {"certificate_sha256", HexOrNull(fact.certificate_sha256())},
          {"address", TextOrNull(personal.address())},
          {"other_address", TextOrNull(personal.other_address())}};
}

// Null when it was erased.
json::value Body(const Personal& personal) {
  boost::system::error_code error;
  json::value body = json::parse(personal.body(), error);
  return error ? nullptr : body;
}

json::object Data(const MessageSent& fact, const Personal& personal) {
  return {{"message", text::MessageId(fact.message())},
          {"kind", fact.kind()},
          {"expires_at", TimeText(fact.expires_us())},
          {"body", Body(personal)}};
}

json::object Data(const MessageEnded& fact, const Personal& personal) {
  return {{"message", text::MessageId(fact.message())},
          {"outcome", TextOrNull(OutcomeText(fact.outcome()))},
          {"detail", TextOrNull(personal.detail())}};
}

json::array Texts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

// The URL may hold a secret, so that only its host is for everyone who reads the history.
json::object Data(const WebhookAdded& fact) {
  return {{"webhook", text::WebhookId(fact.webhook())},
          {"host", fact.host()},
          {"types", Texts(fact.types())},
          {"accounts", Texts(fact.accounts())}};
}

json::object Data(const WebhookChanged& fact) {
  return {{"webhook", text::WebhookId(fact.webhook())},
          {"host", TextOrNull(fact.host())},
          {"types", Texts(fact.types())},
          {"accounts", Texts(fact.accounts())}};
}

json::object Data(const WebhookSecretRotated& fact) {
  return {{"webhook", text::WebhookId(fact.webhook())},
          {"generation", fact.secret().generation()},
          {"previous_until", TimeText(fact.previous_until_us())}};
}

json::object Data(const OperatorTokenCreated& fact, const Personal& personal) {
  return {{"token", text::TokenId(fact.token())},
          {"role", fact.role()},
          {"accounts", Texts(fact.accounts())},
          {"expires_at", TimeOrNull(fact.expires_us())},
          {"name", TextOrNull(personal.operator_name())}};
}

json::object Data(const OperatorTokenRotated& fact) {
  return {{"token", text::TokenId(fact.token())}, {"expires_at", TimeOrNull(fact.expires_us())}};
}

json::object Data(const PersonSignedIn& fact, const Personal& personal) {
  return {{"person", text::PersonId(fact.person())}, {"role", fact.role()},
          {"accounts", Texts(fact.accounts())},      {"name", TextOrNull(personal.operator_name())},
          {"issuer", TextOrNull(personal.issuer())}, {"subject", TextOrNull(personal.subject())}};
}

json::object Data(const CaRotated& fact) {
  return {{"ca_sha256", HexOrNull(fact.ca_sha256())},
          {"previous_ca_sha256", HexOrNull(fact.previous_ca_sha256())},
          {"cross_signed", !fact.cross_certificate().empty()}};
}

json::object Data(const CheckpointAdopted& fact) {
  return {{"size", fact.size()}, {"root_hash", text::ToBase64(fact.root())}};
}

json::object Data(const LedgerRestored& fact) {
  return {{"epoch", text::ToBase32(fact.epoch(), text::kBase32Lower)},
          {"origin", fact.origin()},
          {"checkpoint_public_key", text::ToBase64(fact.checkpoint_public_key())},
          {"previous_origin", fact.previous_origin()},
          {"size", fact.size()},
          {"root_hash", text::ToBase64(fact.root())},
          {"highest_checkpoint",
           {{"size", fact.known_size()}, {"root_hash", text::ToBase64(fact.known_root())}}}};
}

json::object DataOf(const Event& event, const Personal& personal) {
  switch (event.fact_case()) {
    case Event::kLedgerCreated:
      return Data(event.ledger_created());
    case Event::kAccountOpened:
      return {};
    case Event::kGatewayAdded:
      return Data(event.gateway_added());
    case Event::kGatewayRenamed:
      return Data(event.gateway_renamed());
    case Event::kGatewayRemoved:
      return {};
    case Event::kKeyIssued:
      return Data(event.key_issued());
    case Event::kKeyRegenerated:
      return Data(event.key_regenerated(), personal);
    case Event::kKeyRevealed:
      return Generation(event.key_revealed().generation());
    case Event::kKeyRevoked:
      return Data(event.key_revoked(), personal);
    case Event::kKeyExpired:
      return Generation(event.key_expired().generation());
    case Event::kKeyRedeemed:
      return Data(event.key_redeemed(), personal);
    case Event::kRedemptionRefused:
      return Data(event.redemption_refused(), personal);
    case Event::kRegistrationConfirmed:
      return Data(event.registration_confirmed(), personal);
    case Event::kInstallationFailed:
      return Data(event.installation_failed(), personal);
    case Event::kRegistrationAbandoned:
      return Data(event.registration_abandoned(), personal);
    case Event::kGatewayDeregistered:
      return Data(event.gateway_deregistered(), personal);
    case Event::kCertificateSharedSuspected:
      return Data(event.certificate_shared_suspected(), personal);
    case Event::kGatewayFlapping:
      return {{"until", TimeText(event.gateway_flapping().until_us())}};
    case Event::kMessageSent:
      return Data(event.message_sent(), personal);
    case Event::kMessageEnded:
      return Data(event.message_ended(), personal);
    case Event::kWebhookAdded:
      return Data(event.webhook_added());
    case Event::kWebhookChanged:
      return Data(event.webhook_changed());
    case Event::kWebhookSecretRotated:
      return Data(event.webhook_secret_rotated());
    case Event::kWebhookRemoved:
      return {{"webhook", text::WebhookId(event.webhook_removed().webhook())}};
    case Event::kRenewalIssued:
      return Data(event.renewal_issued(), personal);
    case Event::kCertificateRenewed:
      return Data(event.certificate_renewed(), personal);
    case Event::kGatewayConnected:
      return Data(event.gateway_connected(), personal);
    case Event::kGatewayDisconnected:
      return {{"last_seen_at", TimeOrNull(event.gateway_disconnected().last_seen_us())}};
    case Event::kOperatorTokenCreated:
      return Data(event.operator_token_created(), personal);
    case Event::kOperatorTokenRevoked:
      return {{"token", text::TokenId(event.operator_token_revoked().token())}};
    case Event::kOperatorTokenRotated:
      return Data(event.operator_token_rotated());
    case Event::kPersonSignedIn:
      return Data(event.person_signed_in(), personal);
    case Event::kCaRotated:
      return Data(event.ca_rotated());
    case Event::kOperatorTokenExpired:
      return {{"token", text::TokenId(event.operator_token_expired().token())}};
    case Event::kCheckpointAdopted:
      return Data(event.checkpoint_adopted());
    case Event::kGatewayLabelled:
      return Data(event.gateway_labelled());
    case Event::kGatewayNoted:
      return {{"note", TextOrNull(personal.note())}};
    case Event::kLedgerRestored:
      return Data(event.ledger_restored());
    case Event::kRegistrationAccepted:
      return {
          {"certificate_sha256", HexOrNull(event.registration_accepted().certificate_sha256())}};
    case Event::kTrustDomainNamed:
      return {{"trust_domain", event.trust_domain_named().name()}};
    case Event::FACT_NOT_SET:
      return {};
  }
  return {};
}

}  // namespace

json::object ToJson(const Event& event, const Personal* personal) {
  return {{"sequence", event.sequence()},
          {"type", TypeName(event.fact_case())},
          {"time", text::FormatTime(event.time_us())},
          {"account", TextOrNull(event.account())},
          {"gateway", GatewayOrNull(event.gateway())},
          {"actor", ActorText(event, personal)},
          {"request_id", HexOrNull(event.request_id())},
          {"data", DataOf(event, personal == nullptr ? Personal::default_instance() : *personal)}};
}

}  // namespace latchkey::events
