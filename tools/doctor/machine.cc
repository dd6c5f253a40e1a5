#include "tools/doctor/machine.h"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "api/http/limits.h"
#include "core/base/time_text.h"

namespace latchkey::tools {
namespace {

constexpr std::uint64_t kMebibyte = 1u << 20;
constexpr std::uint64_t kFreeToWork = 64 * kMebibyte;
constexpr std::uint64_t kFreeToGrow = 1024 * kMebibyte;

// As many as api/server.cc wants for the connections that are promised: half of the files are for
// the connections of two listeners.
constexpr std::uint64_t kOpenFiles = 4 * api::limits::kPromisedConnections;

struct FileSystem {
  std::int64_t type;
  const char* name;
};
constexpr FileSystem kRemote[] = {
    {NFS_SUPER_MAGIC, "NFS"},  {SMB_SUPER_MAGIC, "SMB"},   {CIFS_SUPER_MAGIC, "SMB"},
    {SMB2_SUPER_MAGIC, "SMB"}, {V9FS_MAGIC, "9P"},         {CEPH_SUPER_MAGIC, "Ceph"},
    {AFS_SUPER_MAGIC, "AFS"},  {CODA_SUPER_MAGIC, "Coda"}, {FUSE_SUPER_MAGIC, "FUSE"},
};
constexpr FileSystem kInMemory[] = {{TMPFS_MAGIC, "tmpfs"}, {RAMFS_MAGIC, "ramfs"}};

template <typename Rows>
const char* NameIn(const Rows& rows, std::int64_t type) {
  const auto* const found = std::find_if(std::begin(rows), std::end(rows),
                                         [&](const FileSystem& row) { return row.type == type; });
  return found == std::end(rows) ? nullptr : found->name;
}

// The hard limit of that process, or of this one.
std::uint64_t HardLimitOf(const std::string& pid) {
  constexpr std::string_view kName = "Max open files";
  std::ifstream limits("/proc/" + (pid.empty() ? "self" : pid) + "/limits");
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with(kName)) continue;
    std::istringstream values(line.substr(kName.size()));
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
    if (values >> soft >> hard) return hard;
  }
  rlimit own{};
  return ::getrlimit(RLIMIT_NOFILE, &own) == 0 ? own.rlim_max : 0;
}

Finding Unknown(const char* check) {
  return {check, Health::kWarn,
          "The system does not say: " + std::system_category().message(errno) + "."};
}

}  // namespace

Finding CheckFileSystem(std::int64_t type) {
  constexpr const char* kCheck = "file system";
  if (const char* name = NameIn(kRemote, type)) {
    return {
        kCheck, Health::kWarn,
        fmt::format("{} may lose synced data or locks. Move the directory to a local disk.", name)};
  }
  if (const char* name = NameIn(kInMemory, type)) {
    return {kCheck, Health::kWarn,
            fmt::format("{} is lost when the machine stops. Move the directory to a disk.", name)};
  }
  return {kCheck, Health::kOk, "On a local disk."};
}

Finding CheckFreeSpace(std::uint64_t free_bytes) {
  const std::string free = fmt::format("{} MiB free.", free_bytes / kMebibyte);
  if (free_bytes < kFreeToWork) {
    return {"disk space", Health::kFail, free + " Make room: writing ends when the disk is full."};
  }
  if (free_bytes < kFreeToGrow) {
    return {"disk space", Health::kWarn, free + " Make room before the disk is full."};
  }
  return {"disk space", Health::kOk, free};
}

Finding CheckOpenFiles(std::uint64_t limit) {
  if (limit >= kOpenFiles) {
    return {"open files", Health::kOk, fmt::format("At most {}, which is enough.", limit)};
  }
  return {"open files", Health::kWarn,
          fmt::format("At most {}, too few for many gateways. Raise the hard limit (LimitNOFILE of "
                      "systemd, ulimit -n) to {} or more.",
                      limit, kOpenFiles)};
}

Finding CheckEnd(const std::string& what, Time not_after, Time now, std::chrono::hours warn_before,
                 const std::string& what_to_do) {
  const std::string day = text::FormatTime(ToMicros(not_after)).substr(0, 10);
  if (now >= not_after) return {what, Health::kFail, "Ended on " + day + ". " + what_to_do};
  if (now >= not_after - warn_before) {
    return {what, Health::kWarn, "Ends on " + day + ". " + what_to_do};
  }
  return {what, Health::kOk, "Valid until " + day + "."};
}

Findings CheckMachine(const std::filesystem::path& data, const std::string& pid) {
  Findings findings;
  struct statfs system {};
  findings.push_back(::statfs(data.c_str(), &system) == 0 ? CheckFileSystem(system.f_type)
                                                          : Unknown("file system"));
  struct statvfs space {};
  findings.push_back(::statvfs(data.c_str(), &space) == 0
                         ? CheckFreeSpace(std::uint64_t{space.f_bavail} * space.f_frsize)
                         : Unknown("disk space"));
  findings.push_back(CheckOpenFiles(HardLimitOf(pid)));
  return findings;
}

}  // namespace latchkey::tools
