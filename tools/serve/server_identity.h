// The certificate that both listeners present: given as files, which are watched, or signed by the
// ledger's CA for every name and address of the server, and renewed well before it expires. Each
// start makes a new one with a new key, except while one of a CA whose key is lost is kept.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "tools/ledger/server_certificate.h"

namespace latchkey::tools {

// localhost, the loopback addresses, the hosts of `addresses` (of a wildcard: all addresses of this
// machine, and its host name) and `names`, each once.
std::vector<std::string> ServerNames(const std::vector<std::string>& addresses,
                                     const std::vector<std::string>& names);

class ServerIdentity {
 public:
  struct Files {
    std::filesystem::path certificate;  // empty: our own
    std::filesystem::path key;
  };
  // `ca`, `clock` and `random` outlive it; `bridge_pem` leads to the former CAs (see ca_history.h).
  // `kept` is of a former CA, and presented until shortly before it ends. One thread.
  ServerIdentity(Files files, std::vector<std::string> names,
                 const crypto::CertificateAuthority& ca, std::string bridge_pem, const Clock& clock,
                 Random& random, std::optional<KeptCertificate> kept = {})
      : files_(std::move(files)),
        names_(std::move(names)),
        ca_(ca),
        bridge_pem_(std::move(bridge_pem)),
        clock_(clock),
        random_(random),
        kept_(std::move(kept)) {}

  // Chain (leaf first, then the certificates up to our CA) and key. kIo or kNotFound for files that
  // cannot be read.
  Result<crypto::CertificateAuthority::Material> Get();
  // Whether the last Get made it.
  bool is_new() const { return files_.certificate.empty() && !kept_; }
  // Whether Get would return another one than last time: two thirds of the lifetime of ours have
  // passed, the clock was set back to before it was made, or the files have changed.
  bool Due() const;

 private:
  std::filesystem::file_time_type Changed() const;

  Files files_;
  std::vector<std::string> names_;
  const crypto::CertificateAuthority& ca_;
  std::string bridge_pem_;
  const Clock& clock_;
  Random& random_;
  std::optional<KeptCertificate> kept_;
  Time made_at_{};
  std::filesystem::file_time_type changed_{};
};

}  // namespace latchkey::tools
