// RocksDB's counters per thread: key comparisons, hits, bytes.
#pragma once

#include <rocksdb/perf_level.h>

namespace latchkey::rocks {

// Turns them off for the calling thread: nobody uses them, and they slow down each comparison.
// Cheap enough to call before every piece of work.
inline void CountNothing() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }

}  // namespace latchkey::rocks
