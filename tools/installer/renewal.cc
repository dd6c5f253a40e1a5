#include "tools/installer/renewal.h"

#include <optional>
#include <utility>

#include "core/base/hex.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/installer/ca_bundle.h"
#include "tools/installer/out_directory.h"

namespace latchkey::tools {
namespace {

// The directory, locked for a change, if this identity is still in force there.
CliResult<OutDirectory> ChangeOf(const Identity& identity) {
  auto directory = OutDirectory::Change(identity.directory);
  if (directory && directory->ConfirmedId() != identity.id) {
    return Fail(ExitCode::kTryAgain,
                "Another identity is in use in " + identity.directory.string() + " now.");
  }
  return directory;
}

// A signing request for the key pair of this renewal.
CliResult<std::string> Request(const Identity& identity, const std::string& id) {
  auto directory = ChangeOf(identity);
  if (!directory) return directory.error();
  const auto pair = directory->KeyPair(id);
  if (!pair) return pair.error();
  auto csr = crypto::CreateCsr(pair->view(), "latchkey gateway");
  if (!csr) {
    return Fail(ExitCode::kFailed, "The key pair in " + directory->Folder(id).string() +
                                       " is damaged: " + csr.error().detail);
  }
  return *std::move(csr);
}

// registration.json of the renewal: as before, with what is new.
boost::json::object Summary(const boost::json::value& before, const boost::json::value& answer,
                            const std::string& certificate_sha256) {
  boost::json::object summary;
  if (before.is_object()) summary = before.get_object();
  summary["certificate_sha256"] = text::ToHex(certificate_sha256);
  summary["not_after"] = RawTextAt(answer, "/not_after");
  summary["sequence"] = NumberAt(answer, "/sequence");
  return summary;
}

CliResult<void> Store(OutDirectory& directory, const Identity& identity, const std::string& id,
                      const boost::json::value& answer) {
  const std::string certificate = RawTextAt(answer, "/certificate");
  const auto facts = crypto::ReadCertificate(certificate);
  if (!facts) return Fail(ExitCode::kFailed, "The server's answer holds no certificate.");
  const auto kept = crypto::ReadSmallFile(directory.Folder(identity.id) / kCaFile);
  if (!kept) return Fail(kept.error());
  return directory.StoreRenewal(
      id, identity.id, certificate, WithCas(*kept, RawTextAt(answer, "/ca")).value_or(*kept),
      Summary(directory.Registration(identity.id), answer, facts->sha256));
}

}  // namespace

CliResult<void> Renew(GatewayClient& client, const StepHook& step) {
  const auto reached = [&](std::string_view name) {
    if (step) step(name);
  };
  const Identity& identity = client.identity();
  const std::string id = OutDirectory::RenewalId(identity.certificate_sha256);
  const auto csr = Request(identity, id);
  if (!csr) return csr.error();
  reached("key_pair");
  auto answer = client.Ask(operations::kRenew, {{"csr", *csr}});
  if (!answer) {
    Failure failure = answer.error();
    if (failure.code == "certificate_expired") failure.exit = ExitCode::kKeyRefused;
    return failure;
  }
  reached("renewed");
  // Locked only now: the request may have taken long.
  auto directory = ChangeOf(identity);
  if (!directory) return directory.error();
  if (auto stored = Store(*directory, identity, id, answer->body); !stored) return stored;
  reached("stored");
  if (auto used = directory->PutInForce(identity.id, id); !used) return used;
  reached("in_place");
  return {};
}

CliResult<void> ConfirmRenewal(const Identity& renewal) {
  auto directory = ChangeOf(renewal);
  if (!directory) return directory.error();
  return directory->ConfirmRenewal(renewal.id);
}

CliResult<void> PutInForce(const Identity& identity, const Identity& other) {
  auto directory = ChangeOf(identity);
  if (!directory) return directory.error();
  return directory->PutInForce(identity.id, other.id);
}

CliResult<bool> TrustCas(const Identity& identity, const std::string& ca_pem) {
  if (!identity.trusts_kept_ca) return false;
  const std::filesystem::path file = identity.certificate.parent_path() / kCaFile;
  const auto kept = crypto::ReadSmallFile(file);
  if (!kept) return Fail(kept.error());
  const std::optional<std::string> all = WithCas(*kept, ca_pem);
  if (!all) return false;
  auto directory = ChangeOf(identity);
  if (!directory) return directory.error();
  if (auto written = directory->WriteCa(identity.id, *all); !written) return written.error();
  return true;
}

}  // namespace latchkey::tools
