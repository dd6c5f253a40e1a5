#include "projections/sorted_tables.h"

#include <system_error>
#include <utility>

#include "core/rocks/rocks.h"
#include "projections/stored_rows.h"

namespace latchkey::projections {
namespace {

// A look-up asks this many tables one after the other, at most.
constexpr std::size_t kMaxRuns = 8;
constexpr std::uint32_t kMergeThreads = 2;

rocksdb::IngestExternalFileArg NewFilesFor(rocksdb::ColumnFamilyHandle* family) {
  rocksdb::IngestExternalFileArg arg;
  arg.column_family = family;
  arg.options.move_files = true;
  // Nothing is written into a file whose checksum is already known, and none is read for it.
  arg.options.write_global_seqno = false;
  arg.options.verify_file_checksum = false;
  return arg;
}

Status AsStatus(const rocksdb::Status& status) {
  return status.ok() ? Status() : Status(rocks::FromRocks(status, kWhat));
}

}  // namespace

Status SortedTables::SetOwnMerging(bool on) const {
  return AsStatus(
      place_.db->SetOptions(place_.rows, {{"disable_auto_compactions", on ? "false" : "true"}}));
}

Status SortedTables::Begin() {
  if (Status set = SetOwnMerging(false); !set) return set;
  return AsStatus(place_.options.env->CreateDirIfMissing(place_.directory.string()));
}

rocksdb::Status SortedTables::WriteFile(
    const std::function<rocksdb::Status(rocksdb::SstFileWriter&)>& put,
    rocksdb::IngestExternalFileArg* out) {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(place_.options), place_.options,
                                out->column_family, false);
  // Other families may be built at the same time.
  const std::filesystem::path file =
      place_.directory / (place_.rows->GetName() + "-" + std::to_string(files_++) + ".sst");
  rocksdb::Status status = writer.Open(file.string());
  if (status.ok()) status = put(writer);
  rocksdb::ExternalSstFileInfo info;
  if (status.ok()) status = writer.Finish(&info);
  if (!status.ok()) return status;
  out->external_files.push_back(file.string());
  out->files_checksums.push_back(std::move(info.file_checksum));
  out->files_checksum_func_names.push_back(std::move(info.file_checksum_func_name));
  return status;
}

// A file for each first byte of a key. That byte says what a row is about, and where the rest of
// the key grows with the ledger, the files of different runs then do not overlap: such rows are in
// their last place at once.
rocksdb::Status SortedTables::WriteRows(const Run& run, rocksdb::IngestExternalFileArg* out) {
  for (const auto& [first, changes] : run) {
    if (changes.empty()) continue;
    const rocksdb::Status written = WriteFile(
        [&rows = changes](rocksdb::SstFileWriter& writer) {
          rocksdb::Status status;
          for (auto row = rows.begin(); row != rows.end() && status.ok(); ++row) {
            const rocksdb::Slice key = ToSlice(row->key());
            status = row->value() ? writer.Put(key, ToSlice(*row->value())) : writer.Delete(key);
          }
          return status;
        },
        out);
    if (!written.ok()) return written;
    ++runs_[first];
  }
  return {};
}

Status SortedTables::Add(const Run& run, std::string_view name, std::string_view position) {
  std::vector<rocksdb::IngestExternalFileArg> args{NewFilesFor(place_.positions),
                                                   NewFilesFor(place_.rows)};
  rocksdb::Status status = WriteFile(
      [&](rocksdb::SstFileWriter& writer) { return writer.Put(ToSlice(name), ToSlice(position)); },
      &args.front());
  if (status.ok()) status = WriteRows(run, &args.back());
  if (args.back().external_files.empty()) args.pop_back();
  if (status.ok()) status = place_.db->IngestExternalFiles(args);
  return AsStatus(status);
}

Status SortedTables::Merge(char first) const {
  const std::string from(1, first);
  const std::string until(1, static_cast<char>(static_cast<unsigned char>(first) + 1));
  const rocksdb::Slice begin(from);
  const rocksdb::Slice end(until);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.max_subcompactions = kMergeThreads;
  return AsStatus(place_.db->CompactRange(options, place_.rows, &begin, &end));
}

Status SortedTables::MergeMany(const std::set<char>& firsts) {
  for (const char first : firsts) {
    std::size_t& runs = runs_[first];
    if (runs < kMaxRuns) continue;
    if (Status merged = Merge(first); !merged) return merged;
    runs = 0;
  }
  return {};
}

Status SortedTables::Finish() {
  for (const auto& [first, runs] : runs_) {
    if (Status merged = Merge(first); !merged) return merged;
  }
  std::error_code others;  // another family may still be built
  std::filesystem::remove(place_.directory, others);
  return SetOwnMerging(true);
}

}  // namespace latchkey::projections
