#include "tests/storage/data_directory.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/log/sighting.h"
#include "tests/support/temp_dir.h"
#include "tools/verify/verify.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kMadeCommands = 60;
constexpr int kExitUnusable = 5;  // of every command

std::optional<log::Head> Run(tools::Ledger& ledger, domain::Command command) {
  if (!ledger.Run(std::move(command))) return std::nullopt;
  return ledger.log().head();
}

void ReadLines(int from, std::vector<std::string>* lines) {
  std::string text;
  char buffer[4'096];
  for (ssize_t got; (got = ::read(from, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
    lines->push_back(text.substr(0, end));
  }
}

}  // namespace

std::uint64_t StorageRuns(std::uint64_t otherwise) {
  const char* asked = std::getenv("LATCHKEY_STORAGE_RUNS");
  return asked == nullptr ? otherwise : std::strtoull(asked, nullptr, 10);
}

const fs::path& MadeLedger(bool killed) {
  static const TempDir directory;
  static const fs::path stopped = directory / "stopped";
  static const fs::path as_killed = directory / "killed";
  // In a process of its own: RocksDB's threads are not there any more in a process that is forked.
  static const Ended made = InProcess([](const auto& report) {
    SeededRandom random;
    const rocks::Resources resources = rocks::Resources::Create();
    auto ledger = OpenLedger(stopped, resources);
    if (!ledger) return report(ledger.error().detail);
    for (int i = 0; i < kMadeCommands; ++i) {
      if (i == kMadeCommands / 2) (*ledger)->projections().Flush();
      if (!ActAtRandom(**ledger, random)) report("a command was refused");
    }
    fs::copy(stopped, as_killed, fs::copy_options::recursive);
    ledger->reset();
  });
  EXPECT_EQ(made.lines, std::vector<std::string>());
  return killed ? as_killed : stopped;
}

Result<std::unique_ptr<tools::Ledger>> OpenLedger(const fs::path& data,
                                                  const rocks::Resources& resources) {
  return tools::Ledger::Open({.data = data, .resources = &resources});
}

std::optional<log::Head> ActAtRandom(tools::Ledger& ledger, SeededRandom& random) {
  const std::uint64_t gateways = domain::ReadCounters(ledger.projections().state()).gateways();
  const std::string name = text::ToHex(random.Bytes(6));
  switch (gateways == 0 ? 0 : random.Below(4)) {
    case 0:
      return Run(ledger, domain::OpenAccount{"a" + std::to_string(random.Below(1'000))});
    case 1:
      return Run(ledger, domain::ChangeGateway{1 + random.Below(gateways), name});
    case 2:
      return Run(ledger, domain::GenerateKey{1 + random.Below(gateways), false,
                                             ledger_limits::kDefaultKeyLifetime,
                                             std::string(random.Below(900), 'r')});
    default:
      break;
  }
  std::optional<log::Head> last = Run(ledger, domain::OpenAccount{"acme"});
  return last ? Run(ledger, domain::AddGateway{"acme", name, 0, ledger_limits::kDefaultKeyLifetime})
              : last;
}

Ended InProcess(
    const std::function<void(const std::function<void(const std::string&)>& report)>& work) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    work([&](const std::string& line) {
      const std::string text = line + "\n";
      if (::write(ends[1], text.data(), text.size()) < 0) ::_exit(1);
    });
    ::_exit(0);
  }
  ::close(ends[1]);
  Ended ended;
  ReadLines(ends[0], &ended.lines);
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ended.unusable = WIFEXITED(status) && WEXITSTATUS(status) == kExitUnusable;
  EXPECT_TRUE(status == 0 || ended.unusable) << "it crashed, with the wait status " << status;
  return ended;
}

std::string ToLine(const log::Head& head) {
  return std::to_string(head.size) + " " + text::ToHex(head.root);
}

log::Head FromLine(const std::string& line) {
  const auto space = line.find(' ');
  return {std::stoull(line.substr(0, space)), *text::FromHex(line.substr(space + 1))};
}

Found LookAt(const fs::path& data, const std::vector<log::Head>& answered) {
  const Ended ended = InProcess([&](const auto& report) {
    const rocks::Resources resources = rocks::Resources::Create();
    auto opened = OpenLedger(data, resources);
    if (!opened) {
      return report("refused " + std::string(CodeName(opened.error().code)) + ": " +
                    opened.error().detail);
    }
    tools::Ledger& ledger = **opened;
    const log::Head head = ledger.log().head();
    for (const log::Head& seen : answered) {
      const Status extends = log::CheckExtends(ledger.log(), {seen, "an answer", "it"});
      if (!extends) return report("lost " + extends.error().detail);
    }
    const TempDir scratch;
    const auto verified = tools::Verify(ledger.log(), {.scratch = scratch.path()});
    if (!verified) return report("violations " + verified.error().detail);
    for (const auto& violation : verified->violations) {
      report("violations " + violation.invariant + " " + violation.detail);
    }
    if (!Run(ledger, domain::OpenAccount{"look-" + std::to_string(head.size)})) {
      report("violations it takes no more commands");
    }
    report("opened " + ToLine(head));
    opened->reset();
  });
  Found found;
  if (ended.unusable) found.refusal = "unusable: so the words on standard error";
  for (const std::string& line : ended.lines) {
    const std::string rest = line.substr(line.find(' ') + 1);
    if (line.starts_with("opened ")) {
      found.opened = true;
      found.head = FromLine(rest);
    } else if (line.starts_with("refused ")) {
      found.refusal = rest;
    } else if (line.starts_with("lost ")) {
      found.lost = rest;
    } else {
      found.violations += line + "\n";
    }
  }
  return found;
}

}  // namespace latchkey::testing
