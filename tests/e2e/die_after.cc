// die_after STEP backup|restore|copy FROM TO [PASSPHRASE_FILE]: does what the command of the
// program does, and kills itself behind STEP. A program of its own, for in the children of a
// process that has opened a database the threads of RocksDB are missing.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/crypto/random.h"
#include "tools/backup/backup.h"
#include "tools/backup/copy.h"
#include "tools/backup/restore.h"
#include "tools/cli/passphrase.h"

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  using namespace latchkey;
  if (argc < 5) return 2;
  const std::string_view command = argv[2];
  const fs::path from = argv[3];
  const fs::path to = argv[4];
  auto passphrase = tools::ReadPassphrase(argc > 5 ? argv[5] : "");
  if (!passphrase) return 2;
  const tools::StepHook die = [last = std::string_view(argv[1])](std::string_view step) {
    if (step == last) ::kill(::getpid(), SIGKILL);
  };
  const rocks::Resources resources = rocks::Resources::Create();
  crypto::SystemRandom random;
  if (command == "backup") {
    (void)tools::BackUp(
        {.data = from, .destination = to, .passphrase = std::move(*passphrase), .step = die},
        resources, random);
  } else if (command == "restore") {
    (void)tools::Restore({.source = from,
                          .data = to,
                          .passphrase = std::move(*passphrase),
                          .scratch = to.parent_path(),
                          .step = die},
                         resources, random);
  } else if (command == "copy") {
    (void)tools::CopyLedger(
        {.data = from, .into = to, .until = 1, .scratch = to.parent_path(), .step = die},
        resources);
  }
  return 0;  // it lived on
}
