#include "tools/ledger/ledger.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "core/crypto/random.h"
#include "core/domain/decision.h"
#include "core/domain/key_mint.h"
#include "core/log/checkpointer.h"
#include "core/log/rocks_log.h"
#include "core/rocks/small_file.h"
#include "tools/ledger/epoch.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/guards.h"
#include "tools/ledger/ledger_subjects.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLedgerIdBytes = 16;

std::uint64_t FreeBytes(const fs::path& path) {
  struct statvfs found {};
  // If the free space is unknown it is not watched; an append that fails for lack of space still
  // stops the writer.
  if (::statvfs(path.c_str(), &found) != 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

}  // namespace

struct Ledger::Impl {
  explicit Impl(LedgerOptions given) : options(std::move(given)) {}

  Status Open() {
    clock = options.clock != nullptr ? options.clock : &system_clock;
    random = options.random != nullptr ? options.random : &system_random;
    if (options.read_only) return OpenToRead();
    return crypto::MakePrivateDirectory(options.data)
        .and_then([&] { return OpenLog(); })
        .and_then([&] { return OpenSubjects(); })
        .and_then([&] { return OpenProjections(); })
        .and_then([&] { return ReadRow(); })
        .and_then([&] { return CheckOrigin(); })
        .and_then([&] { return OpenSecretFiles(); })
        .and_then([&] { return CheckBelongTogether(); })
        .and_then([&] { return StartSequencer(); })
        .and_then([&] { return made ? Create() : Status(); })
        .and_then([&] { return KeepCheckpoints(); })
        .and_then([&] { return Mark(); });
  }

  Status OpenToRead() {
    return OpenLog()
        .and_then([&] { return OpenSubjects(); })
        .and_then([&] { return OpenProjections(); })
        .and_then([&] { return ReadRow(); })
        .and_then([&] { return MakeProcessSecrets(); })
        .and_then([&] { return StartSequencer(); })
        .map([&] { ReadPublished(); });
  }

  // In this order: the last checkpoint covers only durable entries, and nothing is written after
  // the head's last record.
  ~Impl() {
    sequencer.reset();
    if (checkpointer == nullptr || log->failed()) return;
    checkpointer->Stop();
    // If a bad disk refuses these, the next start works as after a kill.
    if (checkpointer->Write()) (void)head->Stopped();
  }

  Status OpenLog() {
    if (options.resources != nullptr) {
      resources = *options.resources;
    } else {
      resources = rocks::Resources::Create();
    }
    EvidenceOptions opening{.adopt_size = options.adopt_checkpoint};
    if (options.read_only) {
      opening.mode = log::RocksLog::Mode::kReadAlone;
    } else {
      opening.elsewhere = Ask({options.checkpoint_copy, options.witnesses},
                              CheckpointPath(options.data), resources.env, &elsewhere_warnings);
    }
    auto opened = OpenCheckedLog(options.data, resources, opening);
    if (!opened) return opened.error();
    head = std::move(opened->head);
    log = std::move(opened->log);
    known_sealing_keys = opened->sealing_keys;
    adopted = std::move(opened->adopted);
    head_found = log->head();
    made = log->size() == 0;
    if (made && options.read_only) {
      return Refuse(ErrorCode::kUnusable, "The ledger in this directory has no events to read.");
    }
    Step("log");
    return {};
  }

  Status OpenSubjects() {
    const fs::path directory = options.data / "subjects";
    const auto access = options.read_only ? Subjects::Access::kRead : Subjects::Access::kWrite;
    auto opened = made ? Subjects::Open(directory, resources, Subjects::Access::kMake)
                       : OpenSubjectsOf(*log, known_sealing_keys, directory, resources, access);
    if (!opened) return opened.error();
    subjects = *std::move(opened);
    if (head != nullptr) head->CountSealingKeysOf([this] { return subjects->made(); });
    Step("subjects");
    return {};
  }

  Status OpenProjections() {
    auto opened = projections::Projections::Open(options.data / "projections", resources, *log,
                                                 *subjects, options.progress);
    if (!opened) return opened.error();
    projections = *std::move(opened);
    warnings = projections->notes();
    std::move(elsewhere_warnings.begin(), elsewhere_warnings.end(), std::back_inserter(warnings));
    Step("projections");
    return {};
  }

  // Also for a ledger that is about to be created: the mint needs the ledger's id.
  Status ReadRow() {
    if (made) {
      row.set_ledger_id(random->Bytes(kLedgerIdBytes));
      row.set_epoch(random->Bytes(kEpochBytes));
    } else if (auto stored = domain::ReadLedger(projections->state())) {
      row = *std::move(stored);
    } else {
      return Refuse(ErrorCode::kUnusable,
                    "The ledger does not begin with its LedgerCreated event.");
    }
    return {};
  }

  // It is named for good, and ends in another epoch after a restore.
  Status CheckOrigin() const {
    if (made || options.origin.empty() || row.origin() == options.origin ||
        row.origin().starts_with(options.origin + "/")) {
      return {};
    }
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The origin of this ledger is {}, for good. Start it without "
                              "--origin {}.",
                              row.origin(), options.origin));
  }

  // After the ledger has been read: it says which CA is in force, and so whether a killed rotation
  // has happened.
  Status OpenSecretFiles() {
    SecretSources sources{options.data / "secrets", options.credentials,    options.ca_certificate,
                          options.ca_key,           options.new_master_key, options.ca_key_lost};
    if (!made) sources.ca_in_force = crypto::Sha256(row.ca_certificate());
    for (const domain::FormerCa& former : row.former_cas()) {
      sources.former_cas.push_back(crypto::Sha256(former.certificate()));
    }
    auto opened = OpenSecrets(sources, made, clock->Now(), *random, options.step);
    if (!opened) return opened.error();
    secrets = *std::move(opened);
    warnings.insert(warnings.end(), secrets.notes.begin(), secrets.notes.end());
    const Status loaded = options.ca_key_lost ? MakeStandInCa() : LoadCa(secrets.ca);
    if (!loaded) return loaded;
    if (made && ca->not_after() <= clock->Now()) {
      return Refuse(ErrorCode::kUnusable, "The CA given has expired. Give one that has not.");
    }
    secrets.ca.key_pem = crypto::Secret();
    mint.emplace(std::move(secrets.master_key), row.ledger_id(), row.epoch(),
                 std::move(secrets.earlier_master_keys));
    return {};
  }

  Status LoadCa(const crypto::CertificateAuthority::Material& material) {
    auto loaded = crypto::CertificateAuthority::Load(material);
    if (!loaded) return loaded.error();
    ca = *std::move(loaded);
    return {};
  }

  // Kept in memory alone.
  Status MakeStandInCa() {
    return LoadCa(
        crypto::CertificateAuthority::Create("Latchkey read-only", clock->Now(), *random));
  }

  Status MakeProcessSecrets() {
    if (Status made_ca = MakeStandInCa(); !made_ca) return made_ca;
    mint.emplace(crypto::Secret(random->Bytes(domain::kMasterKeyBytes)), row.ledger_id(),
                 row.epoch());
    return {};
  }

  Status StartSequencer() {
    Sequencer::Options settings;
    settings.read_only = options.read_only;
    settings.settings = {options.confirm_window, ledger_limits::kDowntimeGrace,
                         options.open_messages};
    settings.free_bytes = [path = options.data / "ledger"] { return FreeBytes(path); };
    settings.accept_time = options.accept_time;
    settings.on_stopped = options.on_stopped;
    sequencer = std::make_unique<Sequencer>(*log, *projections, *subjects, *mint, *clock, *random,
                                            std::move(settings));
    return {};
  }

  // Once a ledger has events, keys that are not bound to it are not accepted as its own.
  Status Create() {
    if (Status bound = subjects->Bind(row.ledger_id()); !bound) return bound;
    Step("bound");
    const std::string origin =
        options.origin.empty() ? OriginOf(row.ledger_id(), row.epoch()) : options.origin;
    const Result<domain::Answer> answer = Run(
        domain::CreateLedger{row.ledger_id(), row.epoch(), origin, ca->certificate_der(),
                             secrets.checkpoint_signer->public_key(), secrets.owner_token_sha256});
    if (!answer) return answer.error();
    row = *domain::ReadLedger(projections->state());
    Step("created");
    return {};
  }

  Result<domain::Answer> Run(domain::Command command) const {
    domain::Submission request{std::move(command), domain::Actor{}, "", std::nullopt, std::nullopt};
    std::promise<Result<domain::Answer>> answered;
    const Status queued = sequencer->Submit(std::move(request), [&](latchkey::Outcome outcome) {
      answered.set_value(std::move(outcome.answer));
    });
    if (!queued) return queued.error();
    return answered.get_future().get();
  }

  Status CheckBelongTogether() {
    if (made) return {};
    if (!options.ca_key_lost && crypto::Sha256(row.ca_certificate()) != ca->sha256()) {
      return ForeignCa();
    }
    if (row.checkpoint_public_key() != secrets.checkpoint_signer->public_key()) {
      return Refuse(ErrorCode::kUnusable,
                    "The secret checkpoint.key belongs to another ledger. Put its own back.");
    }
    // No reason to stop: the master key only shows keys again.
    if (!CanShowLatestKey()) {
      warnings.push_back(
          "Keys issued under another master key than the one in use now work, but cannot be shown "
          "again.");
    }
    return {};
  }

  Error ForeignCa() const {
    const bool former = std::any_of(row.former_cas().begin(), row.former_cas().end(),
                                    [&](const domain::FormerCa& each) {
                                      return crypto::Sha256(each.certificate()) == ca->sha256();
                                    });
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The CA in force in this ledger is sha256:{}, but the one at hand is "
                              "sha256:{}{}. Give the ledger its own CA back.",
                              text::ToHex(crypto::Sha256(row.ca_certificate())),
                              text::ToHex(ca->sha256()), former ? ", which was rotated away" : ""));
  }

  // Tests the gateway added last, as a sample: a start reads one key instead of all.
  bool CanShowLatestKey() const {
    const auto latest = domain::ReadGateway(projections->state(),
                                            domain::ReadCounters(projections->state()).gateways());
    return !latest || latest->key().state() != domain::KEY_ACTIVE ||
           mint->Knows(latest->key().master_key_id());
  }

  SecretFiles Files() const { return {options.data / "secrets", options.credentials}; }

  // Secrets of webhooks count as active keys.
  // Every active key has a deadline for its expiry, so scanning the deadlines finds all. A key that
  // a restore has revoked may still have one.
  std::map<std::string, std::uint64_t> ActiveKeysByMaster() const {
    std::map<std::string, std::uint64_t> keys;
    projections->Scan(domain::Deadlines(domain::DeadlineKind::kKeyExpiry),
                      [&](std::string_view key, std::string_view) {
                        const auto gateway = domain::ReadGateway(
                            projections->state(), domain::ParseDeadlineKey(key).gateway);
                        if (gateway && gateway->key().state() == domain::KEY_ACTIVE) {
                          ++keys[gateway->key().master_key_id()];
                        }
                        return true;
                      });
    projections->Scan(domain::Webhooks(), [&](std::string_view, std::string_view value) {
      const auto webhook = domain::ParseRow<domain::WebhookRow>(value);
      ++keys[webhook.secret().master_key_id()];
      return true;
    });
    return keys;
  }

  Result<std::vector<std::string>> Retire() const {
    std::vector<std::string> words;
    const std::vector<std::string> earlier = mint->earlier_ids();
    if (earlier.empty()) return words;
    const auto keys = ActiveKeysByMaster();
    const SecretFiles files = Files();
    for (const std::string& id : earlier) {
      const std::string name = std::string(kEarlierMasterKeyPrefix) + text::ToHex(id);
      if (keys.contains(id)) continue;
      if (files.IsCredential(name)) {
        words.push_back("No active key needs the credential " + name + " any longer. Remove it.");
      }
      if (!files.Has(name)) continue;
      if (Status gone = files.Destroy(name); !gone) return gone.error();
      words.push_back("No active key needs " + name + " any longer. It has been destroyed.");
    }
    return words;
  }

  // From here on a missing head or checkpoint means a loss: the log records that once both are
  // durable. If killed before, the next start does this again.
  Status KeepCheckpoints() {
    if (!adopted.empty()) {
      const auto answer = Run(domain::AdoptCheckpoint{head_found.size, head_found.root});
      if (!answer) return answer.error();
      for (const std::string& what : adopted) {
        warnings.push_back(
            fmt::format("Adopted the ledger at {} events, although {}.", head_found.size, what));
      }
    }
    const Status remembered =
        RememberGuards(options.data, {options.checkpoint_copy, options.witnesses}, resources.env);
    if (!remembered) return remembered;
    if (!options.witnesses.witnesses.empty()) {
      const log::NoteKey key{row.origin(), row.checkpoint_public_key()};
      witnesses = std::make_unique<witness::Witnesses>(options.witnesses, key, *log);
    }
    checkpointer = std::make_unique<log::Checkpointer>(
        *log, *head,
        log::Checkpointer::Options{CheckpointPath(options.data), resources.env, row.origin(),
                                   *std::move(secrets.checkpoint_signer), *clock,
                                   options.checkpoint_copy, witnesses.get(),
                                   options.checkpoint_every});
    if (Status written = checkpointer->Write(); !written) return written;
    Step("checkpoint");
    if (!log->has_evidence()) {
      if (Status begun = log->BeginEvidence(); !begun) return begun;
    }
    Step("evidence");
    checkpointer->Start();
    return {};
  }

  // Of a ledger that is only read. The evidence has been checked; a copy has none.
  void ReadPublished() {
    const auto note = rocks::ReadSmallFile(CheckpointPath(options.data), resources.env);
    if (!note || !*note) return;
    const auto read = log::OpenCheckpoint(**note, {row.origin(), row.checkpoint_public_key()});
    std::error_code unknown;
    const auto written = fs::last_write_time(CheckpointPath(options.data), unknown);
    if (!read || unknown) return;
    read_published = std::make_shared<const log::PublishedCheckpoint>(log::PublishedCheckpoint{
        *read, **note,
        std::chrono::time_point_cast<Micros>(std::chrono::file_clock::to_sys(written))});
  }

  Status Mark() const {
    const fs::path path = options.data / kLedgerIdFile;
    if (crypto::ReadSmallFile(path)) return {};
    return crypto::WriteFileDurably(path, text::ToHex(row.ledger_id()) + "\n", false);
  }

  void Step(std::string_view name) const {
    if (options.step) options.step(name);
  }

  // In the order in which they are opened; destroyed in the reverse.
  LedgerOptions options;
  SystemClock system_clock;
  crypto::SystemRandom system_random;
  const Clock* clock = nullptr;
  Random* random = nullptr;
  rocks::Resources resources;
  bool made = false;
  std::unique_ptr<log::HeadFile> head;
  std::unique_ptr<log::RocksLog> log;
  std::uint64_t known_sealing_keys = 0;  // by the file head, as it was found
  std::vector<std::string> adopted;      // missing evidence
  std::vector<std::string> elsewhere_warnings;
  log::Head head_found;  // of the log
  Secrets secrets;
  std::unique_ptr<crypto::CertificateAuthority> ca;
  std::unique_ptr<Subjects> subjects;
  std::unique_ptr<projections::Projections> projections;
  domain::LedgerRow row;
  std::optional<domain::KeyMint> mint;
  std::vector<std::string> warnings;
  std::unique_ptr<Sequencer> sequencer;
  std::unique_ptr<witness::Witnesses> witnesses;
  std::shared_ptr<const log::PublishedCheckpoint> read_published;  // when read-only
  std::unique_ptr<log::Checkpointer> checkpointer;
};

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::Open(LedgerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (Status opened = impl->Open(); !opened) return opened.error();
  return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Result<std::vector<std::string>> Ledger::RetireMasterKeys() { return impl_->Retire(); }

std::map<std::string, std::uint64_t> Ledger::ActiveKeysByMaster() const {
  return impl_->ActiveKeysByMaster();
}

Result<domain::Answer> Ledger::Run(domain::Command command) {
  return impl_->Run(std::move(command));
}

log::Log& Ledger::log() { return *impl_->log; }
Subjects& Ledger::subjects() { return *impl_->subjects; }
projections::Projections& Ledger::projections() { return *impl_->projections; }
Sequencer& Ledger::sequencer() { return *impl_->sequencer; }
const domain::KeyMint& Ledger::mint() const { return *impl_->mint; }
const crypto::CertificateAuthority& Ledger::ca() const { return *impl_->ca; }
const Clock& Ledger::clock() const { return *impl_->clock; }
Random& Ledger::random() { return *impl_->random; }
const rocks::Resources& Ledger::resources() const { return impl_->resources; }
SecretFiles Ledger::secret_files() const { return impl_->Files(); }
const domain::LedgerRow& Ledger::row() const { return impl_->row; }
const log::Checkpointer* Ledger::checkpointer() const { return impl_->checkpointer.get(); }
const witness::Witnesses* Ledger::witnesses() const { return impl_->witnesses.get(); }
std::shared_ptr<const log::PublishedCheckpoint> Ledger::published() const {
  return impl_->checkpointer ? impl_->checkpointer->published() : impl_->read_published;
}
bool Ledger::made() const { return impl_->made; }
bool Ledger::is_copy() const { return impl_->log->is_copy(); }
const std::vector<std::string>& Ledger::warnings() const { return impl_->warnings; }

}  // namespace latchkey::tools
