#include "tools/ledger/secrets.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "core/domain/key_mint.h"
#include "core/domain/operator_token.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

std::string_view RightTrimmed(std::string_view text) {
  const auto end = text.find_last_not_of("\r\n ");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

// Opens one set of files.
class Opener {
 public:
  Opener(const SecretSources& sources, bool create, Time now, Random& random, const StepHook& step)
      : sources_(sources),
        files_(sources.directory, sources.credentials),
        create_(create),
        now_(now),
        random_(random),
        step_(step) {}

  Result<Secrets> Open() {
    Secrets secrets;
    return crypto::MakePrivateDirectory(sources_.directory)
        .and_then([&] { return files_.DestroyRemains(); })
        .and_then([&] { return MasterKey(&secrets); })
        .and_then([&] { return EarlierMasterKeys(&secrets); })
        .and_then([&] { return Ca(&secrets); })
        .and_then([&] { return CheckpointKey(&secrets); })
        .and_then([&] { return OwnerToken(&secrets); })
        .map([&] { return std::move(secrets); });
  }

 private:
  Status Write(std::string_view name, std::string_view content) const {
    Status written = files_.Write(name, content);
    if (written && step_) step_(name);
    return written;
  }

  static Error Lost(std::string_view name, std::string_view what_now) {
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The ledger is here, but its secret {0} is not. {1} If it comes from "
                              "systemd's credentials, $CREDENTIALS_DIRECTORY must name where they "
                              "are.",
                              name, what_now));
  }

  static Error Damaged(std::string_view name) {
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The secret {} is damaged. Put it back from a backup.", name));
  }

  Status MasterKey(Secrets* secrets) {
    const auto found = files_.Read(kMasterKeyFile);
    if (!found) return found.error();
    if (*found) {
      auto key = ParseMasterKey((*found)->view());
      if (!key) return Damaged(kMasterKeyFile);
      secrets->master_key = *std::move(key);
      return {};
    }
    if (!create_ && !sources_.new_master_key) {
      return Lost(kMasterKeyFile,
                  "Put it back from a backup; or start once with --new-master-key: keys issued so "
                  "far still work, but cannot be shown again.");
    }
    auto made = MakeMasterKey(files_, random_);
    if (!made) return made.error();
    secrets->master_key = *std::move(made);
    if (step_) step_(kMasterKeyFile);
    return {};
  }

  // A damaged one only prevents showing its keys, and is no reason not to serve.
  Status EarlierMasterKeys(Secrets* secrets) {
    const std::string id_in_use = text::ToHex(domain::MasterKeyId(secrets->master_key.view()));
    for (const std::string& name : files_.NamesWith(kEarlierMasterKeyPrefix)) {
      const std::string_view id = std::string_view(name).substr(kEarlierMasterKeyPrefix.size());
      if (id == id_in_use) {  // a rotation was killed before it wrote the new key
        if (Status gone = files_.Destroy(name); !gone) return gone;
        continue;
      }
      const auto found = files_.Read(name);
      if (!found) return found.error();
      auto key = ParseMasterKey(*found ? (*found)->view() : "");
      if (key && text::ToHex(domain::MasterKeyId(key->view())) == id) {
        secrets->earlier_master_keys.push_back(*std::move(key));
      } else {
        secrets->notes.push_back(
            fmt::format("The earlier master key {} is damaged. Keys issued under it still work, "
                        "but cannot be shown again.",
                        name));
      }
    }
    return {};
  }

  Status Ca(Secrets* secrets) {
    if (!create_) {
      Status settled = SettleCa(files_, sources_.ca_in_force, sources_.former_cas, step_);
      if (!settled) return settled;
    }
    if (!sources_.ca_certificate.empty()) {
      return ReadGivenCa(sources_.ca_certificate, sources_.ca_key).map([&](auto material) {
        secrets->ca = std::move(material);
      });
    }
    auto key = files_.Read(kCaKeyFile);
    if (!key) return key.error();
    const auto certificate = files_.Read(kCaCertificateFile);
    if (!certificate) return certificate.error();
    if (sources_.ca_key_lost) {
      if (!*key) return {};
      return Refuse(ErrorCode::kUnusable,
                    "The key of the CA is not lost: it is in secrets/, or among systemd's "
                    "credentials. Rotate the CA without --lost-key.");
    }
    if (*key && *certificate) {
      secrets->ca = {std::string((*certificate)->view()), **std::move(key)};
      return {};
    }
    if (!create_) {
      return Lost(*key ? kCaCertificateFile : kCaKeyFile,
                  "Put it back from a backup. If the CA of this ledger is one of your own, give "
                  "--ca-cert and --ca-key again. If its key is lost for good, put another CA in "
                  "force with latchkey rotate ca --lost-key.");
    }
    secrets->ca = MakeCa(now_, random_);
    // The key is written first: where there is a certificate, there is its key.
    return Write(kCaKeyFile, secrets->ca.key_pem.view()).and_then([&] {
      return Write(kCaCertificateFile, secrets->ca.certificate_pem);
    });
  }

  Status CheckpointKey(Secrets* secrets) {
    const auto found = files_.Read(kCheckpointKeyFile);
    if (!found) return found.error();
    if (*found) {
      auto signer = crypto::Ed25519Signer::Load((*found)->view());
      if (!signer) return Damaged(kCheckpointKeyFile);
      secrets->checkpoint_signer = *std::move(signer);
      return {};
    }
    if (!create_) return Lost(kCheckpointKeyFile, "Put it back from a backup.");
    crypto::SigningKey made = crypto::CreateSigningKey();
    secrets->checkpoint_signer = *crypto::Ed25519Signer::Load(made.key_pem.view());
    return Write(kCheckpointKeyFile, made.key_pem.view());
  }

  // The ledger will hold the token's digest, so the token is on disk before the ledger is; after a
  // kill in between, the next start uses the same token.
  Status OwnerToken(Secrets* secrets) {
    if (!create_) return {};
    const auto found = files_.Read(kOwnerTokenFile);
    if (!found) return found.error();
    if (*found) {
      const std::string_view token = RightTrimmed((*found)->view());
      if (!domain::IsOperatorToken(token)) return Damaged(kOwnerTokenFile);
      secrets->owner_token_sha256 = crypto::Sha256(token);
      return {};
    }
    const crypto::Secret token = domain::NewOperatorToken(random_);
    secrets->owner_token_sha256 = crypto::Sha256(token.view());
    std::string line;
    const crypto::WipeAtEnd wipe(&line);
    line.reserve(token.view().size() + 1);
    line.append(token.view()).push_back('\n');
    return Write(kOwnerTokenFile, line);
  }

  const SecretSources& sources_;
  const SecretFiles files_;
  const bool create_;
  const Time now_;
  Random& random_;
  const StepHook& step_;
};

// The SHA-256 of the first certificate of this file in DIR/secrets/; empty when there is none.
Result<std::string> CertificateIn(const SecretFiles& files, std::string_view name) {
  const auto found = files.ReadOwn(name);
  if (!found) return found.error();
  if (!*found) return std::string();
  const auto facts = crypto::ReadCertificate((*found)->view());
  return facts ? facts->sha256 : std::string();
}

}  // namespace

std::optional<crypto::Secret> ParseMasterKey(std::string_view file) {
  std::optional<std::string> bytes = text::FromHex(RightTrimmed(file));
  if (!bytes) return std::nullopt;
  crypto::Secret key(*std::move(bytes));
  if (key.view().size() != domain::kMasterKeyBytes) return std::nullopt;
  return key;
}

Result<crypto::CertificateAuthority::Material> ReadGivenCa(const fs::path& certificate,
                                                           const fs::path& key) {
  auto pem = crypto::ReadSmallFile(certificate);
  if (!pem) return Refuse(ErrorCode::kUnusable, "The CA certificate: " + pem.error().detail);
  auto secret = ReadPrivateFile(key, key.filename().string());
  if (!secret) return secret.error();
  if (!*secret) return Refuse(ErrorCode::kUnusable, "The file of the CA key does not exist.");
  return crypto::CertificateAuthority::Material{*std::move(pem), **std::move(secret)};
}

crypto::CertificateAuthority::Material MakeCa(Time now, Random& random) {
  return crypto::CertificateAuthority::Create("Latchkey CA " + text::ToHex(random.Bytes(4)), now,
                                              random);
}

Result<crypto::Secret> MakeMasterKey(const SecretFiles& files, Random& random) {
  crypto::Secret key(random.Bytes(domain::kMasterKeyBytes));
  std::string hex = text::ToHex(key.view());
  const crypto::WipeAtEnd wipe(&hex);
  return files.Write(kMasterKeyFile, hex).map([&] { return std::move(key); });
}

Status SettleCa(const SecretFiles& files, std::string_view ca_in_force,
                const std::vector<std::string>& former_cas, const StepHook& step) {
  const auto done = [&](const char* what) {
    if (step) step(what);
  };
  const auto next = CertificateIn(files, kNextCaCertificateFile);
  if (!next) return next.error();
  Status settled;
  if (*next == ca_in_force && !next->empty()) {
    // While ca.key.next exists, ca.key belongs to the previous CA; afterwards to the next one.
    if (files.Has(kNextCaKeyFile)) {
      settled = files.Destroy(kCaKeyFile);
      if (settled) done("old_key_destroyed");
      if (settled) settled = files.Move(kNextCaKeyFile, kCaKeyFile);
      if (settled) done("key_in_place");
    }
    if (settled) settled = files.Move(kNextCaCertificateFile, kCaCertificateFile);
    if (settled) done("certificate_in_place");
  } else {
    settled = files.Destroy(kNextCaKeyFile).and_then([&] {
      return files.Destroy(kNextCaCertificateFile);
    });
  }
  if (!settled) return settled;
  const auto own = CertificateIn(files, kCaCertificateFile);
  if (!own) return own.error();
  if (std::find(former_cas.begin(), former_cas.end(), *own) == former_cas.end()) return {};
  // From now on the CA is given. The key is removed first: only the certificate says which CA it
  // belongs to.
  return files.Destroy(kCaKeyFile).and_then([&] {
    done("former_key_destroyed");
    return files.Destroy(kCaCertificateFile);
  });
}

Result<Secrets> OpenSecrets(const SecretSources& sources, bool create, Time now, Random& random,
                            const StepHook& step) {
  return Opener(sources, create, now, random, step).Open();
}

}  // namespace latchkey::tools
