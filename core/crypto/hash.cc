#include "core/crypto/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "core/base/check.h"
#include "core/crypto/openssl.h"

namespace latchkey::crypto {
namespace {

// Looking an algorithm up by name takes longer than a short digest: it is done once, and every
// thread keeps a context of its own. The fetched algorithms live as long as the process.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  Check(algorithm != nullptr, "OpenSSL has no SHA-256");
  return algorithm;
}

MacContextPtr NewHmacContext() {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Check(hmac != nullptr, "OpenSSL has no HMAC");
  MacContextPtr context(EVP_MAC_CTX_new(hmac));
  char digest[] = "SHA2-256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  Check(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters) == 1,
        "HMAC-SHA-256 cannot be set up");
  return context;
}

}  // namespace

void Sha256To(std::initializer_list<std::string_view> parts, unsigned char out[kSha256Bytes]) {
  thread_local const DigestContextPtr context(EVP_MD_CTX_new());
  bool good = EVP_DigestInit_ex(context.get(), Sha256Algorithm(), nullptr) == 1;
  for (const std::string_view part : parts) {
    good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  Check(good && EVP_DigestFinal_ex(context.get(), out, nullptr) == 1, "SHA-256 failed");
}

std::string Sha256(std::initializer_list<std::string_view> parts) {
  std::string digest(kSha256Bytes, '\0');
  Sha256To(parts, reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string Sha256(std::string_view data) { return Sha256({data}); }

std::string HmacSha256(std::string_view key, std::string_view data) {
  thread_local const auto context = NewHmacContext();
  std::string digest(kSha256Bytes, '\0');
  std::size_t length = 0;
  Check(!key.empty() && EVP_MAC_init(context.get(), Bytes(key), key.size(), nullptr) == 1 &&
            EVP_MAC_update(context.get(), Bytes(data), data.size()) == 1 &&
            EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &length,
                          digest.size()) == 1 &&
            length == digest.size(),
        "HMAC-SHA-256 failed");
  return digest;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace latchkey::crypto
