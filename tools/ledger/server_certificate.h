// The server's own certificate and its key in DIR/secrets/server.pem. Each start makes a new one
// and replaces it; only when the key of the CA is lost does the last one go on being presented,
// because gateways that know that CA alone could verify no other.
#pragma once

#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/domain/state.pb.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {

// Durable, in place of the one before. kIo.
Status KeepServerCertificate(const SecretFiles& files,
                             const crypto::CertificateAuthority::Material& material);
// Before a rotation after which another is to be presented at once. kIo.
Status ForgetServerCertificate(const SecretFiles& files);

struct KeptCertificate {
  crypto::CertificateAuthority::Material material;
  Time not_after;
  std::string ca;  // DER, of the CA that signed it
};

// The one that is there; null when there is none that is readable, has not ended by `now` and was
// signed by the CA in force or a former one.
std::optional<KeptCertificate> FindServerCertificate(const SecretFiles& files,
                                                     const domain::LedgerRow& row, Time now);

}  // namespace latchkey::tools
