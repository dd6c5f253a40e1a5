#include "tests/core/domain/ledger_fixture.h"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/crypto/hash.h"
#include "core/domain/apply.h"
#include "core/domain/decide.h"
#include "core/domain/decision.h"
#include "core/domain/invariants.h"
#include "tests/core/domain/describe.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {
namespace {

constexpr std::uint64_t kNoGateway = 999'999;
constexpr std::uint64_t kNoToken = 999'999;

std::string LedgerId() { return std::string(16, 'l'); }
std::string Epoch() { return std::string(10, 'e'); }

void StampActor(const domain::Actor& from, events::Actor* to) {
  switch (from.kind) {
    case domain::Actor::Kind::kSystem:
      return to->set_kind(events::Actor::SYSTEM);
    case domain::Actor::Kind::kToken:
      to->set_kind(events::Actor::TOKEN);
      return to->set_token(from.token);
    case domain::Actor::Kind::kCertificate:
      to->set_kind(events::Actor::CERTIFICATE);
      return to->set_certificate_sha256(from.certificate_sha256);
    case domain::Actor::Kind::kPerson:
      to->set_kind(events::Actor::PERSON);
      return to->set_person(from.person);
    case domain::Actor::Kind::kAddress:
      return to->set_kind(events::Actor::ADDRESS);
  }
}

}  // namespace

std::string Outcome::Word() const {
  if (!answer) return std::string(CodeName(answer.error().code));
  return answer->created ? "created" : answer->repeated ? "repeated" : "ok";
}

TestLedger::TestLedger(std::uint64_t seed)
    : random_(seed),
      mint_(crypto::Secret(std::string(32, 'm')), LedgerId(), Epoch()),
      started_at_(clock_.Now()) {
  Submit(domain::CreateLedger{LedgerId(), Epoch(), "latchkey.test/ledger", "CA",
                              std::string(32, 'c'), crypto::Sha256("owner token")},
         domain::Actor());
}

domain::Context TestLedger::Context() {
  return {clock_.Now(), LedgerTime(), started_at_, settings_, mint_, random_, 0};
}

Time TestLedger::LedgerTime() const {
  return events_.empty() ? clock_.Now()
                         : std::max(clock_.Now(), FromMicros(events_.back().time_us()));
}

Outcome TestLedger::Submit(const domain::Submission& request) {
  domain::Context context = Context();
  std::uint64_t* refusals = nullptr;
  if (const auto* redeem = std::get_if<domain::RedeemKey>(&request.command)) {
    refusals = &refusals_[{redeem->gateway, redeem->generation}];
    context.refusals = *refusals;
  }
  const domain::Decision decision = domain::Decide(state_, request, context);
  if (decision.refusals != 0) *refusals = decision.refusals;
  Outcome outcome{decision.answer, {}};
  for (const domain::Draft& draft : decision.events) {
    events::Event event = draft.event;
    Stamp(draft, request, &event);
    Append(event);
    outcome.events.push_back(std::move(event));
  }
  return outcome;
}

Outcome TestLedger::Submit(domain::Command command, domain::Actor actor) {
  domain::Submission request{
      std::move(command), std::move(actor), random_.Bytes(16), {}, if_match_};
  if_match_.reset();
  return Submit(request);
}

void TestLedger::Stamp(const domain::Draft& draft, const domain::Submission& request,
                       events::Event* event) {
  const events::Event blank = NextEvent();
  event->set_sequence(blank.sequence());
  event->set_time_us(blank.time_us());
  event->set_salt(blank.salt());
  if (!draft.by_timer) {
    event->set_request_id(request.request_id);
    StampActor(request.actor, event->mutable_actor());
  }
  if (request.idempotency && !draft.by_timer) {
    event->mutable_idempotency()->set_key_sha256(request.idempotency->key_sha256);
    event->mutable_idempotency()->set_request_sha256(request.idempotency->request_sha256);
  }
  if (draft.personal.ByteSizeLong() == 0) return;
  EXPECT_EQ(draft.subject.size(), 16u) << "nobody's key seals " << Describe(*event);
  event->mutable_sealed()->set_subject(draft.subject);
  event->mutable_sealed()->set_box(draft.personal.SerializeAsString());
}

events::Event TestLedger::NextEvent(std::uint64_t gateway) {
  events::Event event;
  event.set_sequence(events_.size());
  event.set_time_us(ToMicros(LedgerTime()));
  event.set_salt(random_.Bytes(16));
  if (gateway != 0) {
    const domain::GatewayRow row = Row(gateway);
    event.set_account(row.account());
    event.set_gateway(gateway);
    event.set_gateway_event(row.events() + 1);
  }
  return event;
}

void TestLedger::Append(const events::Event& event) {
  for (const domain::Violation& violation : domain::FindViolations(state_, last_event(), event)) {
    ADD_FAILURE() << violation.invariant << " at " << violation.sequence << ": "
                  << violation.detail;
  }
  state_.Write(domain::Apply(state_, event));
  events_.push_back(event);
}

Outcome TestLedger::Open(std::string account) {
  return Submit(domain::OpenAccount{std::move(account)}, Operator(operator_));
}

Outcome TestLedger::Add(domain::AddGateway command) {
  const std::string name = command.name;
  Outcome outcome = Submit(std::move(command), Operator(operator_));
  if (outcome.answer) named_[name] = outcome.answer->gateway;
  return outcome;
}

Outcome TestLedger::Rename(std::uint64_t gateway, std::string name) {
  return Change({gateway, std::move(name)});
}

Outcome TestLedger::Change(domain::ChangeGateway command) {
  return Submit(std::move(command), Operator(operator_));
}

Outcome TestLedger::Remove(std::uint64_t gateway) {
  return Submit(domain::RemoveGateway{gateway}, Operator(operator_));
}

Outcome TestLedger::Generate(domain::GenerateKey command) {
  return Submit(std::move(command), Operator(operator_));
}

Outcome TestLedger::Reveal(std::uint64_t gateway) {
  return Submit(domain::RevealKey{gateway}, Operator(operator_));
}

Outcome TestLedger::Revoke(std::uint64_t gateway) {
  return Submit(domain::RevokeKey{gateway}, Operator(operator_));
}

Outcome TestLedger::Deregister(std::uint64_t gateway, std::string reason) {
  return Submit(domain::DeregisterGateway{gateway, std::move(reason)}, Operator(operator_));
}

Outcome TestLedger::CreateToken(std::string name, domain::TokenRole role,
                                std::vector<std::string> accounts, Lifetime lifetime) {
  const std::string secret = name + " " + std::to_string(++secrets_made_);
  Outcome outcome =
      Submit(domain::CreateToken{name, role, std::move(accounts), lifetime, crypto::Sha256(secret)},
             Operator(operator_));
  if (outcome.answer) {
    tokens_[name] = outcome.answer->token;
    secrets_[name] = secret;
  }
  return outcome;
}

Outcome TestLedger::RotateToken(std::string_view name, Lifetime lifetime) {
  const std::string secret = std::string(name) + " " + std::to_string(++secrets_made_);
  Outcome outcome = Submit(domain::RotateToken{TokenNamed(name), lifetime, crypto::Sha256(secret)},
                           Operator(operator_));
  if (outcome.answer) secrets_[std::string(name)] = secret;
  return outcome;
}

Outcome TestLedger::RevokeToken(std::string_view name) {
  return Submit(domain::RevokeToken{TokenNamed(name)}, Operator(operator_));
}

Outcome TestLedger::SignIn(std::string_view name, domain::TokenRole role,
                           std::vector<std::string> accounts) {
  return Submit(
      domain::SignInPerson{PersonNamed(name), role, std::move(accounts), std::string(name),
                           "https://id.example.com", "sub of " + std::string(name)},
      Person(name));
}

Outcome TestLedger::SubmitAs(std::string_view name, domain::Command command) {
  return Submit(std::move(command), Person(name));
}

Outcome TestLedger::RotateCa(const std::string& name) {
  return Submit(domain::RotateCa{name, name + " crossed"}, domain::Actor());
}

events::Event TestLedger::RestoredEvent() {
  const domain::LedgerRow before = *domain::ReadLedger(state_);
  const std::string mark = std::to_string(++restores_);
  events::Event event = NextEvent();
  events::LedgerRestored& fact = *event.mutable_ledger_restored();
  fact.set_epoch("epoch " + mark);
  fact.set_origin("latchkey.test/restored/" + mark);
  fact.set_checkpoint_public_key("key " + mark);
  fact.set_previous_origin(before.origin());
  fact.set_size(event.sequence());
  fact.set_known_size(event.sequence());
  return event;
}

Outcome TestLedger::Restore() {
  Append(RestoredEvent());
  const std::string secret = "owner of restore " + std::to_string(restores_);
  Outcome owner = Submit(
      domain::CreateToken{"owner", domain::TokenRole::kOwner, {}, {}, crypto::Sha256(secret)},
      domain::Actor());
  operator_ = tokens_["owner"] = owner.answer->token;
  secrets_["owner"] = secret;
  return owner;
}

Outcome TestLedger::Accept(std::uint64_t gateway) {
  return Submit(domain::AcceptRegistration{gateway}, Operator(operator_));
}

Outcome TestLedger::AcceptAll(std::string account) {
  return Submit(domain::AcceptRegistrations{std::move(account)}, Operator(operator_));
}

std::uint64_t TestLedger::TokenNamed(std::string_view name) const {
  const auto found = tokens_.find(name);
  return found == tokens_.end() ? kNoToken : found->second;
}

domain::TokenRow TestLedger::Token(std::string_view name) const {
  return domain::ReadToken(state_, TokenNamed(name)).value_or(domain::TokenRow());
}

domain::CertificateOffer TestLedger::Offer(std::string_view party, Micros lifetime) {
  const std::string serial = std::to_string(++certificates_);
  const std::string der = "certificate " + serial + " for " + std::string(party);
  return {der, crypto::Sha256(der), std::string(32 - serial.size(), '0') + serial,
          LedgerTime() + lifetime};
}

domain::RedeemKey TestLedger::Redemption(std::uint64_t gateway, std::uint32_t generation,
                                         std::string_view party) {
  std::string secret_sha256 = crypto::Sha256("no secret of ours");
  if (const std::string nonce = Key(gateway, generation).nonce(); !nonce.empty()) {
    secret_sha256 = crypto::Sha256(mint_.Derive(gateway, generation, nonce).view());
  }
  return {gateway,
          generation,
          std::move(secret_sha256),
          PublicKeyOf(party),
          Offer(party, kCertificateLifetime),
          "",
          domain::Host{std::string(party) + ".example", "Debian", "12"}};
}

Outcome TestLedger::Redeem(domain::RedeemKey command) {
  return Submit(std::move(command), Stranger());
}

Outcome TestLedger::CheckIn(std::string certificate_sha256, std::string version) {
  return Submit(domain::CheckIn{certificate_sha256, std::move(version)},
                Holder(certificate_sha256));
}

Outcome TestLedger::Renew(std::string certificate_sha256, std::string_view party, Micros lifetime) {
  return Submit(domain::Renew{certificate_sha256, PublicKeyOf(party), Offer(party, lifetime)},
                Holder(certificate_sha256));
}

Outcome TestLedger::SuspectSharing(std::string certificate_sha256, std::string other_address) {
  return Submit(domain::SuspectSharing{certificate_sha256, std::move(other_address)},
                Holder(certificate_sha256));
}

Outcome TestLedger::DeregisterSelf(std::string certificate_sha256, std::string reason) {
  return Submit(domain::DeregisterSelf{certificate_sha256, std::move(reason)},
                Holder(certificate_sha256));
}

Outcome TestLedger::ReportFailure(std::string certificate_sha256, std::string reason,
                                  std::string detail) {
  return Submit(domain::ReportFailure{certificate_sha256, std::move(reason), std::move(detail)},
                Holder(certificate_sha256));
}

Outcome TestLedger::Abandon(std::uint64_t gateway, std::uint32_t generation) {
  return Submit(domain::AbandonRegistration{gateway, generation}, domain::Actor());
}

Outcome TestLedger::Expire(std::uint64_t gateway, std::uint32_t generation) {
  return Submit(domain::ExpireKey{gateway, generation}, domain::Actor());
}

Outcome TestLedger::ExpireToken(std::uint64_t token) {
  return Submit(domain::ExpireToken{token}, domain::Actor());
}

Outcome TestLedger::Disconnect(std::uint64_t gateway) {
  return Submit(domain::DisconnectGateway{gateway, clock_.Now()}, domain::Actor());
}

Outcome TestLedger::Send(std::uint64_t gateway, std::string kind, std::chrono::seconds lifetime) {
  return Submit(domain::SendMessage{gateway, std::move(kind), R"({"level":3})", lifetime},
                Operator(operator_));
}

Outcome TestLedger::Cancel(std::uint64_t gateway, std::uint64_t message) {
  return Submit(domain::CancelMessage{gateway, message}, Operator(operator_));
}

Outcome TestLedger::Acknowledge(std::string certificate_sha256, std::uint64_t message, bool done,
                                bool ended) {
  const domain::Actor actor = Holder(certificate_sha256);
  return Submit(
      domain::AcknowledgeMessages{
          std::move(certificate_sha256), ended, {{message, done, done ? "" : "no room"}}},
      actor);
}

Outcome TestLedger::FireTimer(const domain::Deadline& deadline) {
  const auto generation = static_cast<std::uint32_t>(deadline.number);
  switch (deadline.kind) {
    case domain::DeadlineKind::kConfirmBy:
      return Abandon(deadline.gateway, generation);
    case domain::DeadlineKind::kKeyExpiry:
      return Expire(deadline.gateway, generation);
    case domain::DeadlineKind::kMessageExpiry:
      break;
  }
  return Submit(domain::ExpireMessage{deadline.gateway, deadline.number}, domain::Actor());
}

Outcome TestLedger::FireTimers() {
  Outcome all{domain::Answer(), {}};
  for (const auto kind : {domain::DeadlineKind::kConfirmBy, domain::DeadlineKind::kKeyExpiry,
                          domain::DeadlineKind::kMessageExpiry}) {
    std::vector<domain::Deadline> passed;
    const domain::KeyRange range = domain::Deadlines(kind);
    const Time by = kind == domain::DeadlineKind::kConfirmBy ? clock_.Now() : LedgerTime();
    for (auto row = state_.rows().lower_bound(range.from);
         row != state_.rows().lower_bound(range.until); ++row) {
      const domain::Deadline deadline = domain::ParseDeadlineKey(row->first);
      if (deadline.at > by) break;
      passed.push_back(deadline);
    }
    for (const domain::Deadline& deadline : passed) {
      const Outcome one = FireTimer(deadline);
      all.events.insert(all.events.end(), one.events.begin(), one.events.end());
    }
  }
  std::vector<std::uint64_t> tokens;
  const domain::KeyRange range = domain::Tokens();
  for (auto row = state_.rows().lower_bound(range.from);
       row != state_.rows().lower_bound(range.until); ++row) {
    tokens.push_back(domain::TrailingNumber(row->first));
  }
  for (const std::uint64_t token : tokens) {
    const Outcome one = ExpireToken(token);
    all.events.insert(all.events.end(), one.events.begin(), one.events.end());
  }
  return all;
}

void TestLedger::Restart(Micros downtime) {
  clock_.Advance(downtime);
  started_at_ = clock_.Now();
  refusals_.clear();
}

domain::GatewayRow TestLedger::Row(std::uint64_t gateway) const {
  return domain::ReadGateway(state_, gateway).value_or(domain::GatewayRow());
}

domain::KeyRow TestLedger::Key(std::uint64_t gateway, std::uint32_t generation) const {
  return domain::ReadKey(state_, Row(gateway), generation).value_or(domain::KeyRow());
}

std::string TestLedger::CertificateOf(std::uint64_t gateway, std::uint32_t generation) const {
  return Key(gateway, generation).certificate_sha256();
}

std::string TestLedger::CertificateOf(std::uint64_t gateway, std::string_view party) const {
  const std::string public_key = PublicKeyOf(party);
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (event->gateway() != gateway) continue;
    if (event->key_redeemed().public_key_sha256() == public_key) {
      return event->key_redeemed().certificate_sha256();
    }
    if (event->renewal_issued().public_key_sha256() == public_key) {
      return event->renewal_issued().certificate_sha256();
    }
  }
  return "";
}

std::uint64_t TestLedger::Named(std::string_view name) const {
  const auto found = named_.find(name);
  return found == named_.end() ? kNoGateway : found->second;
}

void TestLedger::Edit(std::uint64_t gateway, const std::function<void(domain::GatewayRow*)>& edit) {
  domain::GatewayRow row = Row(gateway);
  edit(&row);
  state_.Write({{domain::GatewayKey(gateway), row.SerializeAsString()}});
}

domain::Actor Operator(std::uint64_t token) {
  return {domain::Actor::Kind::kToken, token, "", "10.0.0.1"};
}

std::string PersonNamed(std::string_view name) {
  std::string person(name);
  person.resize(16, '_');
  return person;
}

domain::Actor Person(std::string_view name) {
  return {domain::Actor::Kind::kPerson, 0, "", "10.0.0.2", PersonNamed(name)};
}

domain::Actor Stranger() { return {domain::Actor::Kind::kAddress, 0, "", "192.0.2.7"}; }

domain::Actor Holder(std::string certificate_sha256) {
  return {domain::Actor::Kind::kCertificate, 0, std::move(certificate_sha256), "192.0.2.8"};
}

events::Personal Unsealed(const events::Sealed& sealed) {
  events::Personal personal;
  if (!personal.ParseFromString(sealed.box())) std::abort();
  return personal;
}

std::string PublicKeyOf(std::string_view party) {
  return crypto::Sha256({"public key of ", party});
}

testing::MemoryState Rebuild(const std::vector<events::Event>& events) {
  testing::MemoryState state;
  for (const events::Event& event : events) state.Write(domain::Apply(state, event));
  return state;
}

}  // namespace latchkey::testing
