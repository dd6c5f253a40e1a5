#include "tools/backup/tar.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <ostream>
#include <set>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "core/base/check.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = 512;
constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kChunkBytes = 1u << 20;

// Places of the header: name, mode, user, group, size, time, checksum, type, magic.
std::string Header(const std::string& name, std::uintmax_t size) {
  Check(name.size() <= kNameBytes, "a name in a tar archive has at most 100 bytes");
  std::string block = name;
  block.resize(kNameBytes, '\0');
  block += fmt::format("{:07o}", 0600) + '\0' + fmt::format("{:07o}", 0) + '\0' +
           fmt::format("{:07o}", 0) + '\0' + fmt::format("{:011o}", size) + '\0' +
           fmt::format("{:011o}", 0) + '\0' + std::string(kChecksumBytes, ' ') + '0';
  block.resize(257, '\0');
  block.append("ustar").append(1, '\0').append("00");
  block.resize(kBlockBytes, '\0');
  // Of all bytes, with blanks in its own place.
  const unsigned sum = std::accumulate(
      block.begin(), block.end(), 0u,
      [](unsigned so_far, char byte) { return so_far + static_cast<unsigned char>(byte); });
  block.replace(kChecksumAt, kChecksumBytes, fmt::format("{:06o}", sum) + '\0' + ' ');
  return block;
}

Status WriteFile(const fs::path& file, const std::string& name, std::ostream& out) {
  const Error unreadable = Refuse(ErrorCode::kIo, name + " cannot be read.");
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  std::ifstream in(file, std::ios::binary);
  if (failed || !in) return unreadable;
  out << Header(name, size);
  std::string chunk(kChunkBytes, '\0');
  std::uintmax_t left = size;
  while (left > 0) {
    const auto want = static_cast<std::streamsize>(std::min<std::uintmax_t>(left, kChunkBytes));
    if (!in.read(chunk.data(), want)) return unreadable;
    out.write(chunk.data(), want);
    left -= static_cast<std::uintmax_t>(want);
  }
  out << std::string((kBlockBytes - size % kBlockBytes) % kBlockBytes, '\0');
  return {};
}

}  // namespace

Status WriteTar(const fs::path& directory, std::ostream& out) {
  std::set<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(directory, failed)) {
    if (entry.is_regular_file()) files.insert(entry.path().lexically_relative(directory));
  }
  if (failed) return Refuse(ErrorCode::kIo, failed.message() + ".");
  for (const fs::path& name : files) {
    if (Status written = WriteFile(directory / name, name.string(), out); !written) return written;
  }
  out << std::string(2 * kBlockBytes, '\0') << std::flush;
  if (!out) return Refuse(ErrorCode::kIo, "The archive cannot be written.");
  return {};
}

}  // namespace latchkey::tools
