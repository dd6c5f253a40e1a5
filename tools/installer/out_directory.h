// The files of `register` in --out, so that it can be killed at any point and run again.
//
//   attempts/<id>/   one directory for each key that was entered, and for each renewal:
//                    gateway.key from the start; gateway.crt, ca.crt, registration.json once there
//                    is a certificate, and server-ca.crt where only that file tells which server
//                    to trust
//   current          → attempts/<id>, the one in use
//   gateway.key, gateway.crt, ca.crt, registration.json   → current/…
//
// A key is always used with the same key pair, and so is a renewal of a certificate, so that
// repeating either is safe. One rename of `current` changes all four files together: a running
// gateway never sees a certificate with another key, and after a failed replacement the old
// identity comes back the same way. An id is a digest of a key or of the certificate that is
// renewed: nothing here holds the text of a key.
//
// The registration.json of a renewal has two more members: `renewed_from`, the directory whose
// certificate it renewed, and `registered_by`, that of the key with which the registration began. A
// renewal is in force as soon as it is in use; it is `pending` until its first check-in, and the
// pair before it is kept.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  // For a change beside `register`, which is kept out until this is destroyed. Nothing is made.
  // Fails as Read, and with kTryAgain while `register` is at work there.
  static CliResult<OutDirectory> Change(const std::filesystem::path& path);

  // Keeps every other agent out of the directory while the lock lives; `register` may work in it.
  // kTryAgain when another agent has it.
  CliResult<FileLock> LockForAgent() const;

  static std::string KeyId(std::string_view key_text);
  // Of the renewal of the certificate with this SHA-256.
  static std::string RenewalId(std::string_view certificate_sha256);

  // registration.json of the attempt in use; null when there is none.
  boost::json::value Current() const;
  std::string CurrentId() const;
  // Whether the attempt in use is in force: confirmed, or a renewal.
  bool Confirmed() const;
  // The attempt whose certificate the gateway works with: the one in use once it is in force,
  // until then the one that it is to replace. "" when there is neither.
  std::string ConfirmedId() const;
  // Whether Remove has begun.
  bool Ended() const;
  boost::json::value Registration(const std::string& id) const;
  // The attempt with a key that the registration of `id` began with.
  std::string RegisteredBy(const std::string& id) const;
  // The other attempts of the same registration that have a certificate, the pair before first.
  std::vector<std::string> OtherPairs(const std::string& id) const;

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

  // Stores the certificate by which the one of `from` is renewed beside its key pair. `ca_pem`,
  // `registration`: as for `from`, with what the renewal changes.
  CliResult<void> StoreRenewal(const std::string& id, const std::string& from,
                               const std::string& certificate_pem, const std::string& ca_pem,
                               boost::json::object registration);
  // `to`, an attempt of the same registration, is in force instead of `from`, also where a
  // registration that is not confirmed yet is to replace it. kTryAgain when `from` is not in force.
  CliResult<void> PutInForce(const std::string& from, const std::string& to);
  // The renewal was used: of its registration, only the pair before it is kept beside it.
  CliResult<void> ConfirmRenewal(const std::string& id);
  // Another content for ca.crt of this attempt.
  CliResult<void> WriteCa(const std::string& id, const std::string& ca_pem);

  // Removes the links and all attempts, the private keys first. Killed in between, Ended() says so,
  // and calling it again goes on.
  CliResult<void> Remove();

  // Absolute, and leads through no symbolic link.
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path Folder(const std::string& id) const { return path_ / "attempts" / id; }

 private:
  OutDirectory(std::filesystem::path path, std::optional<FileLock> lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  CliResult<void> WriteAttempt(const std::string& id, const std::string& certificate_pem,
                               const std::string& ca_pem, const std::string& server_ca_pem,
                               const boost::json::object& registration);
  CliResult<void> WriteRegistration(const std::string& id, const boost::json::value& registration);
  CliResult<void> SetState(const std::string& id, std::string_view state);
  // Replaces a symbolic link atomically.
  CliResult<void> Link(const std::string& name, const std::filesystem::path& target) const;
  CliResult<void> Sync() const;

  std::filesystem::path path_;
  std::optional<FileLock> lock_;  // null for a reader
};

}  // namespace latchkey::tools
