// A directory of a test's own, removed with it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace latchkey::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The bytes of a file; "" when it cannot be read.
std::string ReadFile(const std::filesystem::path& file);

// Every file and directory beneath, by its path: when it was last changed, and its content.
std::map<std::string, std::string> Snapshot(const std::filesystem::path& directory);

// Changes a byte of each table (.sst) in a RocksDB directory, in its first block: a checksum is
// wrong that is looked at when the block is read, not when the table is opened.
void DamageTables(const std::filesystem::path& directory);

}  // namespace latchkey::testing
