#include "tests/storage/damage.h"

#include <algorithm>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSectorBytes = 512;

void WriteAll(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

// RocksDB's diary and options, and locks: nothing is read from them.
bool Counts(const std::string& name) {
  return !name.starts_with("LOG") && !name.starts_with("OPTIONS-") && name != "LOCK" &&
         name != "IDENTITY";
}

}  // namespace

std::string NameOf(Damage damage) {
  switch (damage) {
    case Damage::kLose:
      return "lose";
    case Damage::kEmpty:
      return "empty";
    case Damage::kCut:
      return "cut";
    case Damage::kFlip:
      return "flip";
    case Damage::kZero:
      return "zero";
    case Damage::kAge:
      return "age";
  }
  return "";
}

std::vector<std::string> FilesOf(const fs::path& data) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    if (entry.is_regular_file() && Counts(entry.path().filename().string())) {
      files.push_back(fs::relative(entry.path(), data).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool Inflict(Damage damage, const fs::path& data, const std::string& file, const fs::path& earlier,
             SeededRandom& random) {
  const fs::path path = data / file;
  std::string content = ReadFile(path);
  if (damage == Damage::kLose) return fs::remove(path);
  if (damage == Damage::kAge) {
    if (!fs::exists(earlier / file)) return false;
    const std::string before = ReadFile(earlier / file);
    WriteAll(path, before);
    return before != content;
  }
  if (content.empty()) return false;
  const std::uint64_t at = random.Below(content.size());
  switch (damage) {
    case Damage::kEmpty:
      content.clear();
      break;
    case Damage::kCut:
      content.resize(at);
      break;
    case Damage::kFlip:
      content[at] = static_cast<char>(content[at] ^ (1 << random.Below(8)));
      break;
    case Damage::kZero: {
      const std::uint64_t from = at / kSectorBytes * kSectorBytes;
      const std::uint64_t bytes = std::min<std::uint64_t>(kSectorBytes, content.size() - from);
      content.replace(from, bytes, bytes, '\0');
      break;
    }
    case Damage::kLose:
    case Damage::kAge:
      break;
  }
  WriteAll(path, content);
  return true;
}

}  // namespace latchkey::testing
