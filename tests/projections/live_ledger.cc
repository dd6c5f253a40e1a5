#include "tests/projections/live_ledger.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "core/crypto/hash.h"
#include "core/domain/apply.h"
#include "events/codec.h"

namespace latchkey::testing {
namespace {

constexpr std::uint64_t kAccounts = 3;
constexpr std::uint64_t kAddresses = 5;
constexpr std::uint64_t kTokens = 4;
constexpr std::uint64_t kIdempotencyKeys = 40;

std::string Name(std::string_view what, std::uint64_t number) {
  return std::string(what) + "-" + std::to_string(number);
}

}  // namespace

LiveLedger::LiveLedger(std::uint64_t segment_events, std::uint64_t seed)
    : segment_events_(segment_events),
      random_(seed),
      subjects_(Subjects::Open(dir_ / "subjects", resources_, Subjects::Access::kMake).value()),
      domain_(seed) {
  projections_ = Open(directory());
  for (std::uint64_t i = 0; i < kAccounts; ++i) domain_.Open(Name("account", i));
  Grow(domain_.events().size());
}

LiveLedger::LiveLedger(std::string ledger_id, std::string epoch)
    : segment_events_(16),
      subjects_(Subjects::Open(dir_ / "subjects", resources_, Subjects::Access::kMake).value()) {
  projections_ = Open(directory());
  events::Event created;
  created.mutable_ledger_created()->set_format(events::kFormat);
  created.mutable_ledger_created()->set_ledger_id(std::move(ledger_id));
  created.mutable_ledger_created()->set_epoch(std::move(epoch));
  Append({created});
}

void LiveLedger::RandomCommand() {
  const auto gateway = [&] { return 1 + random_.Below(gateways_ + 1); };
  const std::uint64_t number = gateway();
  const std::uint32_t generation = domain_.Row(number).key().generation();
  const std::string certificate = domain_.CertificateOf(number, generation);
  domain::Submission request{domain::RevealKey{number}, Operator(), random_.Bytes(16), {}, {}};
  switch (random_.Below(13)) {
    case 0:
    case 1:
    case 2: {
      const std::uint64_t primary = random_.Below(3) == 0 ? number : 0;
      request.command = domain::AddGateway{Name("account", random_.Below(kAccounts)),
                                           Name("gateway", random_.Below(1000)), primary,
                                           ledger_limits::kDefaultKeyLifetime};
      break;
    }
    case 3:
    case 4:
      request.command = domain_.Redemption(number, generation, Name("party", random_.Below(2)));
      request.actor = Stranger();
      break;
    case 5:
    case 6:
      request.command = domain::CheckIn{certificate, Name("version", random_.Below(3))};
      request.actor = Holder(certificate);
      break;
    case 7:
      request.command = domain::GenerateKey{number, random_.Below(2) == 0,
                                            ledger_limits::kDefaultKeyLifetime, "why"};
      break;
    case 8:
      request.command = domain::DeregisterGateway{number, "gone"};
      break;
    case 9:
      if (random_.Below(2) == 0) {
        request.command = domain::RemoveGateway{number};
      } else {
        request.command = domain::DisconnectGateway{number, domain_.clock().Now()};
        request.actor = domain::Actor();
      }
      break;
    case 10:
      domain_.clock().Advance(std::chrono::seconds(random_.Below(20'000)));
      domain_.FireTimers();
      return;
    case 11:
      RandomTokenCommand();
      return;
    default:
      break;
  }
  if (random_.Below(2) == 0 && request.actor.kind == domain::Actor::Kind::kToken) {
    request.idempotency = domain::IdempotencyTag{
        crypto::Sha256(Name("key", random_.Below(kIdempotencyKeys))), random_.Bytes(32)};
  }
  const Outcome outcome = domain_.Submit(request);
  if (outcome.answer) gateways_ = std::max(gateways_, outcome.answer->gateway);
}

void LiveLedger::RandomTokenCommand() {
  if (random_.Below(4) == 0) {
    const std::string person = Name("person", random_.Below(kTokens));
    domain_.SignIn(person, domain::TokenRole::kOperator, {Name("account", random_.Below(3))});
    domain_.SubmitAs(person, domain::OpenAccount{Name("account", random_.Below(9))});
    return;
  }
  const std::string name = Name("token", random_.Below(kTokens));
  const bool known = domain_.Token(name).number() != 0;
  if (!known || random_.Below(3) == 0) {
    domain_.CreateToken(
        name, random_.Below(2) == 0 ? domain::TokenRole::kOwner : domain::TokenRole::kAuditor);
  } else if (random_.Below(2) == 0) {
    domain_.RotateToken(name, ledger_limits::kMinTokenLifetime * (1 + random_.Below(1'000'000)));
  } else {
    domain_.RevokeToken(name);
  }
}

// Test ledgers of the domain seal nothing: here it is done as the sequencer does, with an address
// of several.
events::Event LiveLedger::Sealed(events::Event event) {
  if (!event.has_sealed()) return event;
  events::Personal personal = Unsealed(event.sealed());
  if (event.actor().kind() == events::Actor::ADDRESS) {
    personal.set_address(Name("10.0.0", random_.Below(kAddresses)));
  }
  *event.mutable_sealed() = subjects_->Seal(event.sealed().subject(), personal, random_).value();
  return event;
}

void LiveLedger::Grow(std::uint64_t events) {
  const std::uint64_t until = events_.size() + events;
  do {
    while (domain_.events().size() < until) RandomCommand();
    std::vector<events::Event> batch;
    const std::size_t length = 1 + random_.Below(3 * segment_events_);
    while (batch.size() < length && taken_ < domain_.events().size()) {
      batch.push_back(Sealed(domain_.events()[taken_++]));
    }
    Append(std::move(batch));
  } while (taken_ < domain_.events().size());
}

void LiveLedger::Complete(std::vector<events::Event>* events) const {
  std::uint64_t sequence = events_.size();
  for (events::Event& event : *events) {
    event.set_sequence(sequence++);
    if (event.time_us() == 0) {
      event.set_time_us(events_.empty() ? 1 : events_.back().time_us());
    }
    if (event.salt().empty()) event.set_salt(std::string(16, 's'));
  }
}

void LiveLedger::AppendUnseen(std::vector<events::Event> events) {
  Complete(&events);
  std::vector<std::string> entries;
  for (const events::Event& event : events) entries.push_back(events::Encode(event));
  ASSERT_EQ(log_.Append(events_.size(), entries), log::AppendOutcome::kDurable);
  events_.insert(events_.end(), events.begin(), events.end());
}

void LiveLedger::Append(std::vector<events::Event> events) {
  const std::uint64_t first = events_.size();
  AppendUnseen(std::move(events));
  const std::span made = std::span(events_).subspan(first);
  domain::Overlay overlay(projections_->state());
  for (const events::Event& event : made) overlay.Add(domain::Apply(overlay, event));
  projections_->Apply({first, made, &overlay.rows()});
}

std::unique_ptr<projections::Projections> LiveLedger::Open(
    const std::filesystem::path& directory) const {
  auto opened =
      projections::Projections::Open(directory, resources_, log_, *subjects_, {}, segment_events_);
  if (!opened) {
    ADD_FAILURE() << opened.error().detail;
    std::abort();
  }
  return *std::move(opened);
}

Error LiveLedger::OpenError(const std::filesystem::path& directory) const {
  const auto opened =
      projections::Projections::Open(directory, resources_, log_, *subjects_, {}, segment_events_);
  return opened ? Error{ErrorCode::kNotFound, "it opened", {}} : opened.error();
}

void LiveLedger::Reopen() {
  Close();
  projections_ = Open(directory());
}

std::vector<std::string> LiveLedger::CompareWithRebuilt() const {
  const TempDir fresh;
  return projections_->Compare(*Open(fresh.path() / "projections"));
}

// The manifest first: what it does not know yet is ignored, what it knows is there.
std::filesystem::path LiveLedger::CopyAsKilled(const std::string& name) const {
  const std::filesystem::path copy = dir_ / name;
  std::filesystem::create_directory(copy);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory())) {
    files.push_back(entry.path().filename());
  }
  std::stable_partition(files.begin(), files.end(), [](const std::filesystem::path& file) {
    return file.string().starts_with("CURRENT") || file.string().starts_with("MANIFEST");
  });
  for (const auto& file : files) {
    if (file != "LOCK") std::filesystem::copy_file(directory() / file, copy / file);
  }
  return copy;
}

std::string LiveLedger::AddressOf(const events::Event& event) const {
  if (event.actor().kind() != events::Actor::ADDRESS) return "";
  return subjects_->Open(event.sealed()).value().address();
}

events::Event Opened(const std::string& account) {
  events::Event event;
  event.set_account(account);
  event.mutable_account_opened();
  return event;
}

}  // namespace latchkey::testing
