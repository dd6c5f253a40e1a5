#include "core/rocks/small_file.h"

#include <memory>

#include <rocksdb/file_system.h>

#include "core/rocks/rocks.h"

namespace latchkey::rocks {
namespace {

using rocksdb::IOOptions;
using rocksdb::IOStatus;

Error Failed(const IOStatus& status, const std::filesystem::path& path) {
  Error error = FromRocks(status, path.filename().string());
  error.code = ErrorCode::kIo;
  return error;
}

IOStatus WriteBeside(const std::string& beside, std::string_view contents,
                     rocksdb::FileSystem& files) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = files.NewWritableFile(beside, rocksdb::FileOptions(), &file, nullptr);
  if (status.ok()) status = file->Append(rocksdb::Slice(contents), IOOptions(), nullptr);
  if (status.ok()) status = file->Fsync(IOOptions(), nullptr);
  if (status.ok()) status = file->Close(IOOptions(), nullptr);
  return status;
}

IOStatus SyncDirectory(const std::string& path, rocksdb::FileSystem& files) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  IOStatus status = files.NewDirectory(path, IOOptions(), &directory, nullptr);
  if (status.ok()) {
    status = directory->FsyncWithDirOptions(IOOptions(), nullptr, rocksdb::DirFsyncOptions());
  }
  return status;
}

}  // namespace

Result<std::optional<std::string>> ReadSmallFile(const std::filesystem::path& path,
                                                 rocksdb::Env* env) {
  rocksdb::FileSystem& files = *env->GetFileSystem();
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  IOStatus status = files.NewSequentialFile(path.string(), rocksdb::FileOptions(), &file, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Failed(status, path);
  std::string contents(kMaxSmallFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < contents.size()) {
    rocksdb::Slice got;
    status = file->Read(contents.size() - size, IOOptions(), &got, contents.data() + size, nullptr);
    if (!status.ok()) return Failed(status, path);
    if (got.empty()) break;
    if (got.data() != contents.data() + size)
      got.ToString().copy(contents.data() + size, got.size());
    size += got.size();
  }
  if (size > kMaxSmallFileBytes) {
    return Refuse(ErrorCode::kUnusable, path.filename().string() + " is larger than 64 KiB");
  }
  contents.resize(size);
  return std::optional(std::move(contents));
}

Status WriteSmallFile(const std::filesystem::path& path, std::string_view contents,
                      rocksdb::Env* env) {
  rocksdb::FileSystem& files = *env->GetFileSystem();
  const std::string beside =
      (path.parent_path() / ("." + path.filename().string() + ".new")).string();
  IOStatus status = WriteBeside(beside, contents, files);
  if (status.ok()) status = files.RenameFile(beside, path.string(), IOOptions(), nullptr);
  if (status.ok()) status = SyncDirectory(path.parent_path().string(), files);
  if (!status.ok()) return Failed(status, path);
  return {};
}

}  // namespace latchkey::rocks
