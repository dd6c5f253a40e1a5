#include "tests/events/examples.h"

#include <cstdint>
#include <string>

namespace latchkey::events {
namespace {

constexpr std::uint64_t kGateway = 0x123456789a;
constexpr std::int64_t kTime = 1'767'323'045'678'901;  // 2026-01-02T03:04:05.678901Z
constexpr std::int64_t kLater = kTime + 3'600'000'000;

IssuedKey ExampleKey(std::uint32_t generation) {
  IssuedKey key;
  key.set_generation(generation);
  key.set_nonce(Bytes(16, 0x10));
  key.set_master_key_id(Bytes(8, 0x20));
  key.set_secret_sha256(Bytes(32, 0x30));
  key.set_expires_us(kLater);
  return key;
}

// The envelope with every field set; `fact` sets the rest.
template <typename SetFact>
Event Example(std::uint64_t sequence, Actor::Kind kind, SetFact fact) {
  Event event;
  event.set_sequence(sequence);
  event.set_time_us(kTime);
  event.set_account("acme");
  event.set_gateway(kGateway);
  event.set_gateway_event(sequence + 1);
  event.mutable_actor()->set_kind(kind);
  event.mutable_actor()->set_token(kind == Actor::TOKEN ? 32 : 0);
  if (kind == Actor::CERTIFICATE) event.mutable_actor()->set_certificate_sha256(Bytes(32, 0x40));
  if (kind == Actor::PERSON) event.mutable_actor()->set_person(Bytes(16, 0x41));
  event.set_request_id(Bytes(16, 0x50));
  event.mutable_idempotency()->set_key_sha256(Bytes(32, 0x60));
  event.mutable_idempotency()->set_request_sha256(Bytes(32, 0x70));
  event.set_salt(Bytes(16, 0x01));
  event.mutable_sealed()->set_subject(Bytes(16, 0x02));
  event.mutable_sealed()->set_nonce(Bytes(12, 0x03));
  event.mutable_sealed()->set_box(Bytes(40, 0x04));
  fact(event);
  return event;
}

void AddLabels(google::protobuf::RepeatedPtrField<Label>* labels) {
  Label& first = *labels->Add();
  first.set_key("floor");
  first.set_value("2");
  Label& second = *labels->Add();
  second.set_key("site");
  second.set_value("Bücherei");
}

void AddKeyExamples(std::vector<Event>* all) {
  all->push_back(Example(6, Actor::TOKEN,
                         [](Event& e) { *e.mutable_key_issued()->mutable_key() = ExampleKey(1); }));
  all->push_back(Example(7, Actor::TOKEN, [](Event& e) {
    auto& fact = *e.mutable_key_regenerated();
    *fact.mutable_key() = ExampleKey(3);
    fact.set_superseded_generation(2);
    fact.set_replace(true);
  }));
  all->push_back(
      Example(8, Actor::TOKEN, [](Event& e) { e.mutable_key_revealed()->set_generation(3); }));
  all->push_back(
      Example(9, Actor::TOKEN, [](Event& e) { e.mutable_key_revoked()->set_generation(3); }));
  all->push_back(
      Example(10, Actor::SYSTEM, [](Event& e) { e.mutable_key_expired()->set_generation(4); }));
  all->push_back(Example(11, Actor::ADDRESS, [](Event& e) {
    auto& fact = *e.mutable_key_redeemed();
    fact.set_generation(5);
    fact.set_public_key_sha256(Bytes(32, 0x05));
    fact.set_certificate(Bytes(80, 0x06));
    fact.set_certificate_sha256(Bytes(32, 0x07));
    fact.set_serial("0123456789abcdef0123456789abcdef");
    fact.set_not_after_us(kLater);
    fact.set_confirm_by_us(kLater);
    fact.set_replacement(true);
  }));
  all->push_back(Example(12, Actor::ADDRESS, [](Event& e) {
    auto& fact = *e.mutable_redemption_refused();
    fact.set_generation(5);
    fact.set_code("key_already_redeemed");
    fact.set_count(16);
    fact.set_public_key_sha256(Bytes(32, 0x08));
    fact.set_holder_public_key_sha256(Bytes(32, 0x05));
    fact.set_holder_certificate_sha256(Bytes(32, 0x07));
  }));
}

void AddRegistrationExamples(std::vector<Event>* all) {
  all->push_back(Example(13, Actor::CERTIFICATE, [](Event& e) {
    auto& fact = *e.mutable_registration_confirmed();
    fact.set_generation(5);
    fact.set_certificate_sha256(Bytes(32, 0x07));
    fact.set_replaced_certificate_sha256(Bytes(32, 0x09));
    fact.set_version("2.4.1");
  }));
  all->push_back(Example(14, Actor::CERTIFICATE, [](Event& e) {
    auto& fact = *e.mutable_installation_failed();
    fact.set_generation(5);
    fact.set_certificate_sha256(Bytes(32, 0x07));
    fact.set_reason("directory_unreachable");
  }));
  all->push_back(Example(15, Actor::SYSTEM, [](Event& e) {
    auto& fact = *e.mutable_registration_abandoned();
    fact.set_generation(5);
    fact.set_certificate_sha256(Bytes(32, 0x07));
    fact.set_why(RegistrationAbandoned::CONFIRM_BY_PASSED);
  }));
  all->push_back(Example(16, Actor::TOKEN, [](Event& e) {
    e.mutable_gateway_deregistered()->set_certificate_sha256(Bytes(32, 0x07));
  }));
  all->push_back(Example(17, Actor::CERTIFICATE,
                         [](Event& e) { e.mutable_gateway_connected()->set_version("2.4.1"); }));
  all->push_back(Example(18, Actor::SYSTEM, [](Event& e) {
    e.mutable_gateway_disconnected()->set_last_seen_us(kTime - 150'000'000);
  }));
}

void AddTokenExamples(std::vector<Event>* all) {
  all->push_back(Example(22, Actor::SYSTEM,
                         [](Event& e) { e.mutable_operator_token_expired()->set_token(33); }));
  all->push_back(Example(19, Actor::TOKEN,
                         [](Event& e) { e.mutable_operator_token_revoked()->set_token(33); }));
  all->push_back(Example(20, Actor::TOKEN, [](Event& e) {
    auto& fact = *e.mutable_operator_token_rotated();
    fact.set_token(33);
    fact.set_token_sha256(Bytes(32, 0x18));
    fact.set_expires_us(kLater);
  }));
  all->push_back(Example(21, Actor::PERSON, [](Event& e) {
    auto& fact = *e.mutable_person_signed_in();
    fact.set_person(Bytes(16, 0x19));
    fact.set_role("helpdesk");
    fact.add_accounts("acme");
    fact.add_accounts("example");
  }));
  all->push_back(Example(21, Actor::SYSTEM, [](Event& e) {
    auto& fact = *e.mutable_ca_rotated();
    fact.set_ca_certificate(Bytes(60, 0x19));
    fact.set_ca_sha256(Bytes(32, 0x1a));
    fact.set_cross_certificate(Bytes(60, 0x1b));
    fact.set_previous_ca_sha256(Bytes(32, 0x1c));
  }));
  all->push_back(Example(22, Actor::SYSTEM, [](Event& e) {
    auto& fact = *e.mutable_checkpoint_adopted();
    fact.set_size(22);
    fact.set_root(Bytes(32, 0x1d));
  }));
}

void AddNameExamples(std::vector<Event>* all) {
  all->push_back(Example(27, Actor::SYSTEM, [](Event& e) {
    e.mutable_trust_domain_named()->set_name("example.org");
  }));
}

events::WebhookSecret ExampleSecret(std::uint32_t generation) {
  events::WebhookSecret secret;
  secret.set_generation(generation);
  secret.set_nonce(Bytes(16, 0x60 + generation));
  secret.set_master_key_id(Bytes(8, 0x62));
  return secret;
}

void AddWebhookExamples(std::vector<Event>* all) {
  all->push_back(Example(38, Actor::TOKEN, [](Event& e) {
    auto& fact = *e.mutable_webhook_added();
    fact.set_webhook(2);
    fact.set_host("alerts.example.com");
    fact.add_types("GatewayDisconnected");
    fact.add_types("InstallationFailed");
    fact.add_accounts("acme");
    *fact.mutable_secret() = ExampleSecret(1);
    fact.set_subject(Bytes(16, 0x63));
  }));
  all->push_back(Example(39, Actor::PERSON, [](Event& e) {
    auto& fact = *e.mutable_webhook_changed();
    fact.set_webhook(2);
    fact.set_host("alerts.example.org:8443");
    fact.add_types("KeyRedeemed");
    fact.add_accounts("globex");
  }));
  all->push_back(Example(40, Actor::TOKEN, [](Event& e) {
    auto& fact = *e.mutable_webhook_secret_rotated();
    fact.set_webhook(2);
    *fact.mutable_secret() = ExampleSecret(2);
    fact.set_previous_until_us(kLater);
  }));
  all->push_back(
      Example(41, Actor::TOKEN, [](Event& e) { e.mutable_webhook_removed()->set_webhook(2); }));
}

void AddRestoreExamples(std::vector<Event>* all) {
  all->push_back(Example(25, Actor::SYSTEM, [](Event& e) {
    auto& fact = *e.mutable_ledger_restored();
    fact.set_epoch(Bytes(10, 0x1e));
    fact.set_origin("latchkey.example/0123456789abcdef/restored");
    fact.set_checkpoint_public_key(Bytes(32, 0x1f));
    fact.set_previous_origin("latchkey.example/0123456789abcdef");
    fact.set_size(25);
    fact.set_root(Bytes(32, 0x21));
    fact.set_known_size(31);
    fact.set_known_root(Bytes(32, 0x22));
  }));
  all->push_back(Example(26, Actor::TOKEN, [](Event& e) {
    e.mutable_registration_accepted()->set_certificate_sha256(Bytes(32, 0x07));
  }));
  all->push_back(Example(30, Actor::CERTIFICATE, [](Event& e) {
    auto& fact = *e.mutable_renewal_issued();
    fact.set_generation(5);
    fact.set_public_key_sha256(Bytes(32, 0x1a));
    fact.set_certificate(Bytes(80, 0x1b));
    fact.set_certificate_sha256(Bytes(32, 0x1c));
    fact.set_serial("0123456789abcdef0123456789abcdef");
    fact.set_not_after_us(kLater);
    fact.set_superseded_certificate_sha256(Bytes(32, 0x1d));
  }));
  all->push_back(Example(31, Actor::CERTIFICATE, [](Event& e) {
    auto& fact = *e.mutable_certificate_renewed();
    fact.set_generation(5);
    fact.set_certificate_sha256(Bytes(32, 0x1c));
    fact.set_previous_certificate_sha256(Bytes(32, 0x07));
  }));
  all->push_back(Example(32, Actor::CERTIFICATE, [](Event& e) {
    auto& fact = *e.mutable_certificate_shared_suspected();
    fact.set_generation(5);
    fact.set_certificate_sha256(Bytes(32, 0x1c));
  }));
  all->push_back(Example(33, Actor::CERTIFICATE,
                         [](Event& e) { e.mutable_gateway_flapping()->set_until_us(kLater); }));
  all->push_back(Example(36, Actor::TOKEN, [](Event& e) {
    auto& fact = *e.mutable_message_sent();
    fact.set_message(9);
    fact.set_kind("config.changed");
    fact.set_expires_us(kLater);
  }));
  all->push_back(Example(37, Actor::CERTIFICATE, [](Event& e) {
    e.mutable_message_ended()->set_message(9);
    e.mutable_message_ended()->set_outcome(events::MessageEnded::FAILED);
  }));
  AddWebhookExamples(all);
  all->push_back(Example(34, Actor::CERTIFICATE, [](Event& e) {
    e.mutable_gateway_connected()->set_version("2.4.1");
    e.mutable_gateway_connected()->set_counted(true);
  }));
  all->push_back(Example(35, Actor::SYSTEM, [](Event& e) {
    e.mutable_gateway_disconnected()->set_last_seen_us(kTime - 150'000'000);
    e.mutable_gateway_disconnected()->set_counted(true);
  }));
}

}  // namespace

std::string Bytes(std::size_t size, std::uint32_t seed) {
  std::string bytes;
  for (std::uint32_t state = seed * 2'654'435'761u; bytes.size() < size;) {
    state = state * 1'664'525u + 1'013'904'223u;
    bytes += static_cast<char>(state >> 24);
  }
  return bytes;
}

Personal ExamplePersonal() {
  Personal personal;
  personal.set_address("2001:db8::7");
  personal.set_hostname("gw-berlin-1");
  personal.set_os("Debian 12");
  personal.set_host_version("2.4.1");
  personal.set_reason("the disk died");
  personal.set_detail("cannot reach the directory: timeout");
  personal.set_operator_name("Ada");
  personal.set_issuer("https://id.example.com");
  personal.set_subject("248289761001");
  personal.set_note("under the stairs");
  personal.set_other_address("203.0.113.9");
  personal.set_body(R"({"level":3.50})");
  personal.set_url("https://alerts.example.com/latchkey");
  return personal;
}

std::vector<Event> ExampleEvents() {
  std::vector<Event> all;
  all.push_back(Example(0, Actor::SYSTEM, [](Event& e) {
    auto& fact = *e.mutable_ledger_created();
    fact.set_format(1);
    fact.set_ledger_id(Bytes(16, 0x11));
    fact.set_epoch(Bytes(10, 0x12));
    fact.set_origin("latchkey.example/0123456789abcdef");
    fact.set_ca_certificate(Bytes(60, 0x13));
    fact.set_checkpoint_public_key(Bytes(32, 0x14));
  }));
  all.push_back(Example(1, Actor::SYSTEM, [](Event& e) {
    auto& fact = *e.mutable_operator_token_created();
    fact.set_token(32);
    fact.set_token_sha256(Bytes(32, 0x15));
    fact.set_role("operator");
    fact.add_accounts("acme");
    fact.add_accounts("example");
    fact.set_expires_us(kLater);
    fact.set_subject(Bytes(16, 0x16));
  }));
  all.push_back(Example(
      2, Actor::TOKEN, [](Event& e) { e.mutable_account_opened()->set_subject(Bytes(16, 0x17)); }));
  all.push_back(Example(3, Actor::TOKEN, [](Event& e) {
    e.mutable_gateway_added()->set_name("Berlin, second floor");
    e.mutable_gateway_added()->set_primary(1);
  }));
  all.push_back(Example(4, Actor::TOKEN, [](Event& e) {
    e.mutable_gateway_renamed()->set_name("Bücherei");
    e.mutable_gateway_renamed()->set_previous_name("Berlin, second floor");
  }));
  all.push_back(Example(5, Actor::TOKEN, [](Event& e) { e.mutable_gateway_removed(); }));
  all.push_back(Example(23, Actor::TOKEN, [](Event& e) {
    AddLabels(e.mutable_gateway_labelled()->mutable_labels());
  }));
  all.push_back(Example(24, Actor::TOKEN, [](Event& e) { e.mutable_gateway_noted(); }));
  AddRestoreExamples(&all);
  AddNameExamples(&all);
  AddKeyExamples(&all);
  AddRegistrationExamples(&all);
  AddTokenExamples(&all);
  return all;
}

}  // namespace latchkey::events
