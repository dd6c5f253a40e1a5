// What a redemption needs of X.509 (RFC 5280) and PKCS #10 (RFC 2986), and the ledger's own CA.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"

struct evp_pkey_st;
struct x509_st;

namespace latchkey::crypto {

struct PkeyFree {
  void operator()(evp_pkey_st* key) const;
};
struct X509Free {
  void operator()(x509_st* certificate) const;
};
using PkeyPtr = std::unique_ptr<evp_pkey_st, PkeyFree>;
using X509Ptr = std::unique_ptr<x509_st, X509Free>;

// A signing request that was found good: P-256, P-384, Ed25519 or RSA 2048-4096, its self-signature
// valid. Holds what a certificate takes over: the public key, nothing else of the request.
struct CheckedCsr {
  std::string public_key_info;    // DER SubjectPublicKeyInfo
  std::string public_key_sha256;  // of that DER
};

// Reads one PEM CSR of at most 16 KiB. Refuses with kCsrInvalid and the reason. Thread-safe.
Result<CheckedCsr> CheckCsr(std::string_view pem);

// Only the SHA-256 of the SubjectPublicKeyInfo, without checking key type or signature: cheap
// enough for a request whose key is already spent. Refuses with kCsrInvalid. Thread-safe.
Result<std::string> CsrPublicKeySha256(std::string_view pem);

struct IssuedCertificate {
  std::string der;
  std::string sha256;  // of der
  std::string serial;  // lower-case hex, 32 characters: 128 random bits, top bit clear
  Time not_after;
};

// Signs certificates. Immutable after construction; thread-safe.
class CertificateAuthority {
 public:
  // A fresh P-256 CA; self-signed, 10 years... see docs/architecture.md. `name` goes in the
  // subject.
  struct Material {
    std::string certificate_pem;  // the CA's, and its issuers behind it when it is an intermediate
    Secret key_pem;
  };
  static Material Create(std::string_view name, Time now, Random& random);

  // Refuses with kUnusable when the two do not belong together, the certificate is no CA, or it has
  // expired at `now`.
  static Result<std::unique_ptr<CertificateAuthority>> Load(const Material& material, Time now);

  ~CertificateAuthority();

  // A client certificate (EKU clientAuth) whose subject CN is `common_name`; starts 5 minutes
  // before `now`, ends after `lifetime` or with the CA, whichever is first.
  IssuedCertificate SignGateway(const CheckedCsr& csr, std::string_view common_name, Time now,
                                std::chrono::seconds lifetime, Random& random) const;

  // A server certificate (EKU serverAuth) for a fresh P-256 key, for DNS names and IP addresses.
  Material SignServer(const std::vector<std::string>& names, Time now,
                      std::chrono::seconds lifetime, Random& random) const;

  const std::string& certificate_der() const;
  const std::string& certificate_pem() const;  // leaf CA first, then its issuers
  const std::string& sha256() const;           // of certificate_der(), 32 bytes

 private:
  struct Impl;
  explicit CertificateAuthority(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

std::string DerToPem(std::string_view der);  // "CERTIFICATE"

// Ed25519 (RFC 8032), for checkpoints.
struct SigningKey {
  std::string public_key;  // 32 bytes
  Secret key_pem;
};
SigningKey CreateSigningKey();
Result<std::string> SigningPublicKey(std::string_view key_pem);

}  // namespace latchkey::crypto
