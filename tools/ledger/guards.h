// What keeps watch over a ledger from outside its directory, and DIR/guards.json, in which its
// server remembers that, so that commands which write while nobody serves the ledger look there
// too. docs/proof.md has its form.
//
// An old copy of the directory has an old guards.json: it names the guards of that time. Where
// there were none yet, only options given by hand show that the copy is old.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <rocksdb/env.h>

#include "core/base/error.h"
#include "core/witness/witnesses.h"
#include "tools/ledger/evidence.h"

namespace latchkey::tools {

struct Guards {
  std::filesystem::path checkpoint_copy{};  // on another disk; empty: none
  witness::WitnessOptions witnesses{};

  bool empty() const { return checkpoint_copy.empty() && witnesses.witnesses.empty(); }
};

// The paths become absolute. Writes only what has changed. kIo.
Status RememberGuards(const std::filesystem::path& data, const Guards& guards, rocksdb::Env* env);

// Without a file there are none. kUnusable when it is damaged, kIo when it cannot be read.
Result<Guards> RememberedGuards(const std::filesystem::path& data, rocksdb::Env* env);

// Asks them, for the openings of a ledger. `checkpoint` is the ledger's own file, for witnesses
// that show nothing: their word counts then (see SeenByWitnesses); empty: it does not. What is out
// of reach is told in `*warnings`, once.
AskElsewhere Ask(Guards guards, std::filesystem::path checkpoint, rocksdb::Env* env,
                 std::vector<std::string>* warnings);

}  // namespace latchkey::tools
