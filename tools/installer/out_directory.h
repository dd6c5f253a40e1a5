// The files of `register` in --out, so that it can be killed at any point and run again.
//
//   attempts/<key id>/   one directory for each key that was entered: gateway.key from the start;
//                        gateway.crt, ca.crt, registration.json once the key was redeemed, and
//                        server-ca.crt where only that file tells which server to trust
//   current              → attempts/<key id>, the one in use
//   gateway.key, gateway.crt, ca.crt, registration.json   → current/…
//
// A key is always used with the same key pair, so that repeating its redemption is safe. One rename
// of `current` changes all four files together: a running gateway never sees a certificate with
// another key, and after a failed replacement the old identity comes back the same way. A key id is
// a digest: nothing here holds the text of a key.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/crypto/secret.h"
#include "tools/process/exit_code.h"
#include "tools/process/file_lock.h"

namespace latchkey::tools {

inline constexpr const char* kKeyFile = "gateway.key";
inline constexpr const char* kCertificateFile = "gateway.crt";
inline constexpr const char* kCaFile = "ca.crt";
inline constexpr const char* kServerCaFile = "server-ca.crt";

class OutDirectory {
 public:
  // Creates it (0700) if it is missing, and keeps every other `register` out of it until destroyed.
  // A directory that everyone may read is closed to all but its owner, and a line on `notes` says
  // so; one that only its group may read, or that holds other things too, keeps its permissions.
  // kLedger when it cannot be trusted: it is another user's (also for root), writable by others, or
  // holds links that `register` did not make. kTryAgain when another `register` is using it,
  // kFailed for errors of the system.
  static CliResult<OutDirectory> Open(const std::filesystem::path& path, std::ostream& notes);
  // For a reader beside `register`: nothing is made, changed or locked. kFailed when there is no
  // such directory, kLedger as above.
  static CliResult<OutDirectory> Read(const std::filesystem::path& path);

  // Keeps every other agent out of the directory while the lock lives; `register` may work in it.
  // kTryAgain when another agent has it.
  CliResult<FileLock> LockForAgent() const;

  static std::string KeyId(std::string_view key_text);

  // registration.json of the attempt in use; null when there is none.
  boost::json::value Current() const;
  std::string CurrentId() const;
  // Whether the attempt in use has been confirmed.
  bool Confirmed() const;
  // The attempt whose certificate the gateway works with: the one in use once it is confirmed,
  // until then the one that it is to replace. "" when there is neither.
  std::string ConfirmedId() const;
  boost::json::value Registration(const std::string& id) const;

  // The private key (PEM) of this attempt, created and synced if it does not exist.
  CliResult<crypto::Secret> KeyPair(const std::string& id);

  // Stores the result of the redemption beside the key pair. `registration` gets the member
  // `state`; `server_ca_pem` may be empty.
  CliResult<void> Store(const std::string& id, const std::string& certificate_pem,
                        const std::string& ca_pem, const std::string& server_ca_pem,
                        boost::json::object registration);
  // From now on gateway.key and the other links lead to this attempt.
  CliResult<void> Use(const std::string& id);
  // The attempt is confirmed: all others are removed.
  CliResult<void> Confirm(const std::string& id);
  // The attempt has failed: the identity it was to replace is in use again, if there was one.
  CliResult<void> GiveUp(const std::string& id);

  // Absolute, and leads through no symbolic link.
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path Folder(const std::string& id) const { return path_ / "attempts" / id; }

 private:
  OutDirectory(std::filesystem::path path, std::optional<FileLock> lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  CliResult<void> SetState(const std::string& id, std::string_view state);
  // Replaces a symbolic link atomically.
  CliResult<void> Link(const std::string& name, const std::filesystem::path& target) const;
  CliResult<void> Sync() const;

  std::filesystem::path path_;
  std::optional<FileLock> lock_;  // null for a reader
};

}  // namespace latchkey::tools
