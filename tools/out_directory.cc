#include "tools/out_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/json/serialize.hpp>

#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "events/text.h"
#include "tools/json.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyIdBytes = 8;
constexpr const char* kCurrent = "current";
constexpr const char* kKeyFile = "gateway.key";
constexpr const char* kCertificateFile = "gateway.crt";
constexpr const char* kCaFile = "ca.crt";
constexpr const char* kRegistrationFile = "registration.json";
constexpr const char* kLinked[] = {kKeyFile, kCertificateFile, kCaFile, kRegistrationFile};

constexpr std::string_view kPending = "pending";
constexpr std::string_view kConfirmed = "confirmed";
constexpr std::string_view kFailed = "failed";

tl::unexpected<Failure> FromSystem(const std::string& what, const std::error_code& error) {
  return Fail(ExitCode::kFailed, what + ": " + error.message() + ".");
}

std::error_code LastError() { return {errno, std::system_category()}; }

CliResult<void> Checked(const Status& status) {
  if (!status) return Fail(status.error());
  return {};
}

}  // namespace

CliResult<OutDirectory> OutDirectory::Open(const fs::path& given) {
  std::error_code error;
  const fs::path path = fs::absolute(given).lexically_normal();
  fs::create_directories(path.parent_path(), error);
  for (const fs::path& each : {path, path / "attempts"}) {
    if (Status made = crypto::MakePrivateDirectory(each); !made) return Fail(made.error());
  }
  const int lock = ::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return FromSystem("Cannot make the lock in " + path.string(), LastError());
  OutDirectory opened(path, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return Fail(ExitCode::kTryAgain,
                "Another `latchkey register` is at work in " + path.string() + ".");
  }
  for (const char* name : kLinked) {
    const fs::file_status found = fs::symlink_status(path / name, error);
    if (fs::exists(found) && !fs::is_symlink(found)) {
      return Fail(ExitCode::kFailed, (path / name).string() +
                                         " is there and was not made by `latchkey register`. Give "
                                         "another --out.");
    }
  }
  return opened;
}

OutDirectory::~OutDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

OutDirectory::OutDirectory(OutDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

std::string OutDirectory::KeyId(std::string_view key_text) {
  return text::ToHex(crypto::Sha256({"latchkey/attempt/v1", key_text}).substr(0, kKeyIdBytes));
}

std::string OutDirectory::CurrentId() const {
  std::error_code none;
  return fs::read_symlink(path_ / kCurrent, none).filename().string();
}

boost::json::value OutDirectory::Registration(const std::string& id) const {
  if (id.empty()) return nullptr;
  const auto text = crypto::ReadSmallFile(Folder(id) / kRegistrationFile);
  return text ? ParseJson(*text) : boost::json::value();
}

boost::json::value OutDirectory::Current() const { return Registration(CurrentId()); }
bool OutDirectory::Confirmed() const { return TextAt(Current(), "/state") == kConfirmed; }

CliResult<crypto::Secret> OutDirectory::KeyPair(const std::string& id) {
  if (Status made = crypto::MakePrivateDirectory(Folder(id)); !made) return Fail(made.error());
  const fs::path file = Folder(id) / kKeyFile;
  auto found = crypto::ReadSmallFile(file);
  if (found) return crypto::Secret(*std::move(found));
  if (found.error().code != ErrorCode::kNotFound) return Fail(found.error());
  crypto::Secret made = crypto::CreateGatewayKey();
  if (Status kept = crypto::WriteFileDurably(file, made.view(), true); !kept) {
    return Fail(kept.error());
  }
  return made;
}

CliResult<void> OutDirectory::Store(const std::string& id, const std::string& certificate_pem,
                                    const std::string& ca_pem, boost::json::object registration) {
  // What this attempt replaces stays known however often it is started again.
  std::string replaces = TextAt(Registration(id), "/replaces");
  if (const std::string current = CurrentId(); current != id) {
    replaces = Confirmed() ? current : TextAt(Current(), "/replaces");
  }
  registration["state"] = kPending;
  if (!replaces.empty()) registration["replaces"] = replaces;
  const fs::path folder = Folder(id);
  return Checked(
      crypto::WriteFileDurably(folder / kCertificateFile, certificate_pem, true)
          .and_then([&] { return crypto::WriteFileDurably(folder / kCaFile, ca_pem, true); })
          .and_then([&] {
            return crypto::WriteFileDurably(folder / kRegistrationFile,
                                            boost::json::serialize(registration) + "\n", true);
          }));
}

CliResult<void> OutDirectory::Use(const std::string& id) {
  if (auto used = Link(kCurrent, fs::path("attempts") / id); !used) return used;
  for (const char* name : kLinked) {
    if (auto linked = Link(name, fs::path(kCurrent) / name); !linked) return linked;
  }
  return Sync();
}

CliResult<void> OutDirectory::Confirm(const std::string& id) {
  if (auto set = SetState(id, kConfirmed); !set) return set;
  std::error_code ignored;  // what cannot be removed is in nobody's way
  for (const auto& entry : fs::directory_iterator(path_ / "attempts", ignored)) {
    if (entry.path().filename() != id) fs::remove_all(entry.path(), ignored);
  }
  return {};
}

CliResult<void> OutDirectory::GiveUp(const std::string& id) {
  const std::string replaces = TextAt(Registration(id), "/replaces");
  if (CurrentId() == id) {
    if (!replaces.empty()) {
      if (auto back = Use(replaces); !back) return back;
    } else {
      std::error_code ignored;
      for (const char* name : kLinked) fs::remove(path_ / name, ignored);
      fs::remove(path_ / kCurrent, ignored);
      if (auto synced = Sync(); !synced) return synced;
    }
  }
  return SetState(id, kFailed);
}

CliResult<void> OutDirectory::SetState(const std::string& id, std::string_view state) {
  boost::json::value registration = Registration(id);
  if (!registration.is_object()) return {};
  registration.as_object()["state"] = state;
  return Checked(crypto::WriteFileDurably(Folder(id) / kRegistrationFile,
                                          boost::json::serialize(registration) + "\n", true));
}

CliResult<void> OutDirectory::Link(const std::string& name, const fs::path& target) const {
  std::error_code error;
  if (fs::read_symlink(path_ / name, error) == target) return {};
  const fs::path beside = path_ / (name + ".new");
  fs::remove(beside, error);
  fs::create_symlink(target, beside, error);
  if (!error) fs::rename(beside, path_ / name, error);
  if (error) return FromSystem("Cannot put " + (path_ / name).string() + " in place", error);
  return {};
}

CliResult<void> OutDirectory::Sync() const {
  const int directory = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  const std::error_code error = LastError();
  if (directory >= 0) ::close(directory);
  if (!synced) return FromSystem("Cannot sync " + path_.string(), error);
  return {};
}

}  // namespace latchkey::tools
