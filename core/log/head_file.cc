#include "core/log/head_file.h"

#include <algorithm>
#include <utility>

#include <boost/crc.hpp>

#include "core/base/big_endian.h"
#include "core/log/tree.h"
#include "core/rocks/rocks.h"
#include "core/rocks/small_file.h"

namespace latchkey::log {
namespace {

// number ‖ size ‖ root ‖ log file ‖ sealing keys ‖ flags ‖ format ‖ CRC
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kSizeBytes = 8;
constexpr std::size_t kFileBytes = 5;
constexpr std::size_t kKeysBytes = 5;
constexpr std::size_t kCrcBytes = 4;
constexpr char kClean = 1;
constexpr char kFormat = 1;
constexpr std::string_view kHeadFile = "the file head";

std::uint32_t Crc(std::string_view bytes) {
  boost::crc_32_type crc;  // CRC-32/ISO-HDLC
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

Error FromFile(const rocksdb::IOStatus& status) {
  Error error = rocks::FromRocks(status, kHeadFile);
  error.code = ErrorCode::kIo;
  return error;
}

}  // namespace

std::string EncodeHeadSlot(std::uint64_t number, const HeadRecord& record) {
  std::string bytes;
  PutNumber(number, kNumberBytes, &bytes);
  PutNumber(record.head.size, kSizeBytes, &bytes);
  bytes += record.head.root;
  PutNumber(record.log_file, kFileBytes, &bytes);
  PutNumber(record.sealing_keys, kKeysBytes, &bytes);
  bytes += record.clean ? kClean : '\0';
  bytes += kFormat;
  PutNumber(Crc(bytes), kCrcBytes, &bytes);
  return bytes;
}

std::optional<HeadSlot> DecodeHeadSlot(std::string_view bytes) {
  if (bytes.size() != kHeadSlotBytes) return std::nullopt;
  const std::string_view covered = bytes.substr(0, kHeadSlotBytes - kCrcBytes);
  if (GetNumber(bytes.substr(covered.size())) != Crc(covered)) return std::nullopt;
  const auto take = [&](std::size_t n) {
    const std::string_view front = bytes.substr(0, n);
    bytes.remove_prefix(n);
    return front;
  };
  HeadSlot slot{};
  slot.number = GetNumber(take(kNumberBytes));
  slot.record.head.size = GetNumber(take(kSizeBytes));
  slot.record.head.root = take(kHashBytes);
  slot.record.log_file = GetNumber(take(kFileBytes));
  slot.record.sealing_keys = GetNumber(take(kKeysBytes));
  const char flags = take(1).front();
  if ((flags & ~kClean) != 0 || take(1).front() != kFormat) return std::nullopt;
  slot.record.clean = flags == kClean;
  return slot;
}

std::optional<HeadSlot> DecodeHeadFile(std::string_view contents) {
  if (contents.size() != kHeadFileBytes) return std::nullopt;
  auto first = DecodeHeadSlot(contents.substr(0, kHeadSlotBytes));
  auto second = DecodeHeadSlot(contents.substr(kHeadSlotBytes));
  if (!first || (second && second->number > first->number)) return second;
  return first;
}

Result<std::optional<HeadRecord>> HeadFile::Read(const std::filesystem::path& path,
                                                 rocksdb::Env* env) {
  const auto contents = rocks::ReadSmallFile(path, env);
  if (!contents) return contents.error();
  if (!*contents) return std::optional<HeadRecord>();
  std::optional<HeadSlot> slot = DecodeHeadFile(**contents);
  if (!slot) return Refuse(ErrorCode::kUnusable, std::string(kHeadFile) + " is damaged");
  return std::optional(std::move(slot->record));
}

Result<std::unique_ptr<HeadFile>> HeadFile::Open(const std::filesystem::path& path,
                                                 rocksdb::Env* env, const HeadRecord& record) {
  const auto contents = rocks::ReadSmallFile(path, env);
  if (!contents) return contents.error();
  std::optional<HeadSlot> found;
  if (*contents) found = DecodeHeadFile(**contents);
  std::uint64_t number = found ? found->number : 1;
  if (!found) {
    const std::string slot = EncodeHeadSlot(number, record);
    if (Status made = rocks::WriteSmallFile(path, slot + slot, env); !made) return made.error();
  }
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  const rocksdb::IOStatus opened =
      env->GetFileSystem()->NewRandomRWFile(path.string(), rocksdb::FileOptions(), &file, nullptr);
  if (!opened.ok()) return FromFile(opened);
  std::unique_ptr<HeadFile> head(new HeadFile(std::move(file), number, record));
  if (Status written = head->Write().and_then([&] { return head->Sync(); }); !written) {
    return written.error();
  }
  return head;
}

Status HeadFile::Write() {
  ++number_;
  if (sealing_keys_) record_.sealing_keys = std::max(record_.sealing_keys, sealing_keys_());
  const rocksdb::IOStatus written =
      file_->Write(number_ % 2 * kHeadSlotBytes, EncodeHeadSlot(number_, record_),
                   rocksdb::IOOptions(), nullptr);
  if (!written.ok()) return FromFile(written);
  return {};
}

Status HeadFile::Appended(const Head& head, std::uint64_t log_file) {
  const std::lock_guard lock(mutex_);
  record_.head = head;
  record_.log_file = log_file;
  return Write();
}

void HeadFile::CountSealingKeysOf(std::function<std::uint64_t()> made) {
  const std::lock_guard lock(mutex_);
  sealing_keys_ = std::move(made);
}

Status HeadFile::Sync() {
  const rocksdb::IOStatus synced = file_->Sync(rocksdb::IOOptions(), nullptr);
  if (!synced.ok()) return FromFile(synced);
  return {};
}

Status HeadFile::Stopped() {
  {
    const std::lock_guard lock(mutex_);
    record_.clean = true;
    if (Status written = Write(); !written) return written;
  }
  return Sync();
}

}  // namespace latchkey::log
