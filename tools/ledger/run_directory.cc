#include "tools/ledger/run_directory.h"

#include <unistd.h>

#include <string_view>

#include "core/crypto/files.h"
#include "core/crypto/wiping.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDirectory = "run";
constexpr std::string_view kManagementFile = "management";
constexpr std::string_view kGatewaysFile = "gateways";
constexpr std::string_view kServerCertificate = "server.crt";
constexpr std::string_view kCaCertificate = "ca.crt";
constexpr std::string_view kPid = "pid";  // written last: where it exists, the others do too

std::string Line(std::string text) {
  if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
  return text;
}

Status WriteToken(const fs::path& run, std::string_view token) {
  std::string line;
  const crypto::WipeAtEnd wipe(&line);
  line.reserve(token.size() + 1);
  line.append(token).push_back('\n');
  return SecretFiles(run, {}).Write(kOwnerTokenFile, line);
}

}  // namespace

Status WriteRunDirectory(const fs::path& data, const RunFiles& files,
                         std::string_view owner_token) {
  const fs::path run = data / kDirectory;
  if (Status made = crypto::MakePrivateDirectory(run); !made) return made;
  const auto write = [&](std::string_view name, const std::string& content) {
    return crypto::WriteFileDurably(run / name, content, false);
  };
  return write(kManagementFile, files.management_url + "\n")
      .and_then([&] { return write(kGatewaysFile, files.gateways_url + "\n"); })
      .and_then([&] { return write(kServerCertificate, files.server_certificate_pem); })
      .and_then([&] { return write(kCaCertificate, files.ca_certificate_pem); })
      .and_then([&] { return owner_token.empty() ? Status() : WriteToken(run, owner_token); })
      .and_then([&] { return write(kPid, std::to_string(::getpid()) + "\n"); });
}

Status WriteRunCertificate(const fs::path& data, const std::string& pem) {
  return crypto::WriteFileDurably(data / kDirectory / kServerCertificate, pem, false);
}

Result<RunFiles> ReadRunDirectory(const fs::path& data) {
  const fs::path run = data / kDirectory;
  if (!fs::exists(run / kPid)) {
    return Refuse(ErrorCode::kNotFound, "This directory is not being served.");
  }
  RunFiles files;
  const auto read = [&](std::string_view name, std::string* into) -> Status {
    auto content = crypto::ReadSmallFile(run / name);
    if (!content) return content.error();
    *into = *std::move(content);
    return {};
  };
  return read(kManagementFile, &files.management_url)
      .and_then([&] { return read(kGatewaysFile, &files.gateways_url); })
      .and_then([&] { return read(kServerCertificate, &files.server_certificate_pem); })
      .and_then([&] { return read(kCaCertificate, &files.ca_certificate_pem); })
      .map([&] {
        files.management_url = Line(std::move(files.management_url));
        files.gateways_url = Line(std::move(files.gateways_url));
        return files;
      });
}

fs::path OwnerTokenFile(const fs::path& data) {
  const fs::path of_process = fs::path(kDirectory) / kOwnerTokenFile;
  std::error_code unknown;
  return fs::exists(data / of_process, unknown) ? of_process
                                                : fs::path("secrets") / kOwnerTokenFile;
}

fs::path RunDirectory(const fs::path& data) { return data / kDirectory; }

void RemoveRunDirectory(const fs::path& data) {
  std::error_code ignored;
  fs::remove_all(data / kDirectory, ignored);
}

}  // namespace latchkey::tools
