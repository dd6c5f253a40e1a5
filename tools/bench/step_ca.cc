#include "tools/bench/step_ca.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <utility>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <boost/json.hpp>

#include "core/base/base64.h"
#include "core/base/check.h"
#include "core/base/hex.h"
#include "core/crypto/certificates.h"
#include "core/crypto/jwk.h"
#include "core/crypto/openssl.h"
#include "core/crypto/random.h"
#include "tools/bench/load_server.h"

namespace latchkey::tools {
namespace {

using crypto::BioPtr;
using crypto::PkeyPtr;
using crypto::X509Ptr;

constexpr std::string_view kStepCaProgram = "step-ca";
constexpr std::string_view kHost = "127.0.0.1";
constexpr std::string_view kProvisioner = "bench";
constexpr std::string_view kKeyId = "bench-1";
constexpr int kNotFound = 127;  // the exit code of a program that does not exist
constexpr std::chrono::seconds kHealthPatience{30};
constexpr std::chrono::milliseconds kHealthPoll{20};
constexpr std::chrono::hours kTokenLifetime{1};
constexpr long kCaSeconds = 10L * 365 * 24 * 3600;
constexpr std::size_t kTokenIdBytes = 32;
constexpr std::size_t kCoordinateBytes = 32;

PkeyPtr NewKey() {
  PkeyPtr key(EVP_EC_gen("P-256"));
  Check(key != nullptr, "a key cannot be made");
  return key;
}

void AddExtension(X509* certificate, X509V3_CTX* context, int nid, const char* value) {
  const std::unique_ptr<X509_EXTENSION, crypto::Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, context, nid, value));
  Check(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
        "an extension cannot be added");
}

// A CA certificate for `key`, signed by `issuer`, or by itself when there is none.
X509Ptr SignCa(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  X509Ptr certificate(X509_new());
  X509* const made = certificate.get();
  if (issuer == nullptr) issuer = made;
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), issuer == made ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(made), -60);
  X509_gmtime_adj(X509_getm_notAfter(made), kCaSeconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(made, X509_get_subject_name(issuer));
  X509_set_pubkey(made, key);
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, made, nullptr, nullptr, 0);
  AddExtension(made, &context, NID_basic_constraints,
               issuer == made ? "critical,CA:TRUE,pathlen:1" : "critical,CA:TRUE,pathlen:0");
  AddExtension(made, &context, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(made, &context, NID_subject_key_identifier, "hash");
  AddExtension(made, &context, NID_authority_key_identifier, "keyid:always");
  Check(X509_sign(made, issuer_key, EVP_sha256()) > 0, "a certificate cannot be signed");
  return certificate;
}

void WriteFile(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string DerOf(X509* certificate) {
  std::string der(static_cast<std::size_t>(i2d_X509(certificate, nullptr)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(certificate, &at);
  return der;
}

void WriteKey(const std::filesystem::path& path, EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "a key cannot be written");
  WriteFile(path, crypto::TextOf(bio.get()));
}

// The provisioner's public key; what writes one reads it from a certificate.
boost::json::object PublicJwk(EVP_PKEY* key) {
  boost::json::object jwk =
      crypto::JwkOf(DerOf(SignCa("Bench provisioner", key, nullptr, key).get()));
  jwk["kid"] = kKeyId;
  jwk["use"] = "sig";
  jwk["alg"] = "ES256";
  return jwk;
}

// ca.json as `step ca init` writes it, but for `logger`.
std::string Configuration(const std::filesystem::path& directory, StepCa::Store store,
                          const std::string& address, EVP_PKEY* provisioner) {
  const bool badger = store == StepCa::Store::kBadger;
  return boost::json::serialize(boost::json::object{
      {"root", (directory / "root.crt").string()},
      {"crt", (directory / "intermediate.crt").string()},
      {"key", (directory / "intermediate.key").string()},
      {"address", address},
      {"dnsNames", boost::json::array{kHost}},
      {"db", boost::json::object{{"type", badger ? "badgerv2" : "bbolt"},
                                 {"dataSource", (directory / "db").string()}}},
      {"authority", boost::json::object{{"provisioners", boost::json::array{boost::json::object{
                                                             {"type", "JWK"},
                                                             {"name", kProvisioner},
                                                             {"key", PublicJwk(provisioner)}}}}}},
      {"tls",
       boost::json::object{
           {"cipherSuites", boost::json::array{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                                               "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}},
           {"minVersion", 1.2},
           {"maxVersion", 1.3},
           {"renegotiation", false}}}});
}

// step-ca does not tell which port it got for port 0.
std::optional<std::string> FreeAddress() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  bound.sin_family = AF_INET;
  bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool got = ::bind(fd, reinterpret_cast<const sockaddr*>(&bound), size) == 0 &&
                   ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) == 0;
  ::close(fd);
  if (!got) return std::nullopt;
  return std::string(kHost) + ":" + std::to_string(ntohs(bound.sin_port));
}

// As RFC 7518 §3.4 writes a signature: both numbers, each in 32 bytes.
std::string SignEs256(EVP_PKEY* key, std::string_view data) {
  const crypto::DigestContextPtr context(EVP_MD_CTX_new());
  std::string der(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t size = der.size();
  Check(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA2-256", nullptr, nullptr, key, nullptr) ==
                1 &&
            EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                           crypto::Bytes(data), data.size()) == 1,
        "a token cannot be signed");
  const unsigned char* at = crypto::Bytes(der);
  const std::unique_ptr<ECDSA_SIG, crypto::Freed<ECDSA_SIG_free>> numbers(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  Check(numbers != nullptr, "a signature cannot be read");
  std::string signature(2 * kCoordinateBytes, '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(signature.data());
  constexpr int kBytes = kCoordinateBytes;
  Check(BN_bn2binpad(ECDSA_SIG_get0_r(numbers.get()), bytes, kBytes) == kBytes &&
            BN_bn2binpad(ECDSA_SIG_get0_s(numbers.get()), bytes + kBytes, kBytes) == kBytes,
        "a signature cannot be written");
  return signature;
}

}  // namespace

bool StepCa::IsInstalled() {
  auto asked = ChildProcess::Start({.arguments = {std::string(kStepCaProgram), "version"}});
  return asked && asked->ReadAll(kHealthPatience) && asked->Wait(kHealthPatience) != kNotFound;
}

Result<StepCa> StepCa::Start(const std::filesystem::path& directory, Store store) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const auto address = FreeAddress();
  if (error || !address) return Refuse(ErrorCode::kIo, "no directory or port for step-ca");
  const PkeyPtr root_key = NewKey();
  const PkeyPtr key = NewKey();
  PkeyPtr provisioner = NewKey();
  const X509Ptr root = SignCa("Bench Root CA", root_key.get(), nullptr, root_key.get());
  const X509Ptr intermediate =
      SignCa("Bench Intermediate CA", key.get(), root.get(), root_key.get());
  WriteFile(directory / "root.crt", crypto::DerToPem(DerOf(root.get())));
  WriteFile(directory / "intermediate.crt", crypto::DerToPem(DerOf(intermediate.get())));
  WriteKey(directory / "intermediate.key", key.get());
  WriteFile(directory / "ca.json", Configuration(directory, store, *address, provisioner.get()));
  auto process =
      ChildProcess::Start({.arguments = {std::string(kStepCaProgram), directory / "ca.json"},
                           .environment = {"STEPPATH=" + directory.string()},
                           .output_log = directory / "log",
                           .error_log = directory / "log"});
  if (!process) return process.error();
  StepCa ca(std::move(*process), std::move(provisioner), *address);
  const std::string health = ComposeRequest("GET", "/health", "", "");
  const auto until = std::chrono::steady_clock::now() + kHealthPatience;
  while (true) {
    const auto answer = Fetch({.address = *address}, health);
    if (answer && answer->status == 200) return ca;
    if (const auto code = ca.process_.Wait(kHealthPoll)) {
      return Refuse(ErrorCode::kIo, "step-ca ended with " + std::to_string(*code));
    }
    if (std::chrono::steady_clock::now() > until) {
      return Refuse(ErrorCode::kIo, "step-ca does not become healthy");
    }
  }
}

// As `step ca token` makes it.
std::string StepCa::Token(std::string_view name) const {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::string header = boost::json::serialize(
      boost::json::object{{"alg", "ES256"}, {"kid", kKeyId}, {"typ", "JWT"}});
  const std::string claims = boost::json::serialize(
      boost::json::object{{"aud", "https://" + address_ + "/1.0/sign"},
                          {"exp", (now + kTokenLifetime).count()},
                          {"iat", now.count()},
                          {"iss", kProvisioner},
                          {"jti", text::ToHex(crypto::SystemRandom().Bytes(kTokenIdBytes))},
                          {"nbf", now.count()},
                          {"sans", boost::json::array{boost::json::string(name)}},
                          {"sub", name}});
  const std::string signed_part = text::ToBase64Url(header) + "." + text::ToBase64Url(claims);
  return signed_part + "." + text::ToBase64Url(SignEs256(provisioner_.get(), signed_part));
}

std::string StepCa::SignRequest(std::string_view name, std::string_view csr_pem) const {
  return ComposeRequest(
      "POST", "/1.0/sign", "",
      boost::json::serialize(boost::json::object{{"csr", csr_pem}, {"ott", Token(name)}}));
}

}  // namespace latchkey::tools
