// RocksDB's counts of what each thread has it do: comparisons of keys, hits, bytes.
#pragma once

#include <rocksdb/perf_level.h>

namespace latchkey::rocks {

// Turns them off for the calling thread: nobody asks for them, and each comparison pays. Cheap
// enough to be called before every piece of work.
inline void CountNothing() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }

}  // namespace latchkey::rocks
