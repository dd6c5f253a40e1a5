#include "core/base/check.h"
#include "core/crypto/certificates.h"
#include "core/crypto/der.h"
#include "core/crypto/handles.h"
#include "core/crypto/hash.h"
#include "core/crypto/keys.h"
#include "core/crypto/pem.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxCsrBytes = 16 * 1024;
constexpr std::string_view kCsrLabel = "CERTIFICATE REQUEST";
constexpr std::string_view kOldCsrLabel =
    "NEW CERTIFICATE REQUEST";  // RFC 7468 §7: accepted when reading

Error Invalid(std::string detail) { return Refuse(ErrorCode::kCsrInvalid, std::move(detail)); }

// CertificationRequest of RFC 2986. Subject and attributes are not read, because they are not used.
struct Csr {
  std::string der;  // the bytes that the others point into
  std::string_view signed_part;
  std::string_view public_key_info;
  std::string_view algorithm;
  std::string_view signature;
};

Result<std::string> CsrDer(std::string_view pem) {
  if (pem.size() > kMaxCsrBytes) return Invalid("The CSR is larger than 16 KiB.");
  auto blocks = ReadPem(pem);
  if (!blocks) return Invalid("The CSR is no valid PEM.");
  if (blocks->size() != 1) {
    return Invalid("The CSR must be one PEM block; there are " + std::to_string(blocks->size()) +
                   ".");
  }
  PemBlock& block = blocks->front();
  if (block.label != kCsrLabel && block.label != kOldCsrLabel) {
    return Invalid("The CSR's PEM block must be a CERTIFICATE REQUEST.");
  }
  return std::move(block.der);
}

bool Dissect(Csr* csr) {
  der::Reader outer(csr->der);
  const auto request = outer.Take(der::kSequence);
  if (!request || !outer.empty()) return false;
  der::Reader parts(request->content);
  const auto info = parts.Take(der::kSequence);
  const auto algorithm = parts.Take(der::kSequence);
  const auto bits = parts.Take(der::kBitString);
  const auto signature = bits ? der::BitStringBytes(*bits) : std::nullopt;
  if (!info || !algorithm || !signature || !parts.empty()) return false;
  der::Reader fields(info->content);
  const auto version = fields.Take(der::kInteger);
  const auto subject = fields.Take(der::kSequence);
  const auto key = fields.Take(der::kSequence);
  fields.Take(der::ContextConstructed(0));  // attributes; some requests leave them out
  if (!version || version->content != "\0"sv || !subject || !key || !fields.empty()) return false;
  csr->signed_part = info->whole;
  csr->public_key_info = key->whole;
  csr->algorithm = algorithm->whole;
  csr->signature = *signature;
  return true;
}

// Fills `*csr` in place: its views point into its own bytes.
Status ReadCsr(std::string_view pem, Csr* csr) {
  auto der = CsrDer(pem);
  if (!der) return der.error();
  csr->der = std::move(*der);
  if (!Dissect(csr)) return Invalid("The CSR is no PKCS #10 request in DER.");
  return {};
}

}  // namespace

Result<CheckedCsr> CheckCsr(std::string_view pem) {
  Csr csr;
  if (auto read = ReadCsr(pem, &csr); !read) return read.error();
  const auto key = ReadPublicKey(csr.public_key_info);
  if (!key) return key.error();
  const SignatureScheme* scheme = FindScheme(csr.algorithm);
  if (scheme == nullptr || scheme->family != key->family) {
    return Invalid(
        "The CSR is signed in a way that is not accepted; use SHA-256, SHA-384 or SHA-512 with "
        "ECDSA or RSA (PKCS #1), or Ed25519.");
  }
  if (!Verify(*scheme, key->key.get(), csr.signed_part, csr.signature)) {
    return Invalid("The CSR's signature is not that of its own key.");
  }
  return CheckedCsr{std::string(csr.public_key_info), Sha256(csr.public_key_info)};
}

Result<std::string> CsrPublicKeySha256(std::string_view pem) {
  Csr csr;
  if (auto read = ReadCsr(pem, &csr); !read) return read.error();
  return Sha256(csr.public_key_info);
}

Secret CreateGatewayKey() { return WritePrivateKey(GenerateP256().get()); }

Result<std::string> CreateCsr(std::string_view key_pem, std::string_view common_name) {
  const PkeyPtr key = ReadPrivateKey(key_pem);
  const SignatureScheme* scheme = key == nullptr ? nullptr : SchemeFor(key.get());
  if (scheme == nullptr) {
    return Refuse(ErrorCode::kUnusable,
                  "The key is no EC, RSA or Ed25519 private key in unencrypted PEM.");
  }
  const std::string info = der::Value(
      der::kSequence, {der::Integer("\0"sv), CommonName(common_name), PublicKeyInfo(key.get()),
                       der::Value(der::ContextConstructed(0), {})});
  return WritePem(kCsrLabel,
                  der::Value(der::kSequence, {info, scheme->algorithm,
                                              der::BitString(Sign(*scheme, key.get(), info))}));
}

}  // namespace latchkey::crypto
