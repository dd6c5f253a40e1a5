#include "core/crypto/certificates.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <ctime>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/base/check.h"
#include "core/base/hex.h"
#include "core/crypto/der.h"
#include "core/crypto/handles.h"
#include "core/crypto/hash.h"
#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pem.h"
#include "core/crypto/x509.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;
using std::chrono::seconds;

constexpr std::string_view kCertificateLabel = "CERTIFICATE";
constexpr std::size_t kSerialBytes = 16;
constexpr std::size_t kKeyIdBytes = 20;
constexpr std::size_t kMaxCommonNameBytes = 4 * 64;
constexpr std::size_t kMaxDnsNameChars = 253;
constexpr std::size_t kMaxDnsLabelChars = 63;
constexpr seconds kBackdated = std::chrono::minutes(5);  // for clients whose clock is behind
constexpr seconds kCaLifetime = std::chrono::hours(24) * 3653;

// Whole extensions (RFC 5280 §4.2) that are always the same.
constexpr std::string_view kNoCa = "\x30\x0c\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x02\x30\x00"sv;
constexpr std::string_view kCaPathLengthZero =
    "\x30\x12\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff\x02\x01\x00"sv;
constexpr std::string_view kDigitalSignature =
    "\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80"sv;
constexpr std::string_view kKeyCertSignCrlSign =
    "\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x01\x06"sv;
constexpr std::string_view kClientAuth =
    "\x30\x13\x06\x03\x55\x1d\x25\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"sv;
constexpr std::string_view kServerAuth =
    "\x30\x13\x06\x03\x55\x1d\x25\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"sv;
constexpr std::string_view kSubjectKeyIdOid = "\x06\x03\x55\x1d\x0e"sv;
constexpr std::string_view kAuthorityKeyIdOid = "\x06\x03\x55\x1d\x23"sv;
constexpr std::string_view kSubjectAltNameOid = "\x06\x03\x55\x1d\x11"sv;
constexpr unsigned char kAltDnsName = 2;
constexpr unsigned char kAltUri = 6;
constexpr unsigned char kAltIpAddress = 7;

Error Unusable(std::string detail) {
  ERR_clear_error();  // an error left in OpenSSL's queue would be taken for one of TLS
  return Refuse(ErrorCode::kUnusable, std::move(detail));
}

Time ToSeconds(Time time) { return std::chrono::floor<seconds>(time); }

std::string Extension(std::string_view oid, std::string_view value) {
  return der::Value(der::kSequence, {oid, der::Value(der::kOctetString, {value})});
}

// RFC 7093 method 1: the first 160 bits of SHA-256 of the public key.
std::string KeyId(std::string_view public_key_info) {
  der::Reader outer(public_key_info);
  const auto sequence = outer.Take(der::kSequence);
  der::Reader inner(sequence ? sequence->content : ""sv);
  inner.Take(der::kSequence);
  const auto bits = inner.Take(der::kBitString);
  const auto key = bits ? der::BitStringBytes(*bits) : std::nullopt;
  Check(key.has_value(), "a public key that was found good");
  return Sha256(*key).substr(0, kKeyIdBytes);
}

std::string SubjectKeyId(std::string_view id) {
  return Extension(kSubjectKeyIdOid, der::Value(der::kOctetString, {id}));
}

std::string AuthorityKeyId(std::string_view id) {
  return Extension(kAuthorityKeyIdOid,
                   der::Value(der::kSequence, {der::Value(der::Context(0), {id})}));
}

std::string NewSerial(Random& random) {
  for (;;) {
    std::string serial = random.Bytes(kSerialBytes);
    serial[0] = static_cast<char>(serial[0] & 0x7f);
    if (serial[0] != 0) return serial;
  }
}

// Everything in a certificate except its signature.
struct Body {
  std::string serial;
  std::string_view issuer;   // DER Name
  std::string_view subject;  // DER Name
  Time not_before;
  Time not_after;
  std::string_view public_key_info;
  std::initializer_list<std::string_view> extensions;
};

std::string SignBody(const Body& body, const SignatureScheme& scheme, evp_pkey_st* key) {
  const std::string extensions =
      der::Value(der::ContextConstructed(3), {der::Value(der::kSequence, body.extensions)});
  const std::string validity =
      der::Value(der::kSequence, {der::TimeValue(body.not_before), der::TimeValue(body.not_after)});
  const std::string tbs =
      der::Value(der::kSequence, {"\xa0\x03\x02\x01\x02"sv /* version 3 */,
                                  der::Integer(body.serial), scheme.algorithm, body.issuer,
                                  validity, body.subject, body.public_key_info, extensions});
  return der::Value(der::kSequence,
                    {tbs, scheme.algorithm, der::BitString(Sign(scheme, key, tbs))});
}

std::optional<std::string> IpBytes(const std::string& name) {
  if (name.find('\0') != std::string::npos) return std::nullopt;  // inet_pton would stop there
  std::string bytes(4, '\0');
  if (inet_pton(AF_INET, name.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(16);
  if (inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

std::string SubjectAltName(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    Check(IsServerName(name), "a name in a server certificate");
    const auto address = IpBytes(name);
    all += address ? der::Value(der::Context(kAltIpAddress), {*address})
                   : der::Value(der::Context(kAltDnsName), {name});
  }
  Check(!all.empty(), "a server certificate has a name");
  return Extension(kSubjectAltNameOid, der::Value(der::kSequence, {all}));
}

std::string UriAltName(std::string_view uri) {
  Check(!uri.empty(), "a client certificate has a name");
  return Extension(kSubjectAltNameOid,
                   der::Value(der::kSequence, {der::Value(der::Context(kAltUri), {uri})}));
}

bool IsDnsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kMaxDnsLabelChars && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::string SubjectName(x509_st* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_NAME(X509_get_subject_name(certificate), &bytes);
  Check(size > 0, "the name of a certificate");
  std::string name(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return name;
}

Time NotAfter(x509_st* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return FromMicros(0);
  return std::chrono::time_point_cast<Micros>(
      std::chrono::system_clock::from_time_t(timegm(&parts)));
}

// A chain as a file holds it, leaf first; empty when the file holds anything else.
std::vector<X509Ptr> ReadChain(std::string_view pem) {
  std::vector<X509Ptr> chain;
  for (const PemBlock& block : ReadPem(pem).value_or(std::vector<PemBlock>())) {
    X509Ptr certificate = block.label == kCertificateLabel ? ParseCertificate(block.der) : nullptr;
    if (certificate == nullptr) return {};
    chain.push_back(std::move(certificate));
  }
  return chain;
}

Status CheckMayIssue(x509_st* certificate) {
  if (X509_check_ca(certificate) != 1 ||
      (X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0 ||
      (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) == 0) {
    return Unusable("The CA certificate is none that may sign certificates.");
  }
  if ((X509_get_extended_key_usage(certificate) & (XKU_SSL_CLIENT | XKU_ANYEKU)) == 0) {
    return Unusable("The CA certificate may not sign client certificates (extended key usage).");
  }
  return {};
}

std::string ToDer(x509_st* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  Check(size > 0, "a certificate cannot be written");
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

CertificateAuthority::Material CreateSelfSigned(std::string_view name, Time now, Random& random) {
  const PkeyPtr key = GenerateP256();
  const std::string info = PublicKeyInfo(key.get());
  const std::string der =
      SignBody({NewSerial(random),
                name,
                name,
                ToSeconds(now - kBackdated),
                ToSeconds(now + kCaLifetime),
                info,
                {kCaPathLengthZero, kKeyCertSignCrlSign, SubjectKeyId(KeyId(info))}},
               *SchemeFor(key.get()), key.get());
  return {DerToPem(der), WritePrivateKey(key.get())};
}

std::string BytesOf(const ASN1_OCTET_STRING* value) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<std::size_t>(ASN1_STRING_length(value)));
}

}  // namespace

struct CertificateAuthority::Impl {
  PkeyPtr key;
  const SignatureScheme* scheme;
  std::string name;              // DER
  std::string public_key_info;   // DER
  std::string key_id;            // by which its certificates name it
  std::string authority_key_id;  // the same as a whole extension
  bool may_sign_revocations;
  bool may_sign_others;  // CAs with a name other than its own
  Time not_after;
  std::string der;
  std::string pem;
  std::string sha256;
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CertificateAuthority::~CertificateAuthority() = default;

Time CertificateAuthority::not_after() const { return impl_->not_after; }
const std::string& CertificateAuthority::certificate_der() const { return impl_->der; }
const std::string& CertificateAuthority::certificate_pem() const { return impl_->pem; }
const std::string& CertificateAuthority::sha256() const { return impl_->sha256; }

CertificateAuthority::Material CertificateAuthority::Create(std::string_view name, Time now,
                                                            Random& random) {
  Check(!name.empty() && name.size() <= kMaxCommonNameBytes, "the name of a CA");
  return CreateSelfSigned(CommonName(name), now, random);
}

CertificateAuthority::Material CertificateAuthority::CreateSuccessor(Time now,
                                                                     Random& random) const {
  return CreateSelfSigned(impl_->name, now, random);
}

Result<std::unique_ptr<CertificateAuthority>> CertificateAuthority::Load(const Material& material) {
  const std::vector<X509Ptr> chain = ReadChain(material.certificate_pem);
  if (chain.empty()) return Unusable("The CA certificate file holds no certificates in PEM.");
  x509_st* const ca = chain.front().get();
  auto impl = std::make_unique<Impl>();
  impl->key = ReadPrivateKey(material.key_pem.view());
  if (impl->key == nullptr) return Unusable("The CA key is no unencrypted private key in PEM.");
  impl->scheme = SchemeFor(impl->key.get());
  if (impl->scheme == nullptr) {
    return Unusable("The CA key is of a kind that is not supported; use EC, RSA or Ed25519.");
  }
  if (X509_check_private_key(ca, impl->key.get()) != 1) {
    return Unusable("The CA key is not that of the CA certificate.");
  }
  if (auto may = CheckMayIssue(ca); !may) return may.error();
  impl->not_after = NotAfter(ca);
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (!Issued(chain[i].get(), chain[i - 1].get())) {
      return Unusable("The CA certificate file must hold the CA first, then its issuers in order.");
    }
  }
  impl->name = SubjectName(ca);
  impl->public_key_info = PublicKeyInfo(impl->key.get());
  const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(ca);
  impl->key_id = id == nullptr ? KeyId(impl->public_key_info) : BytesOf(id);
  impl->authority_key_id = AuthorityKeyId(impl->key_id);
  impl->may_sign_revocations = (X509_get_key_usage(ca) & KU_CRL_SIGN) != 0;
  impl->may_sign_others = X509_get_pathlen(ca) != 0;  // -1: no bound
  impl->der = ToDer(ca);
  impl->sha256 = Sha256(impl->der);
  for (const X509Ptr& certificate : chain) impl->pem += DerToPem(ToDer(certificate.get()));
  ERR_clear_error();
  return std::unique_ptr<CertificateAuthority>(new CertificateAuthority(std::move(impl)));
}

IssuedCertificate CertificateAuthority::SignGateway(const CheckedCsr& csr, const ClientName& name,
                                                    Time now, std::chrono::seconds lifetime,
                                                    Random& random) const {
  Check(!name.common_name.empty() && name.common_name.size() <= kMaxCommonNameBytes,
        "a common name");
  const std::string serial = NewSerial(random);
  const Time not_after = ToSeconds(std::min(now + lifetime, impl_->not_after));
  std::string der = SignBody({serial,
                              impl_->name,
                              CommonName(name.common_name),
                              ToSeconds(now - kBackdated),
                              not_after,
                              csr.public_key_info,
                              {kNoCa, kDigitalSignature, kClientAuth, UriAltName(name.uri),
                               SubjectKeyId(KeyId(csr.public_key_info)), impl_->authority_key_id}},
                             *impl_->scheme, impl_->key.get());
  std::string sha256 = Sha256(der);
  return {std::move(der), std::move(sha256), text::ToHex(serial), not_after};
}

CertificateAuthority::Material CertificateAuthority::SignServer(
    const std::vector<std::string>& names, Time now, std::chrono::seconds lifetime, Random& random,
    std::string_view bridge_pem) const {
  const PkeyPtr key = GenerateP256();
  const std::string info = PublicKeyInfo(key.get());
  const std::string der = SignBody({NewSerial(random),
                                    impl_->name,
                                    CommonName("Latchkey server"),
                                    ToSeconds(now - kBackdated),
                                    ToSeconds(std::min(now + lifetime, impl_->not_after)),
                                    info,
                                    {kNoCa, kDigitalSignature, kServerAuth, SubjectAltName(names),
                                     SubjectKeyId(KeyId(info)), impl_->authority_key_id}},
                                   *impl_->scheme, impl_->key.get());
  return {DerToPem(der).append(bridge_pem) + impl_->pem, WritePrivateKey(key.get())};
}

Result<std::string> CertificateAuthority::CrossSign(const CertificateAuthority& successor, Time now,
                                                    Random& random) const {
  const bool same_name = successor.impl_->name == impl_->name;
  if (same_name && successor.impl_->public_key_info == impl_->public_key_info) return "";
  if (!same_name && !impl_->may_sign_others) {
    return Unusable("The CA in force may sign no other CA (path length 0).");
  }
  return SignBody({NewSerial(random),
                   impl_->name,
                   successor.impl_->name,
                   ToSeconds(now - kBackdated),
                   ToSeconds(std::min(impl_->not_after, successor.impl_->not_after)),
                   successor.impl_->public_key_info,
                   {kCaPathLengthZero, kKeyCertSignCrlSign, SubjectKeyId(successor.impl_->key_id),
                    impl_->authority_key_id}},
                  *impl_->scheme, impl_->key.get());
}

std::string CertificateAuthority::SignRevocations(const RevocationList& list) const {
  const std::string_view algorithm = impl_->scheme->algorithm;
  const std::string body = list.Body(algorithm, impl_->name, impl_->authority_key_id);
  return der::Value(der::kSequence, {body, algorithm,
                                     der::BitString(Sign(*impl_->scheme, impl_->key.get(), body))});
}

bool CertificateAuthority::may_sign_revocations() const { return impl_->may_sign_revocations; }

bool IsServerName(std::string_view name) {
  if (IpBytes(std::string(name))) return true;
  if (name.size() > kMaxDnsNameChars) return false;
  for (std::size_t end; (end = name.find('.')) != std::string_view::npos;
       name.remove_prefix(end + 1)) {
    if (!IsDnsLabel(name.substr(0, end))) return false;
  }
  return IsDnsLabel(name);
}

std::string DerToPem(std::string_view der) { return WritePem(kCertificateLabel, der); }

bool ShareAnIssuer(std::string_view chain_pem, std::string_view other_pem) {
  const std::vector<X509Ptr> chain = ReadChain(chain_pem);
  const std::vector<X509Ptr> other = ReadChain(other_pem);
  for (std::size_t i = 1; i < chain.size(); ++i) {
    for (std::size_t j = 1; j < other.size(); ++j) {
      if (X509_cmp(chain[i].get(), other[j].get()) == 0) return true;
    }
  }
  if (chain.empty() || other.empty()) return false;
  x509_st* const one = chain.front().get();
  x509_st* const two = other.front().get();
  const ASN1_OCTET_STRING* one_id = X509_get0_authority_key_id(one);
  const ASN1_OCTET_STRING* two_id = X509_get0_authority_key_id(two);
  return one_id != nullptr && two_id != nullptr && ASN1_OCTET_STRING_cmp(one_id, two_id) == 0 &&
         X509_NAME_cmp(X509_get_issuer_name(one), X509_get_issuer_name(two)) == 0;
}

Result<CertificateFacts> ReadCertificate(std::string_view pem) {
  const auto blocks = ReadPem(pem);
  if (!blocks || blocks->empty() || blocks->front().label != kCertificateLabel) {
    return Unusable("There is no certificate in PEM.");
  }
  const std::string& der = blocks->front().der;
  const X509Ptr certificate = ParseCertificate(der);
  if (certificate == nullptr) return Unusable("The certificate cannot be read.");
  return CertificateFacts{der, Sha256(der), NotAfter(certificate.get())};
}

}  // namespace latchkey::crypto
