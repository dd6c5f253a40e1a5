// The acts of operators, installers and gateways, time, and what is checked.
#include "tests/core/domain/random_history.h"

#include <algorithm>
#include <functional>

#include "core/domain/judge.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<std::string> kAccounts{"acme", "globex", "initech"};
const std::vector<std::string> kNames{"paris", "lyon", "nice", "lille", "brest"};
const std::vector<std::string> kParties{"ann", "bob", "cid"};
const std::vector<seconds> kLifetimes{seconds(1), hours(4), hours(24), hours(24 * 7)};
const std::vector<Micros> kCertificateLifetimes{hours(2), hours(24 * 3), hours(24 * 365)};
const std::vector<Micros> kPauses{Micros(1),   seconds(1),  seconds(10), minutes(1),
                                  minutes(10), minutes(30), hours(30)};
const std::vector<Micros> kSteps{seconds(-10), seconds(-59), minutes(30), hours(-30), hours(30)};

}  // namespace

const std::string& RandomHistory::AnyAccount() { return Any(kAccounts); }

std::uint64_t RandomHistory::AnyGateway() {
  const std::uint64_t count = model_.size();
  if (count == 0 || OneIn(40)) return count + 1;
  std::uint64_t gateway = 1 + Below(count);
  for (int again = 0; again < 3 && ledger_.Row(gateway).removed(); ++again) {
    gateway = 1 + Below(count);
  }
  return gateway;
}

std::uint32_t RandomHistory::AnyGeneration(std::uint64_t gateway) {
  const std::uint32_t latest = ledger_.Row(gateway).key().generation();
  if (OneIn(30)) return latest + 1;
  if (latest > 1 && OneIn(3)) return latest - 1;
  if (OneIn(10)) return static_cast<std::uint32_t>(Below(latest + 1));
  return latest;
}

bool RandomHistory::MaybeIfMatch(std::uint64_t gateway) {
  if (!OneIn(6)) return false;
  const bool stale = OneIn(3);
  ledger_.Expect(ledger_.Row(gateway).events() + (stale ? 1 : 0));
  return stale;
}

void RandomHistory::Same(const Outcome& outcome, const std::string& word, std::uint64_t gateway,
                         const std::string& what) {
  last_ = what + " on gateway " + std::to_string(gateway);
  EXPECT_EQ(outcome.Word(), word) << last_ << ": " << ledger_.Show(gateway);
  EXPECT_EQ(ledger_.Show(gateway), model_.Show(gateway)) << last_;
  for (const events::Event& event : outcome.events) {
    acknowledged_ += event.has_message_ended() &&
                     event.message_ended().outcome() <= events::MessageEnded::FAILED;
    if (!event.has_key_redeemed()) continue;
    EXPECT_TRUE(redeemed_.emplace(event.gateway(), event.key_redeemed().generation()).second)
        << "redeemed twice";
  }
}

void RandomHistory::Add() {
  const std::string& account = AnyAccount();
  if (OneIn(12)) return Same(ledger_.Open(account), model_.Open(account), 0, "open " + account);
  const std::string& name = Any(kNames);
  const std::uint64_t primary = OneIn(2) ? AnyGateway() : 0;
  const seconds lifetime = Any(kLifetimes);
  const Outcome outcome = ledger_.Add({account, name, primary, lifetime});
  const std::string word = model_.Add(account, name, primary, lifetime);
  Same(outcome, word, model_.size(), "add " + name + " under " + std::to_string(primary));
}

void RandomHistory::Manage() {
  const std::uint64_t gateway = AnyGateway();
  const bool stale = MaybeIfMatch(gateway);
  switch (Below(10)) {
    case 0: {
      const std::string& name = Any(kNames);
      return Same(ledger_.Rename(gateway, name), model_.Rename(gateway, name, stale), gateway,
                  "rename to " + name);
    }
    case 1:
      return Same(ledger_.Remove(gateway), model_.Remove(gateway, stale), gateway, "remove");
    case 2:
      return Same(ledger_.Revoke(gateway), model_.Revoke(gateway, stale), gateway, "revoke");
    case 3:
    case 4:
      return Same(ledger_.Deregister(gateway), model_.Deregister(gateway, stale), gateway,
                  "deregister");
    default:
      return Same(ledger_.Reveal(gateway), model_.Reveal(gateway, stale), gateway, "reveal");
  }
}

// By number; the first acts, so it is touched only where that is refused.
void RandomHistory::Tokens() {
  const std::vector<TestLedger::Lifetime> lifetimes{{}, seconds(1), hours(4), hours(24)};
  const TestLedger::Lifetime lifetime = Any(lifetimes);
  if (OneIn(2)) {
    const bool owner = OneIn(2);
    const std::string account = OneIn(2) ? "" : AnyAccount();
    const std::string name = std::to_string(model_.tokens() + 1);
    const Outcome outcome = ledger_.CreateToken(
        name, owner ? domain::TokenRole::kOwner : domain::TokenRole::kHelpdesk,
        account.empty() ? std::vector<std::string>() : std::vector{account}, lifetime);
    return Same(outcome, model_.CreateToken(owner, account, lifetime), 0, "create token");
  }
  const std::uint64_t token = 1 + Below(model_.tokens() + 1);
  if (token == 1 && !model_.IsLastOwner(1)) return;
  const std::string name = token == 1 ? "owner" : std::to_string(token);
  const std::string which = " token " + name;
  if (OneIn(2)) {
    return Same(ledger_.RevokeToken(name), model_.RevokeToken(token), 0, "revoke" + which);
  }
  Same(ledger_.RotateToken(name, lifetime), model_.RotateToken(token, lifetime), 0,
       "rotate" + which);
}

void RandomHistory::Generate() {
  const std::uint64_t gateway = AnyGateway();
  const bool stale = MaybeIfMatch(gateway);
  const bool replace = OneIn(2);
  const seconds lifetime = Any(kLifetimes);
  Same(ledger_.Generate({gateway, replace, lifetime, ""}),
       model_.Generate(gateway, replace, lifetime, stale), gateway, "generate");
}

void RandomHistory::Redeem() {
  const std::uint64_t gateway = AnyGateway();
  const std::uint32_t generation = AnyGeneration(gateway);
  const std::string party = OneIn(8) ? "" : Any(kParties);
  domain::RedeemKey command = ledger_.Redemption(gateway, generation, party);
  command.offer->not_after = ledger_.LedgerTime() + Any(kCertificateLifetimes);
  command.confirm = OneIn(4);
  const bool right_secret = !OneIn(10);
  if (!right_secret) command.secret_sha256[Below(32)] ^= 0x10;
  const domain::CertificateOffer offer = *command.offer;
  if (party.empty()) {
    command.public_key_sha256.clear();
    command.offer.reset();
    command.csr_problem = "This is no CSR.";
  }
  const Rows before = ledger_.state().rows();
  const Outcome outcome = ledger_.Redeem(command);
  const std::string word =
      model_.Redeem(gateway, generation, right_secret, party, offer.not_after, command.confirm);
  Same(outcome, word, gateway, "redeem " + std::to_string(generation) + " by " + party);
  if (outcome.Word() != "created") thrown_away_.push_back(offer.sha256);
  if (!outcome.answer) CheckRefusal(before, gateway, generation);
}

// A refused redemption spends nothing: no row changes except counts, and the expiry of a key whose
// time has passed.
void RandomHistory::CheckRefusal(const Rows& before, std::uint64_t gateway,
                                 std::uint32_t generation) {
  Rows after = ledger_.state().rows();
  const std::string gateway_key = domain::GatewayKey(gateway);
  const std::string key_key = domain::KeyKey(gateway, generation);
  if (const auto found = before.find(gateway_key); found != before.end()) {
    const auto was = domain::ParseRow<domain::GatewayRow>(found->second);
    domain::GatewayRow is = ledger_.Row(gateway);
    is.set_events(was.events());
    is.set_sequence(was.sequence());
    is.mutable_key()->set_refusals(was.key().refusals());
    if (was.key().state() == domain::KEY_ACTIVE && is.key().state() == domain::KEY_EXPIRED) {
      is.mutable_key()->set_state(domain::KEY_ACTIVE);
      after[domain::DeadlineKey({domain::DeadlineKind::kKeyExpiry,
                                 FromMicros(was.key().expires_us()), gateway,
                                 was.key().generation()})] = "";
    }
    after[gateway_key] = is.SerializeAsString();
  }
  if (const auto found = before.find(key_key); found != before.end()) {
    const auto was = domain::ParseRow<domain::KeyRow>(found->second);
    domain::KeyRow is = ledger_.Key(gateway, generation);
    is.set_refusals(was.refusals());
    after[key_key] = is.SerializeAsString();
  }
  EXPECT_EQ(Difference(before, after), "") << last_;
}

// A certificate of the gateway, mostly of its last redemption or renewals, and its digest.
ReferenceModel::Which RandomHistory::AnyCertificate(std::uint64_t gateway, std::string* sha256) {
  const std::size_t renewals = model_.Renewals(gateway);
  if (renewals > 0 && !OneIn(3)) {
    const std::size_t last = renewals - Below(std::min<std::size_t>(renewals, 3));
    *sha256 = renewals_.at({gateway, last});
    return {0, last};
  }
  const std::uint32_t generation = AnyGeneration(gateway);
  *sha256 = ledger_.CertificateOf(gateway, generation);
  return {generation};
}

void RandomHistory::Present() {
  const std::uint64_t gateway = AnyGateway();
  std::string certificate;
  const ReferenceModel::Which which = AnyCertificate(gateway, &certificate);
  const std::string with = " with certificate " + std::to_string(which.generation) +
                           " or renewal " + std::to_string(which.renewal);
  if (OneIn(6)) {
    const std::string reason = OneIn(2) ? "disk_full" : "no_network";
    return Same(ledger_.ReportFailure(certificate, reason),
                model_.ReportFailure(gateway, which, reason), gateway, "fail" + with);
  }
  if (OneIn(15)) {
    return Same(ledger_.DeregisterSelf(certificate), model_.DeregisterSelf(gateway, which), gateway,
                "deregister itself" + with);
  }
  if (OneIn(2)) return Renew(gateway, which, certificate);
  Same(ledger_.CheckIn(certificate), model_.CheckIn(gateway, which), gateway, "check in" + with);
}

void RandomHistory::Renew(std::uint64_t gateway, ReferenceModel::Which which,
                          const std::string& certificate) {
  const std::string party = Any(kParties);
  const Micros lifetime = Any(kCertificateLifetimes);
  const Outcome outcome = ledger_.Renew(certificate, party, lifetime);
  const Time not_after = model_.ledger_time + lifetime;
  const std::string word = model_.Renew(gateway, which, party, not_after);
  if (word == "created") {
    renewals_[{gateway, model_.Renewals(gateway)}] = ledger_.CertificateOf(gateway, party);
  }
  Same(outcome, word, gateway, "renew for " + party);
}

void RandomHistory::PassTime() {
  switch (Below(6)) {
    case 0:
      ledger_.FireTimers();
      model_.Timers();
      last_ = "timers";
      break;
    case 1: {
      const std::uint64_t gateway = AnyGateway();
      const Outcome outcome = ledger_.Disconnect(gateway);
      model_.Disconnect(gateway);
      Same(outcome, "ok", gateway, "disconnect");
      break;
    }
    case 2:
      if (!OneIn(4)) break;
      ledger_.Restart(Any(kPauses));
      model_.started_at = ledger_.clock().Now();
      last_ = "restart";
      break;
    case 3:
      ToDeadline(AnyGateway());
      break;
    case 4:
      ledger_.clock().Step(Any(kSteps));
      break;
    default:
      ledger_.clock().Advance(Any(kPauses));
  }
}

// To a deadline of the gateway, or just before it.
void RandomHistory::ToDeadline(std::uint64_t gateway) {
  const domain::GatewayRow row = ledger_.Row(gateway);
  const bool of_message = row.open_messages_size() > 0 && OneIn(2);
  Time at = FromMicros(row.has_pending() ? row.pending().confirm_by_us() : row.key().expires_us());
  if (of_message) {
    const auto any = Below(static_cast<std::uint64_t>(row.open_messages_size()));
    at = FromMicros(row.open_messages(static_cast<int>(any)).expires_us());
  }
  const Time to = at - Micros(static_cast<std::int64_t>(Below(2)));
  if (to > ledger_.clock().Now()) ledger_.clock().Advance(to - ledger_.clock().Now());
  last_ = "a deadline of gateway " + std::to_string(gateway);
  if (!of_message) return;
  // Only the timers judge the time of a message, so they are what must run just then.
  ReadClock();
  ledger_.FireTimers();
  model_.Timers();
  CheckMessages(gateway);
}

void RandomHistory::ReadClock() {
  model_.now = ledger_.clock().Now();
  model_.ledger_time = ledger_.LedgerTime();
}

void RandomHistory::Step() {
  ReadClock();
  struct Choice {
    std::uint64_t weight;
    std::function<void()> act;
  };
  const Choice choices[] = {
      {10, [this] { Add(); }},    {12, [this] { Manage(); }},   {24, [this] { Generate(); }},
      {36, [this] { Redeem(); }}, {30, [this] { Present(); }},  {16, [this] { PassTime(); }},
      {10, [this] { Tokens(); }}, {26, [this] { Messages(); }}, {14, [this] { Webhooks(); }}};
  std::uint64_t total = 0;
  for (const Choice& choice : choices) total += choice.weight;
  std::uint64_t left = Below(total);
  for (const Choice& choice : choices) {
    if (left < choice.weight) {
      choice.act();
      break;
    }
    left -= choice.weight;
  }
  ReadClock();
}

void RandomHistory::CheckEverything() {
  for (std::uint64_t gateway = 1; gateway <= model_.size(); ++gateway) {
    ASSERT_EQ(ledger_.Show(gateway), model_.Show(gateway)) << "gateway " << gateway;
  }
  const Time now = ledger_.LedgerTime();
  for (std::uint64_t token = 1; token <= model_.tokens(); ++token) {
    const domain::TokenRow row = *domain::ReadToken(ledger_.state(), token);
    const std::string shown = model_.ShowToken(token);
    EXPECT_EQ(domain::IsValid(row, now), shown == "holds") << "token " << token;
    EXPECT_EQ(row.revoked_us() != 0, shown == "revoked") << "token " << token;
  }
  for (const auto& [gateway, generation] : redeemed_) {
    EXPECT_EQ(ledger_.Key(gateway, generation).state(), domain::KEY_REDEEMED)
        << "a spent key came back";
    const domain::GatewayRow row = ledger_.Row(gateway);
    const std::string certificate = ledger_.CertificateOf(gateway, generation);
    const bool held = row.current().certificate_sha256() == certificate ||
                      row.pending().certificate_sha256() == certificate;
    const auto worth = domain::JudgeCertificate(ledger_.state(), certificate, now);
    EXPECT_TRUE(held || !worth) << "accepted and neither current nor pending";
    EXPECT_EQ(worth ? "" : CodeName(worth.error().code), model_.Worth(gateway, {generation}));
  }
  for (const auto& [place, certificate] : renewals_) {
    const auto worth = domain::JudgeCertificate(ledger_.state(), certificate, now);
    EXPECT_EQ(worth ? "" : CodeName(worth.error().code),
              model_.Worth(place.first, {0, place.second}));
  }
  for (const std::string& certificate : thrown_away_) {
    EXPECT_FALSE(domain::JudgeCertificate(ledger_.state(), certificate, now));
  }
  for (std::uint64_t gateway = 1; gateway <= model_.size(); ++gateway) CheckMessages(gateway);
  CheckWebhooks();
  const Rows& rows = ledger_.state().rows();
  ASSERT_EQ(Difference(DerivedRows(ledger_.state(), ledger_.events()), rows), "");
}

}  // namespace latchkey::testing
