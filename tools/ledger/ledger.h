// One ledger opened by its server: its directory's databases and secrets, and the sequencer over
// them. In an empty directory all of it is created first. Without HTTP: see composition.h for that.
//
// Opened read-only, it may be a copy too: history, evidence and secrets are not touched, every
// command is refused with kReadOnly, and no timer runs. CA and master key are then made for this
// process and kept in memory. Projections are still brought up to date on disk, because they are
// only what the events add up to.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/key_mint.h"
#include "core/domain/state.h"
#include "core/log/checkpointer.h"
#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "core/sequencer/sequencer.h"
#include "core/subjects/subjects.h"
#include "core/witness/witnesses.h"
#include "projections/projections.h"
#include "tools/ledger/secrets.h"

namespace latchkey::tools {

struct LedgerOptions {
  std::filesystem::path data;
  std::filesystem::path credentials{};     // see SecretSources
  std::filesystem::path ca_certificate{};  // both or none
  std::filesystem::path ca_key{};
  bool new_master_key = false;
  bool ca_key_lost = false;  // open without the CA, to put another in force
  bool accept_time = false;
  bool read_only = false;
  // Head or checkpoint may be missing while the ledger has exactly this size; see
  // tools/ledger/evidence.h.
  std::optional<std::uint64_t> adopt_checkpoint{};
  std::string origin{};  // of its checkpoints, when it is made; empty: by its id
  // The guards, which the directory remembers; see tools/ledger/guards.h.
  std::filesystem::path checkpoint_copy{};  // on another disk
  witness::WitnessOptions witnesses{};
  std::chrono::milliseconds checkpoint_every = log::kCheckpointEvery;  // other in benches, tests
  std::chrono::seconds confirm_window = ledger_limits::kDefaultConfirmWindow;
  std::size_t open_messages = ledger_limits::kDefaultOpenMessages;  // of one gateway
  // They outlive the ledger; null: the machine's own.
  const Clock* clock = nullptr;
  Random* random = nullptr;
  const rocks::Resources* resources = nullptr;  // copied
  // Called once, from a thread of the sequencer, when writing has ended for good; must end the
  // process.
  std::function<void()> on_stopped{};
  std::function<void(projections::Projections::Progress)> progress{};
  StepHook step{};  // of first start
};

class Ledger {
 public:
  // Refuses with kInUse (another process has the directory), kUnusable (damaged, shorter than the
  // evidence says, a secret missing or of another ledger, written by a newer version), kIo. An
  // expired CA is accepted, so that it can be rotated, but not for a new ledger. If a first start
  // is killed at any point, the next one continues: secrets are durable before the ledger's first
  // event, which comes last. A copy is kUnusable unless it is opened read-only; then nothing is
  // created.
  static Result<std::unique_ptr<Ledger>> Open(LedgerOptions options);
  // Finishes what the sequencer has queued, writes the projections to disk, a last checkpoint, and
  // the mark of a clean stop into the file head.
  ~Ledger();

  // Destroys the files of earlier master keys that no active key needs any more, and returns
  // messages about it; keys among systemd's credentials must be removed by their owner. One thread.
  // kIo.
  Result<std::vector<std::string>> RetireMasterKeys();
  // The number of active keys under each master key, by its id. Thread-safe.
  std::map<std::string, std::uint64_t> ActiveKeysByMaster() const;

  // Runs one command as the system itself and waits for its answer. Thread-safe.
  Result<domain::Answer> Run(domain::Command command);

  // All are thread-safe and live as long as the ledger.
  log::Log& log();
  Subjects& subjects();
  projections::Projections& projections();
  Sequencer& sequencer();
  const domain::KeyMint& mint() const;
  // One made for this process when read-only, or when the key of the CA is lost.
  const crypto::CertificateAuthority& ca() const;
  const Clock& clock() const;
  Random& random();
  const rocks::Resources& resources() const;
  const domain::LedgerRow& row() const;           // as it was when this opened
  const log::Checkpointer* checkpointer() const;  // null when read-only
  const witness::Witnesses* witnesses() const;    // null without any
  // The latest checkpoint that others may see; of a read-only ledger the one in its directory, if
  // that is signed by this ledger. May be null.
  std::shared_ptr<const log::PublishedCheckpoint> published() const;
  SecretFiles secret_files() const;
  bool made() const;     // by this Open
  bool is_copy() const;  // of another ledger

  // Messages for the ledger's owner; often empty.
  const std::vector<std::string>& warnings() const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::tools
