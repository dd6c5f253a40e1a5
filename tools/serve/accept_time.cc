#include "tools/serve/accept_time.h"

#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>

#include "core/base/hex.h"
#include "core/base/time_text.h"
#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "tools/ledger/run_directory.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAsked = "accept-time.";
constexpr std::string_view kAnswered = "time-accepted.";
constexpr std::size_t kIdBytes = 8;
constexpr std::chrono::milliseconds kLookEvery{20};

fs::path FileOf(const fs::path& data, std::string_view prefix, const std::string& id) {
  return RunDirectory(data) / (std::string(prefix) + id);
}

}  // namespace

CliResult<std::string> AskToAcceptTime(const fs::path& data, std::chrono::milliseconds wait) {
  if (!ReadRunDirectory(data)) {
    return Fail(ExitCode::kTryAgain,
                "This directory is not being served, so there is no server to tell. A start takes "
                "the clock as it is, unless it is behind the last event; to take it even so: "
                "latchkey serve --data " +
                    ShellWord(data.string()) + " --accept-time");
  }
  const std::string id = text::ToHex(crypto::SystemRandom().Bytes(kIdBytes));
  const fs::path asked = FileOf(data, kAsked, id);
  const fs::path answered = FileOf(data, kAnswered, id);
  if (Status made = crypto::WriteFileDurably(asked, "", true); !made) return Fail(made.error());
  const auto give_up = std::chrono::steady_clock::now() + wait;
  std::error_code ignored;
  while (true) {
    if (auto words = crypto::ReadSmallFile(answered)) {
      fs::remove(answered, ignored);
      return *std::move(words);
    }
    if (std::chrono::steady_clock::now() >= give_up) break;
    std::this_thread::sleep_for(kLookEvery);
  }
  // The request is withdrawn, so that it is not carried out later.
  if (fs::remove(asked, ignored)) {
    return Fail(ExitCode::kTryAgain,
                "The server does not answer: it may have ended or hang. Nothing was accepted.");
  }
  return Fail(ExitCode::kTryAgain,
              "The server was told, but has not answered in time. Look at its log for "
              "time_accepted, or run this again.");
}

std::vector<std::string> TakeTimeRequests(const fs::path& data) {
  std::vector<std::string> ids;
  std::error_code gone;
  for (const fs::directory_entry& entry : fs::directory_iterator(RunDirectory(data), gone)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kAsked)) continue;
    std::error_code failed;
    if (fs::remove(entry.path(), failed)) ids.push_back(name.substr(kAsked.size()));
  }
  return ids;
}

std::string Describe(const AcceptedTime& accepted) {
  const auto moved = std::chrono::round<std::chrono::seconds>(accepted.moved).count();
  std::string words = "The server takes its clock as right from now on: " +
                      text::TimeWords(ToMicros(accepted.now)) + ", " +
                      (moved == 0 ? std::string("as it expected.")
                                  : std::to_string(std::abs(moved)) + " s " +
                                        (moved > 0 ? "ahead of" : "behind") + " what it expected.");
  if (accepted.problem) return words + " Writes are refused: " + accepted.problem->detail;
  return words + " Writes are accepted.";
}

Status AnswerTimeRequest(const fs::path& data, const std::string& id, const std::string& words) {
  return crypto::WriteFileDurably(FileOf(data, kAnswered, id), words, true);
}

}  // namespace latchkey::tools
