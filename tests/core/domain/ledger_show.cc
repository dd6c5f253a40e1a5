// What a test ledger shows of a gateway.
#include "tests/core/domain/ledger_fixture.h"

namespace latchkey::testing {
namespace {

std::string Word(domain::KeyState state) {
  switch (state) {
    case domain::KEY_ACTIVE:
      return "active";
    case domain::KEY_REDEEMED:
      return "redeemed";
    case domain::KEY_SUPERSEDED:
      return "superseded";
    case domain::KEY_REVOKED:
      return "revoked";
    case domain::KEY_EXPIRED:
      return "expired";
    default:
      return "none";
  }
}

std::string Word(domain::CertificateRow::State state) {
  switch (state) {
    case domain::CertificateRow::PENDING:
      return "pending";
    case domain::CertificateRow::CURRENT:
      return "current";
    case domain::CertificateRow::ABANDONED:
      return "abandoned";
    case domain::CertificateRow::REVOKED:
      return "revoked";
    case domain::CertificateRow::UNUSED:
      return "unused";
    case domain::CertificateRow::RENEWED:
      return "renewed";
    default:
      return "none";
  }
}

std::string Word(domain::MessageState state) {
  switch (state) {
    case domain::MESSAGE_OPEN:
      return "open";
    case domain::MESSAGE_DONE:
      return "done";
    case domain::MESSAGE_FAILED:
      return "failed";
    case domain::MESSAGE_EXPIRED:
      return "expired";
    case domain::MESSAGE_CANCELLED:
      return "cancelled";
    default:
      return "none";
  }
}

}  // namespace

std::string TestLedger::Show(std::uint64_t gateway) const {
  const domain::GatewayRow row = Row(gateway);
  if (row.number() == 0) return "none";
  std::string text = row.removed()       ? "removed"
                     : row.has_current() ? "registered"
                     : row.has_pending() ? "registering"
                                         : "unregistered";
  if (row.connected()) text += " connected";
  if (domain::IsRestored(row)) text += " restored";
  for (std::uint32_t generation = 1; generation <= row.key().generation(); ++generation) {
    const domain::KeyRow key = Key(gateway, generation);
    text += "; " + std::to_string(generation) + " " + testing::Word(key.state());
    const auto certificate = domain::ReadCertificate(state_, key.certificate_sha256());
    if (certificate) text += " " + testing::Word(certificate->state());
  }
  for (const events::Event& event : events_) {
    if (event.gateway() != gateway || !event.has_renewal_issued()) continue;
    const auto renewal =
        domain::ReadCertificate(state_, event.renewal_issued().certificate_sha256());
    text += "; renewal " + (renewal ? testing::Word(renewal->state()) : "missing");
  }
  for (const events::Event& event : events_) {
    if (event.gateway() != gateway || !event.has_message_sent()) continue;
    const std::uint64_t number = event.message_sent().message();
    const auto message = domain::ReadMessage(state_, gateway, number);
    text += "; message " + std::to_string(number) + " " +
            (message ? testing::Word(message->state()) : "missing");
  }
  if (row.has_last_failure()) text += "; failed " + row.last_failure().reason();
  return text;
}

}  // namespace latchkey::testing
