#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <string>

#include "core/base/big_endian.h"
#include "core/crypto/random.h"
#include "tools/bench/baselines.h"

namespace latchkey::tools {
namespace {

std::string KeyOf(std::uint64_t number) {
  std::string key;
  PutNumber(number, 8, &key);
  return key;
}

}  // namespace

Result<double> MeasureRocks(const std::filesystem::path& scratch, std::size_t batch,
                            std::size_t entry_bytes, std::chrono::milliseconds duration) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::Open(options, scratch.string(), &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return Refuse(ErrorCode::kIo, "the bare RocksDB does not open");

  const std::string entry = crypto::SystemRandom().Bytes(entry_bytes);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  std::uint64_t written = 0;
  bool good = true;
  const auto begin = std::chrono::steady_clock::now();
  auto now = begin;
  for (; good && now < begin + duration; now = std::chrono::steady_clock::now()) {
    rocksdb::WriteBatch writes;
    for (std::size_t i = 0; i < batch; ++i) writes.Put(KeyOf(written + i), entry);
    good = db->Write(synced, &writes).ok();
    written += batch;
  }
  db.reset();
  rocksdb::DestroyDB(scratch.string(), options);
  if (!good) return Refuse(ErrorCode::kIo, "the bare RocksDB cannot write");
  return static_cast<double>(written) / std::chrono::duration<double>(now - begin).count();
}

}  // namespace latchkey::tools
