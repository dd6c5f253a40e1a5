#include "tools/backup/backup_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/base/big_endian.h"
#include "core/crypto/files.h"
#include "tools/process/own_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = 1u << 20;

// Reads errno, so call it immediately after the call that failed.
Error Failed(const std::string& what, const std::string& name) {
  return Refuse(ErrorCode::kIo,
                "Cannot " + what + " " + name + ": " + std::system_category().message(errno) + ".");
}

Error Missing(const std::string& name) {
  return Refuse(ErrorCode::kUnusable, "The backup is not whole: " + name + " is missing.");
}

Error Strange(const std::string& name) {
  return Refuse(ErrorCode::kUnusable, name + " in the backup is not a regular file.");
}

std::string Shown(std::uint64_t first) {
  return std::string(kVolumeFolder) + "/" + VolumeName(first);
}

// A regular file of `directory`; not open when there is none.
Result<Descriptor> OpenRegular(int directory, const std::string& name, const std::string& shown,
                               int flags) {
  Descriptor file(
      ::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!file.open() && errno == ENOENT) return file;
  if (!file.open() && (errno == ELOOP || errno == EISDIR)) return Strange(shown);
  struct stat found {};
  if (!file.open() || ::fstat(file.get(), &found) != 0) return Failed("open", shown);
  if (!S_ISREG(found.st_mode)) return Strange(shown);
  return file;
}

Result<std::uint64_t> SizeOf(const Descriptor& file, const std::string& shown) {
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return Failed("read", shown);
  return static_cast<std::uint64_t>(found.st_size);
}

// At most `bytes` at `at`, appended to `out`; fewer only at the end of the file.
Status ReadAt(const Descriptor& file, const std::string& shown, std::uint64_t at, std::size_t bytes,
              std::string* out) {
  const std::size_t before = out->size();
  out->resize(before + bytes);
  std::size_t size = 0;
  while (size < bytes) {
    const ssize_t got = ::pread(file.get(), out->data() + before + size, bytes - size,
                                static_cast<off_t>(at + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read", shown);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  out->resize(before + size);
  return {};
}

Status CheckOnlyABackup(const fs::path& path) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name == kManifestFile || name == kVolumeFolder || name == kConfidentialFile ||
                      name == kLostAndFound ||
                      // what a killed backup left
                      name.starts_with("." + std::string(kManifestFile)) ||
                      name.starts_with("." + std::string(kConfidentialFile));
    if (!ours) {
      return Refuse(ErrorCode::kUnusable,
                    path.string() +
                        " holds other things than a backup. Give an empty directory, "
                        "or the name of one to be made.");
    }
  }
  if (failed) return Refuse(ErrorCode::kIo, path.string() + ": " + failed.message() + ".");
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Error VolumeReader::Damaged(const char* why) const {
  return Refuse(ErrorCode::kUnusable, "The backup is damaged: " + name_ + " " + why + ".");
}

Status VolumeReader::Fill(std::size_t bytes) {
  if (buffer_.size() - used_ >= bytes) return {};
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t more = std::min<std::uint64_t>(kChunkBytes, until_ - at_);
  const std::size_t before = buffer_.size();
  if (Status read = ReadAt(file_, name_, at_, more, &buffer_); !read) return read;
  at_ += buffer_.size() - before;
  if (buffer_.size() < bytes) return Damaged("ends within an entry");
  return {};
}

Result<std::optional<std::string_view>> VolumeReader::Next() {
  if (at_ == until_ && used_ == buffer_.size()) return std::optional<std::string_view>();
  if (Status filled = Fill(kLengthBytes); !filled) return filled.error();
  const std::uint64_t length = GetNumber(std::string_view(buffer_).substr(used_, kLengthBytes));
  if (length == 0 || length > ledger_limits::kMaxEntryBytes) {
    return Damaged("has an entry of an impossible length");
  }
  if (Status filled = Fill(kLengthBytes + length); !filled) return filled.error();
  const std::string_view entry = std::string_view(buffer_).substr(used_ + kLengthBytes, length);
  used_ += kLengthBytes + length;
  return std::optional(entry);
}

Status VolumeWriter::Add(std::string_view entry) {
  PutNumber(entry.size(), kLengthBytes, &buffer_);
  buffer_.append(entry);
  bytes_ += kLengthBytes + entry.size();
  return buffer_.size() < kChunkBytes ? Status() : Flush();
}

Status VolumeWriter::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", name_);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
  return {};
}

Status VolumeWriter::Finish() {
  if (Status flushed = Flush(); !flushed) return flushed;
  if (::fsync(file_.get()) != 0) return Failed("sync", name_);
  // What is verified next comes from the disk. If the system keeps it in memory, nothing is lost.
  (void)::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED);
  return {};
}

Result<BackupDirectory> BackupDirectory::OpenToRead(const fs::path& path) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open()) return Failed("open", path.string());
  Descriptor volumes(::openat(directory.get(), std::string(kVolumeFolder).c_str(),
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!volumes.open() && (errno == ENOTDIR || errno == ELOOP)) {
    return Refuse(ErrorCode::kUnusable, "ledger/ in the backup is not a directory.");
  }
  if (!volumes.open() && errno != ENOENT) return Failed("open", "ledger/ in the backup");
  return BackupDirectory(path, std::move(directory), std::move(volumes));
}

Result<BackupDirectory> BackupDirectory::OpenToWrite(const fs::path& path) {
  if (Status made = crypto::MakePrivateDirectory(path); !made) return made.error();
  if (Status checked = CheckOnlyABackup(path); !checked) return checked.error();
  if (Status made = crypto::MakePrivateDirectory(path / kVolumeFolder); !made) {
    return made.error();
  }
  auto opened = OpenToRead(path);
  // Held until the directory is closed. A file system without such locks is taken as it is.
  if (opened && ::flock(opened->directory_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Refuse(ErrorCode::kInUse, "Another backup writes to " + path.string() + " now.");
  }
  return opened;
}

Result<std::optional<std::string>> BackupDirectory::Read(std::string_view name,
                                                         std::size_t most) const {
  const std::string shown(name);
  const auto file = OpenRegular(directory_.get(), shown, shown, O_RDONLY);
  if (!file) return file.error();
  if (!file->open()) return std::optional<std::string>();
  const auto size = SizeOf(*file, shown);
  if (!size) return size.error();
  if (*size > most) return Refuse(ErrorCode::kUnusable, shown + " in the backup is too large.");
  std::string content;
  if (Status read = ReadAt(*file, shown, 0, *size, &content); !read) return read.error();
  return std::optional(std::move(content));
}

Status BackupDirectory::Write(std::string_view name, std::string_view content) const {
  return crypto::WriteFileDurably(path_ / name, content, true);
}

Result<VolumeReader> BackupDirectory::ReadVolume(const Volume& volume, std::uint64_t from) const {
  const std::string shown = Shown(volume.first);
  if (!volumes_.open()) return Missing(shown);
  auto file = OpenRegular(volumes_.get(), VolumeName(volume.first), shown, O_RDONLY);
  if (!file) return file.error();
  if (!file->open()) return Missing(shown);
  const auto size = SizeOf(*file, shown);
  if (!size) return size.error();
  if (*size < volume.bytes) {
    return Refuse(ErrorCode::kUnusable, "The backup is not whole: " + shown + " is cut short.");
  }
  return VolumeReader(*std::move(file), shown, from, volume.bytes);
}

Result<VolumeWriter> BackupDirectory::ExtendVolume(const Volume& volume) const {
  const std::string shown = Shown(volume.first);
  auto file = OpenRegular(volumes_.get(), VolumeName(volume.first), shown, O_RDWR | O_CREAT);
  if (!file) return file.error();
  const auto size = SizeOf(*file, shown);
  if (!size) return size.error();
  if (*size < volume.bytes) {
    return Refuse(ErrorCode::kUnusable, "The backup is not whole: " + shown + " is cut short.");
  }
  const auto end = static_cast<off_t>(volume.bytes);
  if (::ftruncate(file->get(), end) != 0 || ::lseek(file->get(), end, SEEK_SET) != end) {
    return Failed("write", shown);
  }
  return VolumeWriter(*std::move(file), shown, volume.bytes);
}

Status BackupDirectory::SyncVolumes() const {
  if (::fsync(volumes_.get()) != 0) return Failed("sync", std::string(kVolumeFolder));
  return {};
}

}  // namespace latchkey::tools
