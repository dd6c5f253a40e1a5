// Gateways that wait, all of which lose their connections at once and come back.
#pragma once

#include <filesystem>
#include <vector>

#include "core/base/error.h"
#include "tools/bench/load_client.h"
#include "tools/bench/load_server.h"
#include "tools/bench/run.h"

namespace latchkey::tools {

// Whether exactly so many check-ins wait for a message.
bool AreWaiting(const ServedLedger& server, std::size_t count);

// Of the registered gateways of the ledger at `data`, which is not served: cut off once, and once
// by a `kill -9` of the server. kIo when they do not come back, or when that wrote anything to the
// ledger.
Result<Figures> MeasureStorm(BenchRun& run, const std::filesystem::path& data,
                             const std::vector<LoadIdentity>& identities);

}  // namespace latchkey::tools
