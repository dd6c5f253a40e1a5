#include "tools/secrets.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/crypto/files.h"
#include "core/crypto/hash.h"
#include "core/domain/operator_token.h"
#include "events/text.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMasterKeyBytes = 32;
constexpr std::string_view kMasterKeyFile = "master-key";
constexpr std::string_view kCaKeyFile = "ca.key";
constexpr std::string_view kCaCertificateFile = "ca.crt";
constexpr std::string_view kCheckpointKeyFile = "checkpoint.key";

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

// One set of files while it is opened.
class Opener {
 public:
  Opener(const SecretSources& sources, bool create, Time now, Random& random, const StepHook& step)
      : sources_(sources), create_(create), now_(now), random_(random), step_(step) {}

  Result<Secrets> Open() {
    if (Status made = crypto::MakePrivateDirectory(sources_.directory); !made) {
      return tl::unexpected(made.error());
    }
    Secrets secrets;
    return MasterKey(&secrets)
        .and_then([&] { return Ca(&secrets); })
        .and_then([&] { return CheckpointKey(&secrets); })
        .and_then([&] { return OwnerToken(&secrets); })
        .map([&] { return std::move(secrets); });
  }

 private:
  // The file's content, or nothing when there is none. What others can read is no secret: refused.
  Result<std::optional<std::string>> Read(std::string_view name) const {
    fs::path path = sources_.credentials / name;
    if (sources_.credentials.empty() || !fs::exists(path)) path = sources_.directory / name;
    return ReadPrivate(path, name);
  }

  static Result<std::optional<std::string>> ReadPrivate(const fs::path& path,
                                                        std::string_view name) {
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      return Refuse(ErrorCode::kUnusable,
                    fmt::format("The secret {} can be read by others than its owner. If that was "
                                "a slip, run chmod 600 on it and start again.",
                                name));
    }
    Result<std::string> content = crypto::ReadSmallFile(path);
    if (content) return std::optional<std::string>(*std::move(content));
    if (content.error().code == ErrorCode::kNotFound) return std::optional<std::string>();
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The secret {} cannot be read: {}", name, content.error().detail));
  }

  Status Write(std::string_view name, std::string_view content) const {
    Status written = crypto::WriteFileDurably(sources_.directory / name, content, true);
    if (written && step_) step_(name);
    return written;
  }

  static tl::unexpected<Error> Lost(std::string_view name, std::string_view what_now) {
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The ledger is here, but its secret {} is not. {}", name, what_now));
  }

  static tl::unexpected<Error> Damaged(std::string_view name) {
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The secret {} is damaged. Put it back from a backup.", name));
  }

  Status MasterKey(Secrets* secrets) {
    auto found = Read(kMasterKeyFile);
    if (!found) return tl::unexpected(found.error());
    if (*found) {
      auto bytes = text::FromHex(Trimmed(**found));
      crypto::Wipe(&**found);
      if (!bytes || bytes->size() != kMasterKeyBytes) return Damaged(kMasterKeyFile);
      secrets->master_key = crypto::Secret(*std::move(bytes));
      return {};
    }
    if (!create_ && !sources_.new_master_key) {
      return Lost(kMasterKeyFile,
                  "Put it back from a backup; or start once with --new-master-key: keys issued so "
                  "far still work, but cannot be shown again.");
    }
    std::string bytes = random_.Bytes(kMasterKeyBytes);
    std::string hex = text::ToHex(bytes);
    secrets->master_key = crypto::Secret(std::move(bytes));
    Status written = Write(kMasterKeyFile, hex);
    crypto::Wipe(&hex);
    return written;
  }

  Status Ca(Secrets* secrets) {
    if (!sources_.ca_certificate.empty()) return GivenCa(secrets);
    auto key = Read(kCaKeyFile);
    if (!key) return tl::unexpected(key.error());
    auto certificate = Read(kCaCertificateFile);
    if (!certificate) return tl::unexpected(certificate.error());
    if (*key && *certificate) {
      secrets->ca = {**std::move(certificate), crypto::Secret(**std::move(key))};
      return {};
    }
    if (!create_) {
      return Lost(*key ? kCaCertificateFile : kCaKeyFile,
                  "Put it back from a backup. If this ledger was made with a CA of your own, give "
                  "--ca-cert and --ca-key again.");
    }
    const std::string name = "Latchkey CA " + text::ToHex(random_.Bytes(4));
    secrets->ca = crypto::CertificateAuthority::Create(name, now_, random_);
    // The key goes first: where there is a certificate, there is its key.
    return Write(kCaKeyFile, secrets->ca.key_pem.view()).and_then([&] {
      return Write(kCaCertificateFile, secrets->ca.certificate_pem);
    });
  }

  Status GivenCa(Secrets* secrets) const {
    auto certificate = crypto::ReadSmallFile(sources_.ca_certificate);
    if (!certificate) {
      return Refuse(ErrorCode::kUnusable, "--ca-cert: " + certificate.error().detail);
    }
    auto key = ReadPrivate(sources_.ca_key, "--ca-key");
    if (!key) return tl::unexpected(key.error());
    if (!*key) return Refuse(ErrorCode::kUnusable, "--ca-key: there is no such file.");
    secrets->ca = {*std::move(certificate), crypto::Secret(**std::move(key))};
    return {};
  }

  Status CheckpointKey(Secrets* secrets) {
    auto found = Read(kCheckpointKeyFile);
    if (!found) return tl::unexpected(found.error());
    if (*found) {
      auto public_key = crypto::SigningPublicKey(**found);
      crypto::Wipe(&**found);
      if (!public_key) return Damaged(kCheckpointKeyFile);
      secrets->checkpoint_public_key = *std::move(public_key);
      return {};
    }
    if (!create_) return Lost(kCheckpointKeyFile, "Put it back from a backup.");
    crypto::SigningKey made = crypto::CreateSigningKey();
    secrets->checkpoint_public_key = made.public_key;
    return Write(kCheckpointKeyFile, made.key_pem.view());
  }

  // The ledger will hold the token's digest, so the token is on disk before the ledger is; a start
  // that was killed in between takes the same token again.
  Status OwnerToken(Secrets* secrets) {
    if (!create_) return {};
    auto found = Read(kOwnerTokenFile);
    if (!found) return tl::unexpected(found.error());
    if (*found) {
      const crypto::Secret token(Trimmed(**std::move(found)));
      if (!domain::IsOperatorToken(token.view())) return Damaged(kOwnerTokenFile);
      secrets->owner_token_sha256 = crypto::Sha256(token.view());
      return {};
    }
    const crypto::Secret token = domain::NewOperatorToken(random_);
    secrets->owner_token_sha256 = crypto::Sha256(token.view());
    std::string line = std::string(token.view()) + "\n";
    Status written = Write(kOwnerTokenFile, line);
    crypto::Wipe(&line);
    return written;
  }

  const SecretSources& sources_;
  const bool create_;
  const Time now_;
  Random& random_;
  const StepHook& step_;
};

}  // namespace

Result<Secrets> OpenSecrets(const SecretSources& sources, bool create, Time now, Random& random,
                            const StepHook& step) {
  return Opener(sources, create, now, random, step).Open();
}

}  // namespace latchkey::tools
