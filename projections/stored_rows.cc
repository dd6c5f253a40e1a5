#include "projections/stored_rows.h"

#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "core/crypto/files.h"
#include "core/rocks/counts.h"

namespace latchkey::projections {
namespace {

// RocksDB ignores files with names that are not its own.
constexpr std::string_view kDamagedMark = "damaged";

// The exit code for a directory that cannot be used.
constexpr int kExitUnusable = 5;

}  // namespace

void Stop(std::string_view doing, std::string_view why) {
  std::fprintf(stderr, "latchkey: projections: %.*s: %.*s.\n", static_cast<int>(doing.size()),
               doing.data(), static_cast<int>(why.size()), why.data());
  std::_Exit(kExitUnusable);
}

void StopDamaged(const std::filesystem::path& directory, std::string_view doing,
                 std::string_view why) {
  const Status marked = crypto::WriteFileDurably(directory / kDamagedMark, "", false);
  Stop(doing, std::string(why) +
                  (marked ? ". The ledger is not concerned: the next start makes the projections "
                            "anew out of it"
                          : ". The ledger is not concerned: delete the projections directory, and "
                            "the next start makes it anew"));
}

bool IsMarkedDamaged(const std::filesystem::path& directory) {
  std::error_code error;
  return std::filesystem::exists(directory / kDamagedMark, error);
}

Status RemoveDamagedMark(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove(directory / kDamagedMark, error);
  if (!error) return {};
  return Refuse(ErrorCode::kIo, std::string(kWhat) + " cannot be emptied: " + error.message());
}

void Must(const rocksdb::Status& status, std::string_view doing) {
  if (!status.ok()) Stop(doing, status.ToString());
}

void StoredRows::Must(const rocksdb::Status& status, std::string_view doing) const {
  if (!status.ok()) Stop(doing, rocks::FromRocks(status, kWhat).detail);
}

void StoredRows::Stop(std::string_view doing, std::string_view why) const {
  if (read_only) projections::Stop(doing, why);
  StopDamaged(db->GetName(), doing, why);
}

std::optional<std::string> StoredRows::Get(std::string_view key) const {
  rocks::CountNothing();
  std::string value;
  const rocksdb::Status status = db->Get(rocksdb::ReadOptions(), family, ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  Must(status, "reading a row");
  return value;
}

std::unique_ptr<rocksdb::Iterator> StoredRows::Iterate() const {
  return std::unique_ptr<rocksdb::Iterator>(db->NewIterator(rocksdb::ReadOptions(), family));
}

}  // namespace latchkey::projections
