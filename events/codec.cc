#include "events/codec.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include "core/base/check.h"
#include "core/base/limits.h"

namespace latchkey::events {
namespace {

constexpr int kFirstFactNumber = 32;  // of the oneof in event.proto; all before it is the envelope

// The number of a fact that only a newer binary knows; 0 when there is none.
std::uint32_t UnknownFactOf(const Event& event) {
  const auto& fields = event.GetReflection()->GetUnknownFields(event);
  for (int i = 0; i < fields.field_count(); ++i) {
    const int number = fields.field(i).number();
    if (number >= kFirstFactNumber) return static_cast<std::uint32_t>(number);
  }
  return 0;
}

}  // namespace

std::string Encode(const Event& event) {
  std::string bytes;
  EncodeTo(event, &bytes);
  return bytes;
}

void EncodeTo(const Event& event, std::string* out) {
  Check(event.fact_case() != Event::FACT_NOT_SET, "an event has a fact");
  Check(event.SerializeToString(out), "an event can be serialised");
  Check(out->size() <= ledger_limits::kMaxEntryBytes, "an event has at most 65,535 bytes");
  // Protobuf writes text that is not UTF-8, but does not read it: one such entry would make the
  // ledger unreadable for good, so every entry is read back before anyone can store it.
  thread_local Event back;
  Check(back.ParseFromString(*out), "an event can be read back");
}

Result<Event> Decode(std::string_view bytes) {
  Result<Event> event;
  if (Status decoded = DecodeInto(bytes, &*event); !decoded) return std::move(decoded).error();
  return event;
}

Status DecodeInto(std::string_view bytes, Event* event) {
  if (bytes.size() > ledger_limits::kMaxEntryBytes) {
    return Refuse(ErrorCode::kUnusable, "the entry has " + std::to_string(bytes.size()) +
                                            " bytes, more than an entry can have");
  }
  if (!event->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Refuse(ErrorCode::kUnusable, "the entry's bytes are no event");
  }
  if (const std::uint32_t number = UnknownFactOf(*event); number != 0) {
    return Refuse(ErrorCode::kUnusable, UnknownFact(number));
  }
  if (event->fact_case() == Event::FACT_NOT_SET) {
    return Refuse(ErrorCode::kUnusable, "the entry holds no fact");
  }
  if (event->has_ledger_created() && event->ledger_created().format() != kFormat) {
    const std::string format = std::to_string(event->ledger_created().format());
    return Refuse(ErrorCode::kUnusable, "the ledger has format " + format +
                                            ", and this version knows format " +
                                            std::to_string(kFormat) + "; a latchkey that knows " +
                                            "format " + format + " is needed");
  }
  return {};
}

bool KnowsFact(std::uint32_t number) {
  const auto* field = Event::descriptor()->FindFieldByNumber(static_cast<int>(number));
  return field != nullptr && field->containing_oneof() != nullptr;
}

std::string UnknownFact(std::uint32_t number) {
  const std::string fact = std::to_string(number);
  return "the ledger holds fact " + fact +
         ", which this version does not know; a newer latchkey is needed, one that knows fact " +
         fact;
}

std::string_view TypeName(Event::FactCase fact) {
  switch (fact) {
    case Event::kLedgerCreated:
      return "LedgerCreated";
    case Event::kAccountOpened:
      return "AccountOpened";
    case Event::kGatewayAdded:
      return "GatewayAdded";
    case Event::kGatewayRenamed:
      return "GatewayRenamed";
    case Event::kGatewayRemoved:
      return "GatewayRemoved";
    case Event::kKeyIssued:
      return "KeyIssued";
    case Event::kKeyRegenerated:
      return "KeyRegenerated";
    case Event::kKeyRevealed:
      return "KeyRevealed";
    case Event::kKeyRevoked:
      return "KeyRevoked";
    case Event::kKeyExpired:
      return "KeyExpired";
    case Event::kKeyRedeemed:
      return "KeyRedeemed";
    case Event::kRedemptionRefused:
      return "RedemptionRefused";
    case Event::kRegistrationConfirmed:
      return "RegistrationConfirmed";
    case Event::kInstallationFailed:
      return "InstallationFailed";
    case Event::kRegistrationAbandoned:
      return "RegistrationAbandoned";
    case Event::kGatewayDeregistered:
      return "GatewayDeregistered";
    case Event::kGatewayConnected:
      return "GatewayConnected";
    case Event::kGatewayDisconnected:
      return "GatewayDisconnected";
    case Event::kCertificateSharedSuspected:
      return "CertificateSharedSuspected";
    case Event::kGatewayFlapping:
      return "GatewayFlapping";
    case Event::kMessageSent:
      return "MessageSent";
    case Event::kMessageEnded:
      return "MessageEnded";
    case Event::kWebhookAdded:
      return "WebhookAdded";
    case Event::kWebhookChanged:
      return "WebhookChanged";
    case Event::kWebhookSecretRotated:
      return "WebhookSecretRotated";
    case Event::kWebhookRemoved:
      return "WebhookRemoved";
    case Event::kRenewalIssued:
      return "RenewalIssued";
    case Event::kCertificateRenewed:
      return "CertificateRenewed";
    case Event::kOperatorTokenCreated:
      return "OperatorTokenCreated";
    case Event::kOperatorTokenRevoked:
      return "OperatorTokenRevoked";
    case Event::kOperatorTokenRotated:
      return "OperatorTokenRotated";
    case Event::kPersonSignedIn:
      return "PersonSignedIn";
    case Event::kCaRotated:
      return "CaRotated";
    case Event::kOperatorTokenExpired:
      return "OperatorTokenExpired";
    case Event::kCheckpointAdopted:
      return "CheckpointAdopted";
    case Event::kGatewayLabelled:
      return "GatewayLabelled";
    case Event::kGatewayNoted:
      return "GatewayNoted";
    case Event::kLedgerRestored:
      return "LedgerRestored";
    case Event::kRegistrationAccepted:
      return "RegistrationAccepted";
    case Event::kTrustDomainNamed:
      return "TrustDomainNamed";
    case Event::FACT_NOT_SET:
      return "";
  }
  return "";
}

std::optional<Event::FactCase> TypeFromName(std::string_view name) {
  const auto* facts = Event::descriptor()->FindOneofByName("fact");
  for (int i = 0; i < facts->field_count(); ++i) {
    const auto fact = static_cast<Event::FactCase>(facts->field(i)->number());
    if (TypeName(fact) == name) return fact;
  }
  return std::nullopt;
}

}  // namespace latchkey::events
