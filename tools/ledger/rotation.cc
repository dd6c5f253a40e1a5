#include "tools/ledger/rotation.h"

#include <memory>
#include <utility>

#include "core/base/hex.h"
#include "core/crypto/hash.h"
#include "tools/ledger/secrets.h"
#include "tools/ledger/server_certificate.h"

namespace latchkey::tools {
namespace {

using crypto::CertificateAuthority;

void Done(const StepHook& step, std::string_view what) {
  if (step) step(what);
}

// The cross-certificate (DER) from the CA in force to the next one; empty when none is needed, or
// none is possible and that is accepted. Nobody trusts an expired CA.
Result<std::string> CrossOver(Ledger& ledger, const CertificateAuthority& next,
                              bool without_transition) {
  const CertificateAuthority& in_force = ledger.ca();
  const Time now = ledger.clock().Now();
  if (in_force.not_after() <= now) return std::string();
  if (crypto::ShareAnIssuer(in_force.certificate_pem(), next.certificate_pem())) {
    return std::string();
  }
  auto cross = in_force.CrossSign(next, now, ledger.random());
  if (cross || without_transition) return cross.value_or("");
  return Refuse(ErrorCode::kUnusable,
                "The CA in force may not sign this one (path length 0), and they have no issuer in "
                "common: installers and gateways that know only the CA in force could not verify "
                "the server any longer. Give each of them the new CA certificate, then run this "
                "again with --without-transition.");
}

// One whose predecessor cannot sign it has another name, so that the two are told apart by it.
CertificateAuthority::Material MakeNextCa(Ledger& ledger, bool key_lost) {
  const Time now = ledger.clock().Now();
  return key_lost ? MakeCa(now, ledger.random())
                  : ledger.ca().CreateSuccessor(now, ledger.random());
}

Time EndOf(const std::string& ca_der) {
  const auto facts = crypto::ReadCertificate(crypto::DerToPem(ca_der));
  return facts ? facts->not_after : Time();
}

Status StageCa(const SecretFiles& files, const CertificateAuthority::Material& made,
               const StepHook& step) {
  // The key is written first: where there is a certificate, there is its key.
  return files.Write(kNextCaKeyFile, made.key_pem.view())
      .and_then([&] {
        Done(step, kNextCaKeyFile);
        return files.Write(kNextCaCertificateFile, made.certificate_pem);
      })
      .map([&] { Done(step, kNextCaCertificateFile); });
}

}  // namespace

Result<MasterKeyRotation> RotateMasterKey(Ledger& ledger, const StepHook& step) {
  const SecretFiles files = ledger.secret_files();
  const std::string previous_id = ledger.mint().master_key_id();
  const std::string kept = std::string(kEarlierMasterKeyPrefix) + text::ToHex(previous_id);
  if (files.IsCredential(kMasterKeyFile)) {
    return Refuse(ErrorCode::kUnusable,
                  "The master key is one of systemd's credentials, which only their owner can "
                  "replace: give the credential of now the name " +
                      kept + " as well (LoadCredential=" + kept +
                      ":…), make a new one of the name master-key (openssl rand -hex 32), and "
                      "start the server again. It says when the old one can go.");
  }
  const auto keys = ledger.ActiveKeysByMaster();
  MasterKeyRotation rotation;
  for (const auto& [id, count] : keys) {
    (ledger.mint().Knows(id) ? rotation.active_keys : rotation.lost_keys) += count;
  }
  if (rotation.active_keys == 0 && rotation.lost_keys != 0) {
    return Refuse(ErrorCode::kUnusable,
                  "No active key was issued under the master key in secrets/: it is another one "
                  "than the ledger is served with. If that one is among systemd's credentials, "
                  "$CREDENTIALS_DIRECTORY must name where they are.");
  }
  if (Status linked = files.Link(kMasterKeyFile, kept); !linked) return linked.error();
  Done(step, "old_key_kept");
  auto made = MakeMasterKey(files, ledger.random());
  if (!made) return made.error();
  Done(step, kMasterKeyFile);

  rotation.id = text::ToHex(domain::MasterKeyId(made->view()));
  rotation.previous_id = text::ToHex(previous_id);
  if (!keys.contains(previous_id)) {
    if (Status gone = files.Destroy(kept); !gone) return gone.error();
  }
  if (auto retired = ledger.RetireMasterKeys(); !retired) return retired.error();
  return rotation;
}

Result<CaRotation> RotateCa(Ledger& ledger, NextCa next, const StepHook& step) {
  const SecretFiles files = ledger.secret_files();
  const bool make = !next.given;
  if (make && (files.IsCredential(kCaKeyFile) || files.IsCredential(kCaCertificateFile))) {
    return Refuse(ErrorCode::kUnusable,
                  "The CA is one of systemd's credentials, which only their owner can replace: "
                  "make the new CA's certificate and key yourself, give them with --ca-cert and "
                  "--ca-key, and then put them in place of the credentials ca.crt and ca.key.");
  }
  const Time now = ledger.clock().Now();
  const CertificateAuthority::Material material =
      make ? MakeNextCa(ledger, next.key_lost) : *std::move(next.given);
  auto ca = CertificateAuthority::Load(material);
  if (!ca) return ca.error();
  if ((*ca)->not_after() <= now) {
    return Refuse(ErrorCode::kUnusable, "The new CA has expired. Give one that has not.");
  }
  auto cross = next.key_lost ? Result<std::string>(std::string())
                             : CrossOver(ledger, **ca, next.without_transition);
  if (!cross) return cross.error();
  if (!next.key_lost) {
    if (Status gone = ForgetServerCertificate(files); !gone) return gone.error();
  }
  if (make) {
    if (Status staged = StageCa(files, material, step); !staged) return staged.error();
  }
  const auto answer = ledger.Run(domain::RotateCa{(*ca)->certificate_der(), *cross});
  if (!answer) return answer.error();
  Done(step, "recorded");
  const std::string previous = crypto::Sha256(ledger.row().ca_certificate());
  if (Status settled = SettleCa(files, (*ca)->sha256(), {previous}, step); !settled) {
    return settled.error();
  }
  CaRotation rotation{(*ca)->sha256(), previous, !cross->empty(),
                      EndOf(ledger.row().ca_certificate()) <= now};
  if (next.key_lost) {
    const auto kept = FindServerCertificate(files, ledger.row(), now);
    if (kept) rotation.server_until = kept->not_after;
  }
  return rotation;
}

}  // namespace latchkey::tools
