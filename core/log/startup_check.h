// The check that every opening of the log passes before anything is read from it. Internal to
// core/log.
#pragma once

#include "core/base/error.h"
#include "core/log/tree.h"
#include "core/rocks/rocks.h"

namespace latchkey::log {

// Proves that the log in `db` is complete, at a cost that depends only on its unflushed tail:
//  1. The tables of `entries` cover [0, flushed) without a gap, by the key ranges in the manifest.
//  2. Every entry of [flushed, head) is there, one after the other, and nothing beyond it.
//  3. The tree of [0, flushed), loaded from its tiles and extended by those entries, has exactly
//     the stored tiles and the stored root.
//  4. Entry 0 equals its copy in `meta`.
// Returns that tree. Refuses with kUnusable, or kIo. `db` has no writer meanwhile.
Result<Tree> CheckAtStart(const rocks::Database& db);

}  // namespace latchkey::log
