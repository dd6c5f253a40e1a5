// DIR/run/: how a served directory names its server to its owner and to root, so that on the
// machine itself `--data DIR` is all a command needs. Exists only while the server runs; after a
// crash it may be stale until the next start.
//
//   management, gateways  URLs of the listeners
//   pid                   of the server
//   server.crt            the certificate that the listeners present
//   ca.crt                the CA that signed it: the ledger's
//   owner-token           of a read-only server: the one valid token
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace latchkey::tools {

struct RunFiles {
  std::string management_url;
  std::string gateways_url;
  std::string server_certificate_pem;
  std::string ca_certificate_pem;
};

// Replaces existing files, each atomically. `owner_token` is empty where the ledger's own tokens
// are valid. kIo.
Status WriteRunDirectory(const std::filesystem::path& data, const RunFiles& files,
                         std::string_view owner_token = {});
// The file with the token of the owner: the one in the run directory where there is one, else that
// in the secrets. Relative to the data directory.
std::filesystem::path OwnerTokenFile(const std::filesystem::path& data);
// After the server's certificate was renewed.
Status WriteRunCertificate(const std::filesystem::path& data, const std::string& pem);
// kNotFound when the directory is not served.
Result<RunFiles> ReadRunDirectory(const std::filesystem::path& data);
// Its path, whether or not it exists.
std::filesystem::path RunDirectory(const std::filesystem::path& data);
void RemoveRunDirectory(const std::filesystem::path& data);

}  // namespace latchkey::tools
