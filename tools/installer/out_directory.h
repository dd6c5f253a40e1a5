// The files of `register` in --out, so that it can be killed at any point and run again.
//
//   attempts/<key id>/   one directory for each key that was entered: gateway.key from the start,
//   and
//                        gateway.crt, ca.crt, registration.json once the key was redeemed
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
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/crypto/secret.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

class OutDirectory {
 public:
  // Creates it (0700) if it is missing, and keeps every other `register` out of it until destroyed.
  // A directory that everyone may read is closed to all but its owner, and a line on `notes` says
  // so; one that only its group may read, or that holds other things too, keeps its permissions.
  // kLedger when it cannot be trusted: it is another user's (also for root), writable by others, or
  // holds links that `register` did not make. kTryAgain when another `register` is using it,
  // kFailed for errors of the system.
  static CliResult<OutDirectory> Open(const std::filesystem::path& path, std::ostream& notes);
  ~OutDirectory();
  OutDirectory(OutDirectory&& other) noexcept;
  OutDirectory(const OutDirectory&) = delete;
  OutDirectory& operator=(const OutDirectory&) = delete;
  OutDirectory& operator=(OutDirectory&&) = delete;

  static std::string KeyId(std::string_view key_text);

  // registration.json of the attempt in use; null when there is none.
  boost::json::value Current() const;
  std::string CurrentId() const;
  // Whether the attempt in use has been confirmed.
  bool Confirmed() const;

  // The private key (PEM) of this attempt, created and synced if it does not exist.
  CliResult<crypto::Secret> KeyPair(const std::string& id);

  // Stores the result of the redemption beside the key pair. `registration` gets the member
  // `state`.
  CliResult<void> Store(const std::string& id, const std::string& certificate_pem,
                        const std::string& ca_pem, boost::json::object registration);
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
  OutDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  boost::json::value Registration(const std::string& id) const;
  CliResult<void> SetState(const std::string& id, std::string_view state);
  // Replaces a symbolic link atomically.
  CliResult<void> Link(const std::string& name, const std::filesystem::path& target) const;
  CliResult<void> Sync() const;

  std::filesystem::path path_;
  int lock_;
};

}  // namespace latchkey::tools
