// The parts of X.509 (RFC 5280) and PKCS #10 (RFC 2986) that a redemption needs, and the ledger's
// own CA.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/revocation_list.h"
#include "core/crypto/secret.h"

namespace latchkey::crypto {

// A valid signing request: P-256, P-384, Ed25519 or RSA 2048-4096, a key that is not weak
// (ReadPublicKey), a valid self-signature. Holds only what the certificate needs: the public key.
struct CheckedCsr {
  std::string public_key_info;    // DER SubjectPublicKeyInfo
  std::string public_key_sha256;  // of that DER
};

// Reads one PEM CSR of at most 16 KiB. Refuses with kCsrInvalid and the reason. Thread-safe. Takes
// up to 20 ms of CPU time for an RSA key, so it is not for strangers.
Result<CheckedCsr> CheckCsr(std::string_view pem);

// Only the SHA-256 of the SubjectPublicKeyInfo, without checking key type or signature: cheap
// enough for a request whose key is already spent. Refuses with kCsrInvalid. Thread-safe.
Result<std::string> CsrPublicKeySha256(std::string_view pem);

// For the installer: a new P-256 key as PKCS #8 PEM, and a PEM request for a key with this common
// name. CreateCsr refuses with kUnusable when the key cannot be read. Thread-safe.
Secret CreateGatewayKey();
Result<std::string> CreateCsr(std::string_view key_pem, std::string_view common_name);

struct IssuedCertificate {
  std::string der;
  std::string sha256;  // of der
  std::string serial;  // lower-case hex, 32 characters: 128 random bits except the first byte,
                       // which is 01 to 7f so that DER and text always have the same length
  Time not_after;      // as in the certificate, to the second
};

// Whom a client certificate names.
struct ClientName {
  std::string_view common_name;  // 1 to 64 characters
  std::string_view uri;          // ASCII; the only subject alternative name
};

// Signs certificates. Immutable after construction; thread-safe.
class CertificateAuthority {
 public:
  struct Material {
    std::string certificate_pem;  // the certificate, followed by its issuers
    Secret key_pem;
  };

  // A fresh self-signed P-256 CA for 10 years that signs end entities only (pathlen 0). `name`, 1
  // to 64 characters of UTF-8, is its common name.
  static Material Create(std::string_view name, Time now, Random& random);

  // A successor of this CA: a new self-signed P-256 CA with the same name. A certificate that this
  // CA signs for it is therefore self-issued (RFC 5280 §6.1), which no path length forbids.
  Material CreateSuccessor(Time now, Random& random) const;

  // Takes a CA with an EC (P-256, P-384, P-521), RSA or Ed25519 key. Refuses with kUnusable when
  // certificate and key do not belong together, the certificate may not issue client certificates,
  // or the certificates after it are not its issuers in order. Dates are not checked: see
  // not_after.
  static Result<std::unique_ptr<CertificateAuthority>> Load(const Material& material);

  ~CertificateAuthority();

  // A client certificate (EKU clientAuth) of that name; starts 5 minutes before `now`, ends after
  // `lifetime` or with the CA, whichever is first, even if that has passed.
  IssuedCertificate SignGateway(const CheckedCsr& csr, const ClientName& name, Time now,
                                std::chrono::seconds lifetime, Random& random) const;

  // A server certificate (EKU serverAuth) for a new P-256 key; after it `bridge_pem`, the
  // cross-certificates to former CAs if there are any, then the CA's chain. Names are DNS names or
  // IP addresses: at least one, each valid by IsServerName.
  Material SignServer(const std::vector<std::string>& names, Time now,
                      std::chrono::seconds lifetime, Random& random,
                      std::string_view bridge_pem = {}) const;

  // The certificate (DER) by which clients that trust this CA can verify `successor`: its name and
  // key, signed by this CA; it ends with the first of the two. Empty when name and key are the
  // same, so that none is needed. Refuses with kUnusable when this CA may not sign a CA of that
  // name (path length).
  Result<std::string> CrossSign(const CertificateAuthority& successor, Time now,
                                Random& random) const;

  // The list, signed (DER). Verifiers take it only from a CA that may sign such lists.
  std::string SignRevocations(const RevocationList& list) const;
  bool may_sign_revocations() const;

  Time not_after() const;  // certificates that it signed are invalid from then on
  const std::string& certificate_der() const;
  const std::string& certificate_pem() const;  // leaf CA first, then its issuers
  const std::string& sha256() const;           // of certificate_der(), 32 bytes

 private:
  struct Impl;
  explicit CertificateAuthority(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// An IP address without brackets, or the DNS name of a host in ASCII: its labels have 1 to 63
// characters and neither begin nor end with a dash. No wildcards.
bool IsServerName(std::string_view name);

std::string DerToPem(std::string_view der);  // "CERTIFICATE"

// Whether the certificate `der` was signed by the CA `issuer_der`: names, key ids and signature,
// not dates. False for bytes that are not a certificate. Thread-safe.
bool IsIssuedBy(std::string_view der, std::string_view issuer_der);

// Whether two chains (PEM, leaf first) have a common issuer: the first certificates have the same
// issuer, or a later certificate is in both.
bool ShareAnIssuer(std::string_view chain_pem, std::string_view other_pem);

// Whether the certificate `der` has exactly one subject alternative name, and that is `uri`. False
// for bytes that are not a certificate. Thread-safe.
bool IsNamedAlone(std::string_view der, std::string_view uri);

// The contents of the first certificate of a PEM file. Refuses with kUnusable. Thread-safe.
struct CertificateFacts {
  std::string der;
  std::string sha256;  // of der
  Time not_after;
};
Result<CertificateFacts> ReadCertificate(std::string_view pem);

}  // namespace latchkey::crypto
