// How the owner of a served directory tells its server to accept the clock as right: by a file in
// DIR/run/, where nobody else can create one. The server removes it and answers with another file.
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

// Asks, and waits at most `wait` for the text of the answer. kTryAgain when DIR is not served or
// its server does not answer; kFailed when DIR/run/ cannot be written.
CliResult<std::string> AskToAcceptTime(const std::filesystem::path& data,
                                       std::chrono::milliseconds wait);

// For the server: removes new requests and returns their ids.
std::vector<std::string> TakeTimeRequests(const std::filesystem::path& data);
// The result, as text for the person who asked.
std::string Describe(const AcceptedTime& accepted);
Status AnswerTimeRequest(const std::filesystem::path& data, const std::string& id,
                         const std::string& words);

}  // namespace latchkey::tools
