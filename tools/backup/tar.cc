#include "tools/backup/tar.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <system_error>

#include <archive.h>
#include <archive_entry.h>

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTarChunkBytes = 1u << 20;
constexpr int kOwnerOnly = 0600;

using Archive = std::unique_ptr<archive, decltype(&archive_write_free)>;
using ArchiveEntry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

la_ssize_t Pass(archive*, void* out, const void* bytes, std::size_t size) {
  auto& to = *static_cast<std::ostream*>(out);
  to.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  return to ? static_cast<la_ssize_t>(size) : -1;
}

Error CannotWrite() { return Refuse(ErrorCode::kIo, "The archive cannot be written."); }

Status WriteFile(const fs::path& file, const std::string& name, archive* to) {
  const Error unreadable = Refuse(ErrorCode::kIo, name + " cannot be read.");
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  std::ifstream in(file, std::ios::binary);
  if (failed || !in) return unreadable;
  const ArchiveEntry entry(archive_entry_new(), &archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), kOwnerOnly);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(to, entry.get()) != ARCHIVE_OK) return CannotWrite();
  std::string chunk(kTarChunkBytes, '\0');
  for (std::uintmax_t left = size; left > 0;) {
    const auto want = static_cast<std::size_t>(std::min<std::uintmax_t>(left, kTarChunkBytes));
    if (!in.read(chunk.data(), static_cast<std::streamsize>(want))) return unreadable;
    if (archive_write_data(to, chunk.data(), want) != static_cast<la_ssize_t>(want)) {
      return CannotWrite();
    }
    left -= want;
  }
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
  const Archive to(archive_write_new(), &archive_write_free);
  archive_write_set_format_ustar(to.get());
  if (archive_write_open2(to.get(), &out, nullptr, &Pass, nullptr, nullptr) != ARCHIVE_OK) {
    return CannotWrite();
  }
  for (const fs::path& name : files) {
    if (Status written = WriteFile(directory / name, name.string(), to.get()); !written) {
      return written;
    }
  }
  if (archive_write_close(to.get()) != ARCHIVE_OK || !out.flush()) return CannotWrite();
  return {};
}

}  // namespace latchkey::tools
