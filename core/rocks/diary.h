// Where RocksDB writes its diary (DIR/*/LOG), without minding when the disk refuses it.
#pragma once

#include <rocksdb/env.h>

namespace latchkey::rocks {

// The machine's own files and clock, but for the diary: RocksDB's own writer asserts, and so ends
// the process, at the second line that cannot be written. On a disk that fails that comes before a
// failed append is told to anyone. Ours drops such lines. One for the process; never destroyed.
// Thread-safe.
rocksdb::Env* EnvWithCalmDiary();

}  // namespace latchkey::rocks
