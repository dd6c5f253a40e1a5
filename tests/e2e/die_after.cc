// die_after STEP backup|restore|copy FROM TO [PASSPHRASE_FILE]: does what the command of the
// program does, and kills itself behind STEP.
//
// die_after serve --data DIR --management ADDR --gateways ADDR --checkpoint-file FILE
//     --witness VKEY@URL --die-before PATTERN --nth N [--hold FILE]
// serves, and kills itself before a step by which it changes files (tests/support/step_fs.h): the
// N-th that matches. With --hold it counts once it serves, makes FILE there and stays at this step
// with the thread that takes it; all others go on, until it is killed from outside.
//
// A program of its own, for in the children of a process that has opened a database the threads of
// RocksDB are missing.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/crypto/random.h"
#include "core/witness/witness_client.h"
#include "tests/support/step_fs.h"
#include "tools/backup/backup.h"
#include "tools/backup/copy.h"
#include "tools/backup/restore.h"
#include "tools/cli/passphrase.h"
#include "tools/serve/composition.h"

namespace latchkey::testing {
namespace {

using OptionsByName = std::map<std::string, std::string, std::less<>>;

int ServeUntilStep(OptionsByName given) {
  std::signal(SIGPIPE, SIG_IGN);  // as the program itself
  const std::string hold = given["--hold"];
  std::atomic<bool> serves{false};
  AwaitedStep last(given["--die-before"], std::stoull(given["--nth"]));
  const auto steps =
      std::make_shared<StepFs>(rocksdb::FileSystem::Default(), [&](const std::string& step) {
        if ((!hold.empty() && !serves) || !last.Meets(step)) return;
        if (hold.empty()) ::kill(::getpid(), SIGKILL);
        std::ofstream{hold};
        while (true) ::pause();
      });
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(steps);
  const rocks::Resources resources = rocks::Resources::Create(64u << 20, 32u << 20, env.get());
  const auto witness = witness::ParseWitness(given["--witness"]);
  if (!witness) return 2;
  tools::ServiceOptions options{.ledger = {.data = given["--data"]}};
  options.ledger.checkpoint_copy = given["--checkpoint-file"];
  options.ledger.witnesses.witnesses = {*witness};
  options.ledger.resources = &resources;
  options.ledger.checkpoint_every = std::chrono::milliseconds(200);  // so that it lives shortly
  options.management = given["--management"];
  options.gateways = given["--gateways"];
  const auto service = tools::Service::Start(options);
  if (!service) {
    std::fprintf(stderr, "die_after: %s\n", service.error().detail.c_str());
    return 5;
  }
  serves = true;
  while (true) ::pause();
}

}  // namespace
}  // namespace latchkey::testing

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  using namespace latchkey;
  if (argc > 1 && std::string_view(argv[1]) == "serve") {
    std::map<std::string, std::string, std::less<>> given;
    for (int i = 2; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
    return testing::ServeUntilStep(std::move(given));
  }
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
