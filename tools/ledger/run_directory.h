// DIR/run/: how a served directory names its server to its owner and to root, so that on the
// machine itself `--data DIR` is all a command needs. Exists only while the server runs; after a
// crash it may be stale until the next start.
//
//   management, gateways  URLs of the listeners
//   pid                   of the server
//   server.crt            the certificate that the listeners present
//   ca.crt                the ledger's CA
#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.h"

namespace latchkey::tools {

struct RunFiles {
  std::string management_url;
  std::string gateways_url;
  std::string server_certificate_pem;
  std::string ca_certificate_pem;
};

// Replaces existing files, each atomically. kIo.
Status WriteRunDirectory(const std::filesystem::path& data, const RunFiles& files);
// After the server's certificate was renewed.
Status WriteRunCertificate(const std::filesystem::path& data, const std::string& pem);
// kNotFound when the directory is not served.
Result<RunFiles> ReadRunDirectory(const std::filesystem::path& data);
// Its path, whether or not it exists.
std::filesystem::path RunDirectory(const std::filesystem::path& data);
void RemoveRunDirectory(const std::filesystem::path& data);

}  // namespace latchkey::tools
