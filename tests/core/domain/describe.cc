#include "tests/core/domain/describe.h"

#include "events/codec.h"

namespace latchkey::testing {
namespace {

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += " " + text;
  return joined;
}

std::string LabelsText(const events::GatewayLabelled& fact) {
  std::string text;
  for (const events::Label& label : fact.labels()) {
    text += " " + label.key() + "=" + label.value();
  }
  return text;
}

// Of another fact only the name.
std::string DescribeWebhook(const std::string& name, const events::Event& event) {
  const auto settings = [&](const auto& fact) {
    return name + " " + std::to_string(fact.webhook()) + " " + fact.host() + Joined(fact.types()) +
           Joined(fact.accounts());
  };
  if (event.has_webhook_added()) return settings(event.webhook_added());
  if (event.has_webhook_changed()) return settings(event.webhook_changed());
  if (event.has_webhook_removed()) {
    return name + " " + std::to_string(event.webhook_removed().webhook());
  }
  if (!event.has_webhook_secret_rotated()) return name;
  const events::WebhookSecretRotated& fact = event.webhook_secret_rotated();
  return name + " " + std::to_string(fact.webhook()) + " generation " +
         std::to_string(fact.secret().generation());
}

}  // namespace

std::string Describe(const events::Event& event) {
  using Event = events::Event;
  const std::string name(events::TypeName(event.fact_case()));
  const auto numbered = [&](std::uint32_t generation) {
    return name + " " + std::to_string(generation);
  };
  switch (event.fact_case()) {
    case Event::kGatewayAdded: {
      const events::GatewayAdded& fact = event.gateway_added();
      const std::string under = " under " + std::to_string(fact.primary());
      return name + " " + fact.name() + (fact.primary() == 0 ? "" : under);
    }
    case Event::kGatewayLabelled:
      return name + LabelsText(event.gateway_labelled());
    case Event::kGatewayNoted:
      return name + (event.has_sealed() ? " sealed" : "");
    case Event::kGatewayRenamed:
      return name + " " + event.gateway_renamed().previous_name() + " to " +
             event.gateway_renamed().name();
    case Event::kKeyIssued:
      return numbered(event.key_issued().key().generation());
    case Event::kKeyRegenerated: {
      const events::KeyRegenerated& fact = event.key_regenerated();
      const std::string ends = " ends " + std::to_string(fact.superseded_generation());
      return numbered(fact.key().generation()) + (fact.superseded_generation() == 0 ? "" : ends) +
             (fact.replace() ? " to replace" : "");
    }
    case Event::kKeyRevealed:
      return numbered(event.key_revealed().generation());
    case Event::kKeyRevoked:
      return numbered(event.key_revoked().generation());
    case Event::kKeyExpired:
      return numbered(event.key_expired().generation());
    case Event::kKeyRedeemed:
      return numbered(event.key_redeemed().generation()) +
             (event.key_redeemed().replacement() ? " to replace" : "");
    case Event::kRedemptionRefused:
      return numbered(event.redemption_refused().generation()) + " " +
             event.redemption_refused().code() + " #" +
             std::to_string(event.redemption_refused().count());
    case Event::kRegistrationConfirmed:
      return numbered(event.registration_confirmed().generation()) +
             (event.registration_confirmed().replaced_certificate_sha256().empty() ? ""
                                                                                   : " replaces");
    case Event::kRenewalIssued:
      return numbered(event.renewal_issued().generation()) +
             (event.renewal_issued().superseded_certificate_sha256().empty() ? "" : " supersedes");
    case Event::kCertificateRenewed:
      return numbered(event.certificate_renewed().generation());
    case Event::kInstallationFailed:
      return numbered(event.installation_failed().generation()) + " " +
             event.installation_failed().reason();
    case Event::kRegistrationAbandoned: {
      const events::RegistrationAbandoned& fact = event.registration_abandoned();
      return numbered(fact.generation()) + " " +
             events::RegistrationAbandoned::Why_Name(fact.why());
    }
    case Event::kOperatorTokenCreated: {
      const events::OperatorTokenCreated& fact = event.operator_token_created();
      std::string text = name + " " + std::to_string(fact.token()) + " " + fact.role();
      for (const std::string& account : fact.accounts()) text += " " + account;
      return text;
    }
    case Event::kOperatorTokenRotated:
      return name + " " + std::to_string(event.operator_token_rotated().token());
    case Event::kPersonSignedIn: {
      const events::PersonSignedIn& fact = event.person_signed_in();
      std::string text = name + " " + fact.person() + " " + fact.role();
      for (const std::string& account : fact.accounts()) text += " " + account;
      return text;
    }
    case Event::kCaRotated:
      return name + " to " + event.ca_rotated().ca_certificate();
    case Event::kTrustDomainNamed:
      return name + " " + event.trust_domain_named().name();
    case Event::kRegistrationAccepted:
      return name + (event.gateway() != 0       ? " one"
                     : !event.account().empty() ? " all of " + event.account()
                                                : " all");
    case Event::kOperatorTokenExpired:
      return name + " " + std::to_string(event.operator_token_expired().token());
    case Event::kOperatorTokenRevoked:
      return name + " " + std::to_string(event.operator_token_revoked().token());
    default:
      return DescribeWebhook(name, event);
  }
}

std::vector<std::string> Describe(const std::vector<events::Event>& events) {
  std::vector<std::string> lines;
  for (const events::Event& event : events) lines.push_back(Describe(event));
  return lines;
}

}  // namespace latchkey::testing
