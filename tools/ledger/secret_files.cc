#include "tools/ledger/secret_files.h"

#include <sys/stat.h>

#include <cstdlib>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/crypto/files.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

// As crypto::WriteFileDurably names what it writes: .NAME.XXXXXX
constexpr std::size_t kRemainsSuffix = 7;

Result<std::optional<crypto::Secret>> ReadUnlessOpenTo(mode_t others, const fs::path& path,
                                                       std::string_view name) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && (found.st_mode & others) != 0) {
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The secret {} can be read by others than its owner. If that was "
                              "a slip, run chmod 600 on it and start again.",
                              name));
  }
  Result<std::string> content = crypto::ReadSmallFile(path);
  if (content) return std::optional<crypto::Secret>(crypto::Secret(*std::move(content)));
  if (content.error().code == ErrorCode::kNotFound) return std::optional<crypto::Secret>();
  return Refuse(ErrorCode::kUnusable,
                fmt::format("The secret {} cannot be read: {}", name, content.error().detail));
}

}  // namespace

fs::path CredentialsDirectory() {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory == nullptr ? fs::path() : fs::path(directory);
}

Result<std::optional<crypto::Secret>> ReadPrivateFile(const fs::path& path, std::string_view name) {
  return ReadUnlessOpenTo(S_IRWXG | S_IRWXO, path, name);
}

bool SecretFiles::IsCredential(std::string_view name) const {
  if (credentials_.empty()) return false;
  // If we may not look there, the file may exist: then reading it reports the error.
  std::error_code hidden;
  return fs::exists(credentials_ / name, hidden) || hidden;
}

// systemd lets the service's user read its credentials by an access control list, whose mask shows
// as the mode of the group: only what everyone can read is refused there.
Result<std::optional<crypto::Secret>> SecretFiles::Read(std::string_view name) const {
  if (!IsCredential(name)) return ReadOwn(name);
  return ReadUnlessOpenTo(S_IRWXO, credentials_ / name, name);
}

std::vector<std::string> SecretFiles::NamesWith(std::string_view prefix) const {
  std::set<std::string> names;
  for (const fs::path& place : {directory_, credentials_}) {
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(place, absent)) {
      std::string name = entry.path().filename().string();
      if (name.starts_with(prefix)) names.insert(std::move(name));
    }
  }
  return {names.begin(), names.end()};
}

bool SecretFiles::Has(std::string_view name) const { return fs::exists(directory_ / name); }

Result<std::optional<crypto::Secret>> SecretFiles::ReadOwn(std::string_view name) const {
  return ReadPrivateFile(directory_ / name, name);
}

Status SecretFiles::Write(std::string_view name, std::string_view content) const {
  return crypto::WriteFileDurably(directory_ / name, content, true);
}

Status SecretFiles::Link(std::string_view name, std::string_view second) const {
  return crypto::LinkFileDurably(directory_ / name, directory_ / second);
}

Status SecretFiles::Move(std::string_view from, std::string_view to) const {
  return crypto::MoveFileDurably(directory_ / from, directory_ / to);
}

Status SecretFiles::Destroy(std::string_view name) const {
  return crypto::DestroyFile(directory_ / name);
}

Status SecretFiles::DestroyRemains() const {
  const auto ours = [](std::string_view name) {
    for (const std::string_view known :
         {kMasterKeyFile, kCaKeyFile, kCaCertificateFile, kCheckpointKeyFile, kOwnerTokenFile}) {
      if (name.starts_with(known)) return true;
    }
    return false;
  };
  std::vector<std::string> remains;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(directory_, absent)) {
    std::string name = entry.path().filename().string();
    const bool written = name.starts_with('.') && name.size() > kRemainsSuffix + 1 &&
                         name[name.size() - kRemainsSuffix] == '.';
    if (written && ours(std::string_view(name).substr(1))) remains.push_back(std::move(name));
  }
  for (const std::string& name : remains) {
    if (Status gone = Destroy(name); !gone) return gone;
  }
  return {};
}

}  // namespace latchkey::tools
