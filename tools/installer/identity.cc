#include "tools/installer/identity.h"

#include <utility>

#include <fmt/format.h>

#include "core/base/hex.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "tools/client/json.h"
#include "tools/installer/out_directory.h"

namespace latchkey::tools {
namespace {

constexpr const char* kSystemRoots = "system";

// Of a directory from before `server_trust` was kept, ca.crt is the best guess.
Trust TrustFrom(const std::string& text, const std::filesystem::path& folder) {
  Trust trust;
  if (text == kSystemRoots) return trust;
  trust.ca_sha256 = ParseFingerprint(text);
  if (!trust.ca_sha256.empty()) return trust;
  trust.ca_file = folder / (text == kServerCaFile ? kServerCaFile : kCaFile);
  return trust;
}

Failure NoIdentity(const OutDirectory& directory) {
  const std::string path = directory.path().string();
  if (directory.Ended()) {
    return Fail(ExitCode::kKeyRefused, "The identity in " + path +
                                           " has been deregistered. Run `latchkey deregister` "
                                           "again to finish removing it.");
  }
  if (directory.CurrentId().empty()) {
    return Fail(ExitCode::kFailed,
                path + " holds no registration. Run `latchkey register` with --out " + path + ".");
  }
  return Fail(ExitCode::kTryAgain, "The registration in " + path +
                                       " is not confirmed yet. If `latchkey register` is not at "
                                       "work, run it again with the same key.");
}

CliResult<Identity> ReadPair(const OutDirectory& directory, const std::string& id,
                             const ServerChoice& server) {
  const std::filesystem::path folder = directory.Folder(id);
  const auto certificate = crypto::ReadSmallFile(folder / kCertificateFile);
  if (!certificate) {
    // `register` removes an identity that it has replaced.
    const bool gone = certificate.error().code == ErrorCode::kNotFound;
    return Fail(gone ? ExitCode::kTryAgain : ExitCode::kFailed, certificate.error().detail);
  }
  const auto facts = crypto::ReadCertificate(*certificate);
  if (!facts) {
    return Fail(ExitCode::kFailed, "The certificate in " + folder.string() + " is damaged: " +
                                       facts.error().detail + " Register again with a new key.");
  }
  const boost::json::value registration = directory.Registration(id);
  const std::string gateway = TextAt(registration, "/gateway");
  const Trust kept = TrustFrom(RawTextAt(registration, "/server_trust"), folder);
  return Identity{.id = id,
                  .replaced = directory.CurrentId() != id,
                  .unused_renewal = RawTextAt(registration, "/state") == "pending",
                  .gateway = gateway,
                  .name = fmt::format("{}/{} ({})", TextAt(registration, "/account"),
                                      TextAt(registration, "/name"), gateway),
                  .url = server.url.empty() ? RawTextAt(registration, "/url") : server.url,
                  .trust = server.trust.value_or(kept),
                  .trusts_kept_ca = kept.ca_file == folder / kCaFile,
                  .directory = directory.path(),
                  .certificate = folder / kCertificateFile,
                  .key = folder / kKeyFile,
                  .certificate_sha256 = facts->sha256,
                  .not_after = facts->not_after,
                  .check_in = std::chrono::seconds(NumberAt(registration, "/check_in_seconds"))};
}

}  // namespace

CliResult<Identity> ReadIdentity(const std::filesystem::path& directory,
                                 const ServerChoice& server) {
  const auto opened = OutDirectory::Read(directory);
  if (!opened) return opened.error();
  const std::string id = opened->ConfirmedId();
  if (id.empty()) return NoIdentity(*opened);
  return ReadPair(*opened, id, server);
}

std::vector<Identity> ReadOtherPairs(const Identity& identity, const ServerChoice& server) {
  std::vector<Identity> found;
  const auto opened = OutDirectory::Read(identity.directory);
  if (!opened) return found;
  for (const std::string& id : opened->OtherPairs(identity.id)) {
    if (auto pair = ReadPair(*opened, id, server)) found.push_back(*std::move(pair));
  }
  return found;
}

CliResult<KeptTrust> TrustToKeep(const Trust& trust, bool presents_ca) {
  if (presents_ca) return KeptTrust{kCaFile};
  if (!trust.ca_sha256.empty()) return KeptTrust{"sha256:" + text::ToHex(trust.ca_sha256)};
  if (trust.ca_file.empty()) return KeptTrust{kSystemRoots};
  auto given = crypto::ReadSmallFile(trust.ca_file);
  if (!given) return Fail(ExitCode::kFailed, trust.ca_file + ": " + given.error().detail);
  return KeptTrust{kServerCaFile, *std::move(given)};
}

}  // namespace latchkey::tools
