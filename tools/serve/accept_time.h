// How the owner of a served directory tells its server to take the clock as right: by a file in
// DIR/run/, where nobody else can make one. The server takes it away and answers with another.
//
//   accept-time.ID   asked   ·   time-accepted.ID   what came of it, in words
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "core/sequencer/sequencer.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// Asks, and waits at most `wait` for the words of the answer. kTryAgain when DIR is not served or
// its server does not answer; kFailed when DIR/run/ cannot be written.
CliResult<std::string> AskToAcceptTime(const std::filesystem::path& data,
                                       std::chrono::milliseconds wait);

// The server's side: takes what was asked since the last time, as the ids to answer.
std::vector<std::string> TakeTimeRequests(const std::filesystem::path& data);
// What came of it, in words for whoever asked.
std::string Describe(const AcceptedTime& accepted);
Status AnswerTimeRequest(const std::filesystem::path& data, const std::string& id,
                         const std::string& words);

}  // namespace latchkey::tools
