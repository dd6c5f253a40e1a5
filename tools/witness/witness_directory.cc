#include "tools/witness/witness_directory.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"
#include "core/log/cosignature.h"
#include "core/rocks/small_file.h"
#include "tools/process/own_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxWitnessNameBytes = 128;
constexpr std::size_t kHexOfMadeName = 16;
constexpr const char* kIdentityFile = "identity";
constexpr const char* kLockFile = "lock";
constexpr const char* kCheckpoints = "checkpoints";  // a file for each log, of this name
constexpr const char* kKnown = "known";  // an empty file for each log that has one in the other

struct WitnessIdentity {
  log::NoteKey key;
  crypto::Ed25519Signer signer;
};

Error UnusableWitness(std::string words) { return Refuse(ErrorCode::kUnusable, std::move(words)); }

Result<WitnessIdentity> ParseIdentity(const std::string& content, const std::string& shown) {
  const auto damaged = [&](const std::string& why) {
    return UnusableWitness("identity in " + shown + " is damaged (" + why +
                           "). Bring this one file back from a copy, or give an empty directory: "
                           "that makes another witness with another key.");
  };
  const auto end = content.find('\n');
  if (end == std::string::npos) return damaged("it has no second line");
  auto key = log::ParseCosignerKey(content.substr(0, end));
  if (!key) return damaged(key.error().detail);
  if (!IsWitnessName(key->name)) return damaged("its name is none");
  auto signer = crypto::Ed25519Signer::Load(content.substr(end + 1));
  if (!signer) return damaged("its private key cannot be read");
  if (signer->public_key() != key->public_key) return damaged("its keys do not fit each other");
  return WitnessIdentity{*std::move(key), *std::move(signer)};
}

// In a directory without one.
Result<WitnessIdentity> MakeIdentity(const fs::path& path, const std::string& name) {
  const crypto::SigningKey made = crypto::CreateSigningKey();
  auto signer = crypto::Ed25519Signer::Load(made.key_pem.view());
  if (!signer) return signer.error();
  const std::string made_name = "witness-" + text::ToHex(made.public_key).substr(0, kHexOfMadeName);
  log::NoteKey key{name.empty() ? made_name : name, made.public_key};
  std::string content = log::CosignerKeyText(key) + "\n";
  crypto::AppendWiping(&content, made.key_pem.view());
  const crypto::WipeAtEnd wipe(&content);
  if (Status kept = crypto::WriteFileDurably(path / kIdentityFile, content, true); !kept) {
    return kept.error();
  }
  return WitnessIdentity{std::move(key), *std::move(signer)};
}

// What it has cosigned is in folders that were there before its key.
Status CheckFolders(const fs::path& path, const std::string& shown) {
  for (const char* folder : {kCheckpoints, kKnown}) {
    std::error_code error;
    if (fs::is_directory(path / folder, error)) continue;
    return UnusableWitness(
        std::string(folder) + "/ in " + shown +
        " is lost: this witness would not know what it has cosigned. Bring it back as it was when "
        "the witness ended, or make another witness in an empty directory.");
  }
  return {};
}

Result<WitnessIdentity> LoadOrMake(const fs::path& path, const std::string& shown,
                                   const std::string& name) {
  auto content = crypto::ReadSmallFile(path / kIdentityFile);
  if (content) {
    const crypto::WipeAtEnd wipe(&*content);
    if (Status whole = CheckFolders(path, shown); !whole) return whole.error();
    return ParseIdentity(*content, shown);
  }
  if (content.error().code != ErrorCode::kNotFound) return content.error();
  for (const char* folder : {kCheckpoints, kKnown}) {
    if (Status made = crypto::MakePrivateDirectory(path / folder); !made) return made.error();
  }
  return MakeIdentity(path, name);
}

// What a start leaves that was killed before there was a key.
bool IsLeftOfAStart(const fs::path& path, const std::string& name) {
  std::error_code error;
  return name == kLostAndFound || name == kLockFile ||
         name.starts_with(std::string(".") + kIdentityFile) ||
         ((name == kCheckpoints || name == kKnown) && fs::is_empty(path / name, error));
}

// What is in the directory must be a witness's, or nothing.
Status CheckWhose(const fs::path& path, const std::vector<std::string>& names,
                  const std::string& shown) {
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const bool fresh = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return IsLeftOfAStart(path, name);
  });
  if (has(kIdentityFile) || fresh) return {};
  if (!has(kCheckpoints)) {
    return UnusableWitness(shown +
                           " is not empty and has no witness in it. Give an empty directory or a "
                           "new name.");
  }
  return UnusableWitness("identity in " + shown +
                         " is lost: the key of this witness was in it. Bring it back from a copy, "
                         "or give an empty directory: that makes another witness with another "
                         "key.");
}

Status CheckFiles(const OwnDirectory& directory) {
  for (const char* file : {kIdentityFile, kLockFile}) {
    if (Status good = directory.CheckEntry(file); !good) return good;
  }
  for (const char* name : {kCheckpoints, kKnown}) {
    const auto folder = directory.CheckFolder(name);
    if (!folder) return folder.error();
    if (!*folder) continue;
    if (Status good = (*folder)->CheckEntries(); !good) return good;
  }
  return {};
}

// That it is ours, and closed to others.
Status Secure(const fs::path& path, const std::string& shown) {
  const auto directory = OwnDirectory::Open(path, shown);
  if (!directory) return directory.error();
  const auto names = directory->Names();
  if (!names) return names.error();
  // First: closing somebody's directory would lock out the users of /tmp.
  if (Status ours = CheckWhose(path, *names, shown); !ours) return ours;
  if (Status good = directory->CheckWriters(); !good) return good;
  if (Status closed = directory->Close(); !closed) return closed;
  return CheckFiles(*directory);
}

Result<fs::path> FindOrMake(const fs::path& given) {
  std::error_code error;
  fs::path path = fs::canonical(given, error);
  if (error == std::errc::no_such_file_or_directory) {
    if (Status made = crypto::MakePrivateDirectory(given); !made) return made.error();
    path = fs::canonical(given, error);
  }
  if (error) return UnusableWitness(given.string() + " cannot be opened: " + error.message() + ".");
  return path;
}

}  // namespace

bool IsWitnessName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxWitnessNameBytes &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '+'; });
}

std::string OriginHash(std::string_view origin) { return text::ToHex(crypto::Sha256(origin)); }

WitnessDirectory::WitnessDirectory(fs::path path, rocksdb::Env* env, FileLock lock,
                                   log::NoteKey key, crypto::Ed25519Signer signer)
    : path_(std::move(path)),
      env_(env),
      lock_(std::move(lock)),
      key_(std::move(key)),
      signer_(std::move(signer)) {}

Result<WitnessDirectory> WitnessDirectory::Open(const fs::path& given, const std::string& name,
                                                rocksdb::Env* env) {
  const std::string shown = given.string();
  const auto path = FindOrMake(given);
  if (!path) return path.error();
  if (Status good = Secure(*path, shown); !good) return good.error();
  auto lock = FileLock::Take(*path / kLockFile);
  if (!lock && lock.error().code == ErrorCode::kInUse) {
    return Refuse(ErrorCode::kInUse, "Another latchkey witness has " + shown + ".");
  }
  if (!lock) return lock.error();
  auto identity = LoadOrMake(*path, shown, name);
  if (!identity) return identity.error();
  return WitnessDirectory(*path, env, *std::move(lock), std::move(identity->key),
                          std::move(identity->signer));
}

Result<std::optional<std::string>> WitnessDirectory::Read(const std::string& origin_hash) const {
  auto note = rocks::ReadSmallFile(path_ / kCheckpoints / origin_hash, env_);
  if (!note) return note.error();
  if (*note) {
    // A kill between the two files left this one out.
    if (Status marked = Mark(origin_hash); !marked) return marked.error();
    return note;
  }
  const auto known = rocks::ReadSmallFile(path_ / kKnown / origin_hash, env_);
  if (!known) return known.error();
  if (!*known) return note;
  return UnusableWitness("it is lost");
}

Status WitnessDirectory::Keep(const std::string& origin_hash, std::string_view note) const {
  if (Status kept = rocks::WriteSmallFile(path_ / kCheckpoints / origin_hash, note, env_); !kept) {
    return kept;
  }
  return Mark(origin_hash);
}

// Once a log has a checkpoint, it is noticed when that file is missing.
Status WitnessDirectory::Mark(const std::string& origin_hash) const {
  const fs::path mark = path_ / kKnown / origin_hash;
  const auto known = rocks::ReadSmallFile(mark, env_);
  if (!known) return known.error();
  return *known ? Status() : rocks::WriteSmallFile(mark, "", env_);
}

}  // namespace latchkey::tools
