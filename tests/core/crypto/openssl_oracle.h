// Keys, requests and certificates made and checked by OpenSSL's own functions, as oracle for the
// small DER coder.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/crypto/certificates.h"
#include "core/crypto/handles.h"
#include "core/crypto/pem.h"

namespace latchkey::crypto::oracle {

template <typename T>
std::string Written(int (*write)(const T*, unsigned char**), const T* value) {
  unsigned char* bytes = nullptr;
  const int size = write(value, &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

inline PkeyPtr NewKey(const std::string& kind) {
  EVP_PKEY* key = nullptr;
  if (kind.starts_with("RSA")) {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA",
                            static_cast<std::size_t>(std::stoul(kind.substr(3))));
  } else if (kind == "ED25519" || kind == "ED448") {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, kind.c_str());
  } else {
    key = EVP_EC_gen(kind.c_str());
  }
  EXPECT_NE(key, nullptr) << kind;
  return PkeyPtr(key);
}

// RSA keys take seconds to make, so they are made once: one for each kind and number.
inline PkeyPtr Key(const std::string& kind, int number = 0) {
  if (!kind.starts_with("RSA")) return NewKey(kind);
  static std::map<std::pair<std::string, int>, PkeyPtr> made;
  PkeyPtr& key = made[{kind, number}];
  if (key == nullptr) key = NewKey(kind);
  EVP_PKEY_up_ref(key.get());
  return PkeyPtr(key.get());
}

inline X509_NAME* Named(X509_NAME* name, const char* common_name) {
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("Example"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  return name;
}

// A request's DER. `signer` signs instead of `key` when it is given.
inline std::string CsrDer(EVP_PKEY* key, const char* digest, EVP_PKEY* signer = nullptr,
                          bool pss = false) {
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), X509_REQ_free);
  Named(X509_REQ_get_subject_name(request.get()), "a gateway");
  EXPECT_EQ(X509_REQ_set_pubkey(request.get(), key), 1);
  STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
  sk_X509_EXTENSION_push(
      extensions, X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:example.com"));
  X509_REQ_add_extensions(request.get(), extensions);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_PKEY_CTX* options = nullptr;
  EXPECT_EQ(EVP_DigestSignInit(context.get(), &options,
                               digest == nullptr ? nullptr : EVP_get_digestbyname(digest), nullptr,
                               signer == nullptr ? key : signer),
            1);
  if (pss) EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
  EXPECT_GT(X509_REQ_sign_ctx(request.get(), context.get()), 0);
  return Written<X509_REQ>(i2d_X509_REQ, request.get());
}

inline std::string CsrPem(std::string_view der) { return WritePem("CERTIFICATE REQUEST", der); }

inline std::string KeyPem(EVP_PKEY* key, const char* password = nullptr) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(
      bio.get(), key, password == nullptr ? nullptr : EVP_aes_256_cbc(),
      reinterpret_cast<const unsigned char*>(password),
      password == nullptr ? 0 : static_cast<int>(std::string_view(password).size()), nullptr,
      nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

struct CaOptions {
  const char* common_name = "Root";
  bool ca = true;
  const char* key_usage = "critical,keyCertSign,cRLSign";
  const char* extended_key_usage = nullptr;
  bool subject_key_id = true;
  long seconds = 20L * 365 * 86'400;  // from a day before `now` on
};

// A CA certificate for `key`, signed by `issuer` (itself when null).
inline X509Ptr Ca(EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, Time now,
                  const CaOptions& options = {}) {
  X509Ptr certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
  std::time_t start = ToMicros(now) / 1'000'000 - 86'400;
  X509_time_adj_ex(X509_getm_notBefore(x), 0, 0, &start);
  X509_time_adj_ex(X509_getm_notAfter(x), 0, options.seconds, &start);
  Named(X509_get_subject_name(x), options.common_name);
  X509_set_issuer_name(x, X509_get_subject_name(issuer == nullptr ? x : issuer));
  X509_set_pubkey(x, key);
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer == nullptr ? x : issuer, x, nullptr, nullptr, 0);
  const auto add = [&](int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    EXPECT_NE(extension, nullptr) << value;
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  };
  add(NID_basic_constraints, options.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (options.key_usage != nullptr) add(NID_key_usage, options.key_usage);
  if (options.extended_key_usage != nullptr) add(NID_ext_key_usage, options.extended_key_usage);
  if (options.subject_key_id) add(NID_subject_key_identifier, "hash");
  if (issuer != nullptr) add(NID_authority_key_identifier, "keyid");
  EVP_PKEY* signer = issuer_key == nullptr ? key : issuer_key;
  const bool hashes_itself = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519;
  EXPECT_GT(X509_sign(x, signer, hashes_itself ? nullptr : EVP_sha256()), 0);
  return certificate;
}

inline std::string CertificatePem(X509* certificate) {
  return DerToPem(Written<X509>(i2d_X509, certificate));
}

inline X509Ptr Parse(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

// OpenSSL's verdict on the first certificate of `chain` under its strict rules: the last one is
// trusted, those in between are untrusted.
inline std::string Verdict(const std::vector<std::string>& chain, int purpose, Time now) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  std::vector<X509Ptr> parsed;
  for (const std::string& der : chain) parsed.push_back(Parse(der));
  X509_STORE_add_cert(store.get(), parsed.back().get());
  STACK_OF(X509)* between = sk_X509_new_null();
  for (std::size_t i = 1; i + 1 < parsed.size(); ++i) sk_X509_push(between, parsed[i].get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), parsed.front().get(), between);
  X509_VERIFY_PARAM* how = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_time(how, static_cast<std::time_t>(ToMicros(now) / 1'000'000));
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  const bool good = X509_verify_cert(context.get()) == 1;
  std::string verdict =
      good ? "good" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  sk_X509_free(between);
  ERR_clear_error();
  return verdict;
}

}  // namespace latchkey::crypto::oracle
