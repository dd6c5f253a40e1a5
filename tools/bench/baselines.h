// Figures of other software on the same machine in the same minutes, to compare ours with.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "core/base/error.h"

namespace latchkey::tools {

struct PostgresLoad {
  std::uint64_t keys;  // rows in the table
  unsigned clients;
  std::chrono::seconds duration;
};

// Single-use updates per second of a PostgreSQL 15 of our own: fsync and synchronous_commit on, a
// table of keys each used at most once, `UPDATE … WHERE key = … AND NOT used` as one prepared
// statement from pgbench over a Unix socket without TLS. Works in `scratch` (created and removed
// again); as root it runs as the user postgres or nobody. kNotFound when PostgreSQL is not
// installed.
Result<double> MeasurePostgres(const std::filesystem::path& scratch, const PostgresLoad& load);

// Entries per second that a bare RocksDB takes in synced batches of `batch` entries of
// `entry_bytes`, keys ascending, in a new database in `scratch` (removed again).
Result<double> MeasureRocks(const std::filesystem::path& scratch, std::size_t batch,
                            std::size_t entry_bytes, std::chrono::milliseconds duration);

}  // namespace latchkey::tools
