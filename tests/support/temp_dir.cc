#include "tests/support/temp_dir.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include <cstdlib>

#include <gtest/gtest.h>

namespace latchkey::testing {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "latchkey-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::map<std::string, std::string> Snapshot(const std::filesystem::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    std::ostringstream all;
    all << entry.last_write_time().time_since_epoch().count() << ' ';
    if (entry.is_regular_file()) all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files.emplace(entry.path().lexically_relative(directory).string(), all.str());
  }
  return files;
}

void DamageTables(const std::filesystem::path& directory) {
  constexpr std::streamoff kInFirstBlock = 12;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(kInFirstBlock);
    const char changed = static_cast<char>(file.get() ^ 0x10);
    file.seekp(kInFirstBlock);
    file.put(changed);
  }
}

}  // namespace latchkey::testing
