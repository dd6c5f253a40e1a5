// A ledger whose events go through projections on disk as the sequencer sends them, and an oracle
// beside it in memory. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/subjects/subjects.h"
#include "projections/projections.h"
#include "tests/core/domain/ledger_fixture.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {

// An event for LiveLedger::Append.
events::Event Opened(const std::string& account);

class LiveLedger {
 public:
  // Begins with LedgerCreated and some accounts. Segments are short, so that a short history has
  // several.
  explicit LiveLedger(std::uint64_t segment_events = 16, std::uint64_t seed = Seed());
  // Another ledger, with nothing but its LedgerCreated; it cannot Grow.
  LiveLedger(std::string ledger_id, std::string epoch);

  // Random commands, until there are so many more events; they come in batches of random length,
  // and some requests carry an Idempotency-Key.
  void Grow(std::uint64_t events);
  // Events as they are, as one batch; sequence, time and salt are filled in where they are missing.
  void Append(std::vector<events::Event> events);
  // Into the log alone, as if the process had been killed before the projections had them.
  void AppendUnseen(std::vector<events::Event> events);

  // Opens projections of this ledger: its own after Close, or others.
  std::unique_ptr<projections::Projections> Open(const std::filesystem::path& directory) const;
  // The error of opening.
  Error OpenError(const std::filesystem::path& directory) const;
  void Close() { projections_.reset(); }
  void Reopen();
  std::filesystem::path directory() const { return dir_ / "projections"; }
  std::filesystem::path Beside(const std::string& name) const { return dir_ / name; }
  // The differences to rebuilt projections.
  std::vector<std::string> CompareWithRebuilt() const;
  // A copy of the directory as after a kill now: memory is lost.
  std::filesystem::path CopyAsKilled(const std::string& name) const;

  projections::Projections& projections() { return *projections_; }
  testing::MemoryLog& log() { return log_; }
  Subjects& subjects() { return *subjects_; }
  TestLedger& domain() { return domain_; }
  SeededRandom& random() { return random_; }
  const rocks::Resources& resources() const { return resources_; }
  const std::vector<events::Event>& events() const { return events_; }
  std::string AddressOf(const events::Event& event) const;  // of the peer; empty if there is none

 private:
  void RandomCommand();
  void RandomTokenCommand();
  events::Event Sealed(events::Event event);
  void Complete(std::vector<events::Event>* events) const;

  TempDir dir_;
  const std::uint64_t segment_events_;
  rocks::Resources resources_ = rocks::Resources::Create(16u << 20, 16u << 20);
  SeededRandom random_;
  std::unique_ptr<Subjects> subjects_;
  testing::MemoryLog log_;
  TestLedger domain_;
  std::vector<events::Event> events_;  // as they stand in the log
  std::size_t taken_ = 0;              // of domain_.events()
  std::uint64_t gateways_ = 0;
  std::unique_ptr<projections::Projections> projections_;
};

}  // namespace latchkey::testing
