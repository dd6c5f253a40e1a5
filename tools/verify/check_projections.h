// Compares the projections of a ledger with a rebuild.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/base/error.h"
#include "projections/projections.h"

namespace latchkey::tools {

// Rebuilds them in a directory of its own under `scratch`, which is removed again, and compares.
// Changes nothing under `data`. Keeps writers out meanwhile: kInUse when the ledger is served. Also
// refuses with kUnusable (ledger or sealing keys), kIo.
Result<projections::Checked> CheckProjections(
    const std::filesystem::path& data, const std::filesystem::path& scratch,
    const std::function<void(projections::Projections::Progress)>& progress);

// The problems, one per line.
std::string DifferencesOf(const projections::Checked& checked);

}  // namespace latchkey::tools
