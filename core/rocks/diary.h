// Lets RocksDB write its diary (DIR/*/LOG) without failing when the disk does.
#pragma once

#include <rocksdb/env.h>

namespace latchkey::rocks {

// The default Env, except for the diary: RocksDB's own writer asserts, and so ends the process, at
// the second line that cannot be written. On a failing disk that happens before a failed append is
// reported. Ours drops such lines. One per process; never destroyed. Thread-safe.
rocksdb::Env* EnvWithCalmDiary();

}  // namespace latchkey::rocks
