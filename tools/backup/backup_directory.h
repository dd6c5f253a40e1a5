// The directory of a backup and its files. Everything is reached through descriptors: no link is
// followed, nothing but regular files is read, and nothing beyond a size that is known before.
// Errors name the file: kUnusable for a backup that is not whole, kIo for the system's refusals.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "tools/backup/manifest.h"

namespace latchkey::tools {

// Owns an open file. -1: none.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  int number_;
};

// Reads the entries in a part of a volume. One thread.
class VolumeReader {
 public:
  VolumeReader(Descriptor file, std::string name, std::uint64_t from, std::uint64_t until)
      : file_(std::move(file)), name_(std::move(name)), at_(from), until_(until) {}

  // The next entry, valid until the next call; null at the end.
  Result<std::optional<std::string_view>> Next();

 private:
  Status Fill(std::size_t bytes);  // so that at least `bytes` are in the buffer
  Error Damaged(const char* why) const;

  Descriptor file_;
  std::string name_;
  std::uint64_t at_;  // of the file, up to which it is in the buffer
  std::uint64_t until_;
  std::string buffer_;
  std::size_t used_ = 0;  // of the buffer
};

// Appends entries to a volume. One thread.
class VolumeWriter {
 public:
  VolumeWriter(Descriptor file, std::string name, std::uint64_t bytes)
      : file_(std::move(file)), name_(std::move(name)), bytes_(bytes) {}

  Status Add(std::string_view entry);
  // All of it is on disk, and read from there from now on.
  Status Finish();
  std::uint64_t bytes() const { return bytes_; }  // of the file, with those not written yet

 private:
  Status Flush();

  Descriptor file_;
  std::string name_;
  std::uint64_t bytes_;
  std::string buffer_;
};

class BackupDirectory {
 public:
  // For restore. `path` itself may be a link.
  static Result<BackupDirectory> OpenToRead(const std::filesystem::path& path);
  // For backup: made, for its owner alone, when it is missing. Refuses with kUnusable a directory
  // that holds anything but a backup, with kInUse while another backup writes there.
  static Result<BackupDirectory> OpenToWrite(const std::filesystem::path& path);

  // Null when there is no such file. kUnusable when it has more than `most` bytes.
  Result<std::optional<std::string>> Read(std::string_view name, std::size_t most) const;
  // Replaces the file in one step, synced.
  Status Write(std::string_view name, std::string_view content) const;

  // The entries of `volume` that begin at `from` bytes. kUnusable when it is missing or too short.
  Result<VolumeReader> ReadVolume(const Volume& volume, std::uint64_t from = 0) const;
  // Begins after the bytes that `volume` has; what is behind them is dropped.
  Result<VolumeWriter> ExtendVolume(const Volume& volume) const;
  // Syncs the names of the volumes.
  Status SyncVolumes() const;

 private:
  BackupDirectory(std::filesystem::path path, Descriptor directory, Descriptor volumes)
      : path_(std::move(path)), directory_(std::move(directory)), volumes_(std::move(volumes)) {}

  std::filesystem::path path_;
  Descriptor directory_;
  Descriptor volumes_;
};

}  // namespace latchkey::tools
