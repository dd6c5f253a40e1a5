#include "tools/installer/out_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <ostream>
#include <system_error>
#include <utility>

#include <boost/json/serialize.hpp>

#include "core/base/hex.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "tools/client/json.h"
#include "tools/process/own_directory.h"
#include "tools/process/process.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyIdBytes = 8;
constexpr const char* kAttempts = "attempts";
constexpr const char* kLock = "lock";
constexpr const char* kAgentLock = "agent.lock";
constexpr const char* kCurrent = "current";
constexpr const char* kRegistrationFile = "registration.json";
constexpr const char* kLinked[] = {kKeyFile, kCertificateFile, kCaFile, kRegistrationFile};

constexpr std::string_view kPending = "pending";
constexpr std::string_view kConfirmed = "confirmed";
constexpr std::string_view kFailed = "failed";
constexpr std::string_view kEnded = "ended";

constexpr const char* kRenewedFrom = "/renewed_from";
constexpr const char* kRegisteredBy = "/registered_by";

Failure FromSystem(const std::string& what, const std::error_code& error) {
  return Fail(ExitCode::kFailed, what + ": " + error.message() + ".");
}

std::error_code LastError() { return {errno, std::system_category()}; }

CliResult<void> AsCliResult(const Status& status) {
  if (!status) return Fail(status.error());
  return {};
}

// Creates the directory and its parents, the parents with default permissions.
CliResult<fs::path> Make(const fs::path& given) {
  std::error_code error;
  const fs::path path = fs::absolute(given).lexically_normal();
  {
    const InheritedUmask umask;
    fs::create_directories(path.parent_path(), error);
  }
  if (fs::exists(path, error) && !fs::is_directory(path, error)) {
    return Fail(ExitCode::kLedger, given.string() + " is not a directory. Give another --out.");
  }
  if (Status made = crypto::MakePrivateDirectory(path); !made) return Fail(made.error());
  const fs::path resolved = fs::canonical(path, error);
  if (error) return FromSystem("Cannot open " + given.string(), error);
  return resolved;
}

// Whether this is a name that `register` uses.
bool IsInstallerName(std::string_view name) {
  constexpr std::string_view kNew = ".new";
  if (name.ends_with(kNew)) name.remove_suffix(kNew.size());
  return name == kAttempts || name == kLock || name == kAgentLock || name == kCurrent ||
         std::find(std::begin(kLinked), std::end(kLinked), name) != std::end(kLinked);
}

// A directory with other things in it keeps its permissions, for the people who read those; our
// files in it are for their owner alone.
CliResult<void> Close(const OwnDirectory& directory, const fs::path& given, std::ostream& notes) {
  if (auto trusted = AsCliResult(directory.CheckWriters()); !trusted) return trusted;
  const auto names = directory.Names();
  if (!names) return Fail(names.error());
  const bool ours = std::all_of(names->begin(), names->end(), IsInstallerName);
  if (!ours || (directory.mode() & S_IRWXO) == 0) return {};
  if (auto closed = AsCliResult(directory.Close()); !closed) return closed;
  notes << "Note: " << given.string() << " could be read by other users. It is closed now.\n";
  return {};
}

// Whether `target` is the target that `register` gives this link.
bool LeadsRight(std::string_view name, std::string_view target) {
  if (name != kCurrent) return target == std::string(kCurrent) + "/" + std::string(name);
  const std::string_view folder = kAttempts;
  if (!target.starts_with(folder) || target.size() != folder.size() + 1 + 2 * kKeyIdBytes) {
    return false;
  }
  return target[folder.size()] == '/' &&
         target.find_first_not_of("0123456789abcdef", folder.size() + 1) == std::string_view::npos;
}

CliResult<void> CheckLinks(const OwnDirectory& directory, const fs::path& given) {
  for (const char* name : {kCurrent, kKeyFile, kCertificateFile, kCaFile, kRegistrationFile}) {
    const auto target = directory.LinkTarget(name);
    if (!target) return Fail(target.error());
    if (!*target || LeadsRight(name, **target)) continue;
    return Fail((*target)->empty() ? ExitCode::kFailed : ExitCode::kLedger,
                std::string(name) + " in " + given.string() +
                    " was not made by `latchkey register`. Remove it, or give another --out.");
  }
  return {};
}

Status CheckAttempts(const OwnDirectory& directory) {
  const auto attempts = directory.CheckFolder(kAttempts);
  if (!attempts) return attempts.error();
  if (!*attempts) return {};
  const auto ids = (*attempts)->Names();
  if (!ids) return ids.error();
  for (const std::string& id : *ids) {
    const auto attempt = (*attempts)->CheckFolder(id);
    if (!attempt) return attempt.error();
    if (!*attempt) continue;
    if (Status good = (*attempt)->CheckEntries(); !good) return good;
  }
  return {};
}

CliResult<void> CheckContent(const OwnDirectory& directory, const fs::path& given) {
  return CheckLinks(directory, given).and_then([&] {
    return AsCliResult(CheckAttempts(directory));
  });
}

CliResult<FileLock> Lock(const fs::path& file, const std::string& holder) {
  auto lock = FileLock::Take(file);
  if (lock) return *std::move(lock);
  if (lock.error().code != ErrorCode::kInUse) return Fail(lock.error());
  return Fail(ExitCode::kTryAgain, holder + " is at work in " + file.parent_path().string() + ".");
}

// Whether the gateway works with this attempt's certificate once it is in use.
bool IsInForce(const boost::json::value& registration) {
  const std::string state = RawTextAt(registration, "/state");
  return state == kConfirmed ||
         (state == kPending && !RawTextAt(registration, kRenewedFrom).empty());
}

std::string DigestId(std::string_view label, std::string_view of) {
  return text::ToHex(crypto::Sha256({label, of}).substr(0, kKeyIdBytes));
}

}  // namespace

CliResult<OutDirectory> OutDirectory::Open(const fs::path& given, std::ostream& notes) {
  const auto found = Make(given);
  if (!found) return found.error();
  const fs::path& path = *found;
  const auto directory = OwnDirectory::Open(path, given.string());
  if (!directory) return Fail(directory.error());
  if (auto closed = Close(*directory, given, notes); !closed) return closed.error();
  const Status made = directory->CheckEntry(kLock)
                          .and_then([&] { return directory->CheckEntry(kAttempts); })
                          .and_then([&] { return crypto::MakePrivateDirectory(path / kAttempts); });
  if (!made) return Fail(made.error());
  auto lock = Lock(path / kLock, "Another `latchkey register`, or a renewal of the certificate,");
  if (!lock) return lock.error();
  if (auto checked = CheckContent(*directory, given); !checked) return checked.error();
  return OutDirectory(path, *std::move(lock));
}

CliResult<OutDirectory> OutDirectory::Read(const fs::path& given) {
  std::error_code error;
  const fs::path path = fs::canonical(given, error);
  if (error) return FromSystem("Cannot open " + given.string(), error);
  const auto directory = OwnDirectory::Open(path, given.string());
  if (!directory) return Fail(directory.error());
  const auto checked = AsCliResult(directory->CheckWriters()).and_then([&] {
    return CheckContent(*directory, given);
  });
  if (!checked) return checked.error();
  return OutDirectory(path, std::nullopt);
}

CliResult<OutDirectory> OutDirectory::Change(const fs::path& given) {
  auto directory = Read(given);
  if (!directory) return directory.error();
  auto lock = Lock(directory->path_ / kLock, "`latchkey register`");
  if (!lock) return lock.error();
  return OutDirectory(directory->path_, *std::move(lock));
}

CliResult<FileLock> OutDirectory::LockForAgent() const {
  return Lock(path_ / kAgentLock, "Another `latchkey agent`");
}

std::string OutDirectory::KeyId(std::string_view key_text) {
  return DigestId("latchkey/attempt/v1", key_text);
}

std::string OutDirectory::RenewalId(std::string_view certificate_sha256) {
  return DigestId("latchkey/renewal/v1", certificate_sha256);
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
bool OutDirectory::Confirmed() const { return IsInForce(Current()); }
bool OutDirectory::Ended() const { return RawTextAt(Current(), "/state") == kEnded; }

std::string OutDirectory::ConfirmedId() const {
  const std::string id = CurrentId();  // read once: `register` may put another in its place
  const boost::json::value registration = Registration(id);
  if (IsInForce(registration)) return id;
  const bool ended = RawTextAt(registration, "/state") == kEnded;
  return ended ? std::string() : RawTextAt(registration, "/replaces");
}

std::string OutDirectory::RegisteredBy(const std::string& id) const {
  std::string key = RawTextAt(Registration(id), kRegisteredBy);
  return key.empty() ? id : key;
}

std::vector<std::string> OutDirectory::OtherPairs(const std::string& id) const {
  const std::string before = RawTextAt(Registration(id), kRenewedFrom);
  const std::string key = RegisteredBy(id);
  std::vector<std::string> found;
  std::error_code ignored;  // a directory that is gone has none
  for (const auto& entry : fs::directory_iterator(path_ / kAttempts, ignored)) {
    std::string other = entry.path().filename().string();
    if (other == id || RegisteredBy(other) != key || !IsInForce(Registration(other))) continue;
    found.insert(other == before ? found.begin() : found.end(), std::move(other));
  }
  return found;
}

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
                                    const std::string& ca_pem, const std::string& server_ca_pem,
                                    boost::json::object registration) {
  // Remember what this attempt replaces, however often it is restarted.
  std::string replaces = RawTextAt(Registration(id), "/replaces");
  if (const std::string current = CurrentId(); current != id) {
    replaces = Confirmed() ? current : RawTextAt(Current(), "/replaces");
  }
  if (!replaces.empty()) registration["replaces"] = replaces;
  registration["state"] = kPending;
  return WriteAttempt(id, certificate_pem, ca_pem, server_ca_pem, registration);
}

CliResult<void> OutDirectory::WriteAttempt(const std::string& id,
                                           const std::string& certificate_pem,
                                           const std::string& ca_pem,
                                           const std::string& server_ca_pem,
                                           const boost::json::object& registration) {
  const fs::path folder = Folder(id);
  return AsCliResult(
             crypto::WriteFileDurably(folder / kCertificateFile, certificate_pem, true)
                 .and_then([&] { return crypto::WriteFileDurably(folder / kCaFile, ca_pem, true); })
                 .and_then([&] {
                   if (server_ca_pem.empty()) return Status();
                   return crypto::WriteFileDurably(folder / kServerCaFile, server_ca_pem, true);
                 }))
      .and_then([&] { return WriteRegistration(id, registration); });
}

CliResult<void> OutDirectory::StoreRenewal(const std::string& id, const std::string& from,
                                           const std::string& certificate_pem,
                                           const std::string& ca_pem,
                                           boost::json::object registration) {
  const auto server_ca = crypto::ReadSmallFile(Folder(from) / kServerCaFile);
  if (!server_ca && server_ca.error().code != ErrorCode::kNotFound) return Fail(server_ca.error());
  registration.erase("replaces");
  registration["renewed_from"] = from;
  registration["registered_by"] = RegisteredBy(from);
  registration["state"] = kPending;
  return WriteAttempt(id, certificate_pem, ca_pem, server_ca.value_or(""), registration);
}

CliResult<void> OutDirectory::Use(const std::string& id) {
  if (auto used = Link(kCurrent, fs::path(kAttempts) / id); !used) return used;
  for (const char* name : kLinked) {
    if (auto linked = Link(name, fs::path(kCurrent) / name); !linked) return linked;
  }
  return Sync();
}

CliResult<void> OutDirectory::Confirm(const std::string& id) {
  if (auto set = SetState(id, kConfirmed); !set) return set;
  std::error_code ignored;  // leftovers do no harm
  for (const auto& entry : fs::directory_iterator(path_ / kAttempts, ignored)) {
    if (entry.path().filename() != id) fs::remove_all(entry.path(), ignored);
  }
  return {};
}

CliResult<void> OutDirectory::GiveUp(const std::string& id) {
  const std::string replaces = RawTextAt(Registration(id), "/replaces");
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

CliResult<void> OutDirectory::PutInForce(const std::string& from, const std::string& to) {
  const std::string current = CurrentId();
  if (current == from) return Use(to);
  boost::json::value registration = Registration(current);
  if (ConfirmedId() != from || !registration.is_object()) {
    return Fail(ExitCode::kTryAgain, "Another identity is in use in " + path_.string() + " now.");
  }
  registration.as_object()["replaces"] = to;
  return WriteRegistration(current, registration);
}

CliResult<void> OutDirectory::ConfirmRenewal(const std::string& id) {
  if (auto set = SetState(id, kConfirmed); !set) return set;
  const std::string before = RawTextAt(Registration(id), kRenewedFrom);
  std::error_code ignored;  // leftovers do no harm
  for (const std::string& other : OtherPairs(id)) {
    if (other != before) fs::remove_all(Folder(other), ignored);
  }
  return {};
}

CliResult<void> OutDirectory::WriteCa(const std::string& id, const std::string& ca_pem) {
  return AsCliResult(crypto::WriteFileDurably(Folder(id) / kCaFile, ca_pem, true));
}

CliResult<void> OutDirectory::Remove() {
  const std::string last = CurrentId();
  if (auto set = SetState(last, kEnded); !set) return set;
  std::error_code error;
  for (const char* name : kLinked) fs::remove(path_ / name, error);
  if (auto synced = Sync(); !synced) return synced;
  for (const auto& entry : fs::directory_iterator(path_ / kAttempts, error)) {
    if (Status gone = crypto::DestroyFile(entry.path() / kKeyFile); !gone) {
      return Fail(gone.error());
    }
    if (entry.path().filename() != last) fs::remove_all(entry.path(), error);
  }
  // The mark that it has ended goes last.
  fs::remove(path_ / kCurrent, error);
  if (auto synced = Sync(); !synced) return synced;
  fs::remove_all(path_ / kAttempts, error);
  if (error) return FromSystem("Cannot remove " + (path_ / kAttempts).string(), error);
  return {};
}

CliResult<void> OutDirectory::WriteRegistration(const std::string& id,
                                                const boost::json::value& registration) {
  return AsCliResult(crypto::WriteFileDurably(Folder(id) / kRegistrationFile,
                                              boost::json::serialize(registration) + "\n", true));
}

CliResult<void> OutDirectory::SetState(const std::string& id, std::string_view state) {
  boost::json::value registration = Registration(id);
  if (!registration.is_object()) return {};
  registration.as_object()["state"] = state;
  return WriteRegistration(id, registration);
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
