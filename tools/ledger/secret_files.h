// Where secrets are stored: DIR/secrets/, which only its owner can read; and before it the
// directory of systemd's credentials, whose files of the same name are used instead, and which
// cannot be written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/crypto/secret.h"

namespace latchkey::tools {

inline constexpr std::string_view kMasterKeyFile = "master-key";
inline constexpr std::string_view kEarlierMasterKeyPrefix = "master-key.";  // then its id as hex
inline constexpr std::string_view kCaKeyFile = "ca.key";
inline constexpr std::string_view kCaCertificateFile = "ca.crt";
inline constexpr std::string_view kNextCaKeyFile = "ca.key.next";  // while a CA is rotated
inline constexpr std::string_view kNextCaCertificateFile = "ca.crt.next";
inline constexpr std::string_view kCheckpointKeyFile = "checkpoint.key";
inline constexpr std::string_view kOwnerTokenFile = "owner-token";

// $CREDENTIALS_DIRECTORY; empty when there is none.
std::filesystem::path CredentialsDirectory();

// The file at `path`, or null when there is none. Refuses with kUnusable a file that others can
// read (it is not secret), or that cannot be read; the error calls it `name`.
Result<std::optional<crypto::Secret>> ReadPrivateFile(const std::filesystem::path& path,
                                                      std::string_view name);

// A view of the files; nothing is kept. Thread-safe.
class SecretFiles {
 public:
  SecretFiles(std::filesystem::path directory, std::filesystem::path credentials)
      : directory_(std::move(directory)), credentials_(std::move(credentials)) {}

  bool IsCredential(std::string_view name) const;
  Result<std::optional<crypto::Secret>> Read(std::string_view name) const;
  // The names in both places with that prefix, each once, sorted.
  std::vector<std::string> NamesWith(std::string_view prefix) const;

  // The rest uses only DIR/secrets/. Each step is complete and synced, or not done: kIo.
  bool Has(std::string_view name) const;
  Result<std::optional<crypto::Secret>> ReadOwn(std::string_view name) const;
  Status Write(std::string_view name, std::string_view content) const;
  Status Link(std::string_view name, std::string_view second) const;
  Status Move(std::string_view from, std::string_view to) const;
  Status Destroy(std::string_view name) const;
  // Destroys temporary files of a process that was killed while writing.
  Status DestroyRemains() const;

 private:
  std::filesystem::path directory_;
  std::filesystem::path credentials_;  // empty: none
};

}  // namespace latchkey::tools
