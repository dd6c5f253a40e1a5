// What the check of a ledger asks about each of its certificates: who signed it, and whom it names.
// OpenSSL 3 decodes the key of every certificate that it reads, which takes it several times longer
// than the signature; so the usual forms are read here (RFC 5280 §4.1).
#include <optional>
#include <string>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "core/crypto/certificates.h"
#include "core/crypto/der.h"
#include "core/crypto/openssl.h"
#include "core/crypto/x509.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kEcdsaWithSha256 = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"sv;
constexpr std::string_view kEd25519Signature = "\x30\x05\x06\x03\x2b\x65\x70"sv;
constexpr std::string_view kSubjectAltName = "\x55\x1d\x11"sv;
constexpr unsigned char kUriName = 6;
constexpr unsigned char kVersionTag = 0;
constexpr unsigned char kExtensionsTag = 3;

// The parts of a certificate that matter here; views into its bytes.
struct CertificateParts {
  std::string_view signed_part;  // tbsCertificate
  std::string_view algorithm;
  std::string_view signature;
  std::string_view issuer;  // whole names
  std::string_view subject;
  std::string_view extensions;  // the content of their sequence; empty without any
};

// The fields of tbsCertificate, in their order.
bool ReadSigned(std::string_view content, CertificateParts* parts) {
  der::Reader fields(content);
  (void)fields.Take(der::ContextConstructed(kVersionTag));
  const auto serial = fields.Take(der::kInteger);
  const auto algorithm = fields.Take(der::kSequence);
  const auto issuer = fields.Take(der::kSequence);
  const auto validity = fields.Take(der::kSequence);
  const auto subject = fields.Take(der::kSequence);
  const auto key = fields.Take(der::kSequence);
  if (!serial || !algorithm || !issuer || !validity || !subject || !key) return false;
  if (algorithm->whole != parts->algorithm) return false;
  parts->issuer = issuer->whole;
  parts->subject = subject->whole;
  const auto extensions = fields.Take(der::ContextConstructed(kExtensionsTag));
  if (extensions) {
    der::Reader inner(extensions->content);
    const auto list = inner.Take(der::kSequence);
    if (!list || !inner.empty()) return false;
    parts->extensions = list->content;
  }
  return fields.empty();
}

// Null for other bytes, and for rare forms.
std::optional<CertificateParts> ReadParts(std::string_view der) {
  der::Reader outside(der);
  const auto whole = outside.Take(der::kSequence);
  if (!whole || !outside.empty()) return std::nullopt;
  der::Reader inside(whole->content);
  const auto signed_part = inside.Take(der::kSequence);
  const auto algorithm = inside.Take(der::kSequence);
  const auto bits = inside.Take(der::kBitString);
  if (!signed_part || !algorithm || !bits || !inside.empty()) return std::nullopt;
  const auto signature = der::BitStringBytes(*bits);
  if (!signature) return std::nullopt;
  CertificateParts parts{signed_part->whole, algorithm->whole, *signature, {}, {}, {}};
  if (!ReadSigned(signed_part->content, &parts)) return std::nullopt;
  return parts;
}

// The CA asked about last, for the check of a ledger asks about the same one again and again.
struct LastIssuer {
  std::string der;
  X509Ptr certificate;
  std::string subject;
  bool may_sign = false;

  void Load(std::string_view issuer_der) {
    if (certificate != nullptr && der == issuer_der) return;
    der = issuer_der;
    certificate = ParseCertificate(issuer_der);
    const auto parts = ReadParts(issuer_der);
    subject = parts ? std::string(parts->subject) : "";
    may_sign = certificate != nullptr && parts &&
               (X509_get_key_usage(certificate.get()) & KU_KEY_CERT_SIGN) != 0;
  }

  // False also for what is not of the usual form.
  bool HasPlainlyIssued(std::string_view certificate_der) const {
    const auto parts = ReadParts(certificate_der);
    if (!parts || !may_sign || parts->issuer != subject) return false;
    EVP_PKEY* const key = X509_get0_pubkey(certificate.get());
    const bool ecdsa = parts->algorithm == kEcdsaWithSha256 && EVP_PKEY_is_a(key, "EC") == 1;
    const bool ed25519 =
        parts->algorithm == kEd25519Signature && EVP_PKEY_is_a(key, "ED25519") == 1;
    if (!ecdsa && !ed25519) return false;
    const DigestContextPtr context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, ecdsa ? EVP_sha256() : nullptr, nullptr,
                                key) == 1 &&
           EVP_DigestVerify(context.get(), Bytes(parts->signature), parts->signature.size(),
                            Bytes(parts->signed_part), parts->signed_part.size()) == 1;
  }
};

// The value of the one subjectAltName extension; null without one, and with several.
std::optional<std::string_view> AltNames(std::string_view extensions) {
  std::optional<std::string_view> found;
  der::Reader list(extensions);
  while (!list.empty()) {
    const auto extension = list.Take(der::kSequence);
    if (!extension) return std::nullopt;
    der::Reader fields(extension->content);
    const auto oid = fields.Take(der::kOid);
    (void)fields.Take(der::kBoolean);
    const auto value = fields.Take(der::kOctetString);
    if (!oid || !value || !fields.empty()) return std::nullopt;
    if (oid->content != kSubjectAltName) continue;
    if (found) return std::nullopt;
    found = value->content;
  }
  return found;
}

}  // namespace

X509Ptr ParseCertificate(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return at == end ? std::move(certificate) : nullptr;
}

bool Issued(x509_st* issuer, x509_st* subject) {
  return X509_check_issued(issuer, subject) == X509_V_OK &&
         X509_verify(subject, X509_get0_pubkey(issuer)) == 1;
}

bool IsIssuedBy(std::string_view der, std::string_view issuer_der) {
  thread_local LastIssuer issuer;
  issuer.Load(issuer_der);
  bool issued = issuer.HasPlainlyIssued(der);
  if (!issued && issuer.certificate != nullptr) {
    const X509Ptr certificate = ParseCertificate(der);
    issued = certificate != nullptr && Issued(issuer.certificate.get(), certificate.get());
  }
  ERR_clear_error();
  return issued;
}

bool IsNamedAlone(std::string_view der, std::string_view uri) {
  const auto parts = ReadParts(der);
  const auto names = parts ? AltNames(parts->extensions) : std::nullopt;
  if (!names) return false;
  der::Reader outside(*names);
  const auto list = outside.Take(der::kSequence);
  if (!list || !outside.empty()) return false;
  der::Reader inside(list->content);
  const auto name = inside.Take(der::Context(kUriName));
  return name && inside.empty() && name->content == uri;
}

}  // namespace latchkey::crypto
