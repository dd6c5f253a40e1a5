#include "core/crypto/aead.h"

#include "core/base/check.h"
#include "core/crypto/openssl.h"

namespace latchkey::crypto {
namespace {

constexpr std::size_t kTagBytes = 16;

const EVP_CIPHER* Algorithm() {  // looked up once; lives as long as the process
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Check(algorithm != nullptr, "OpenSSL has no AES-256-GCM");
  return algorithm;
}

void CheckSizes(std::string_view key, std::string_view nonce) {
  Check(key.size() == kAeadKeyBytes, "an AES-256-GCM key is 32 bytes");
  Check(nonce.size() == kAeadNonceBytes, "an AES-256-GCM nonce is 12 bytes");
}

}  // namespace

std::string AeadSeal(std::string_view key, std::string_view nonce, std::string_view associated,
                     std::string_view plain) {
  CheckSizes(key, nonce);
  thread_local const CipherContextPtr context(EVP_CIPHER_CTX_new());
  std::string box(plain.size() + kTagBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(box.data());
  int length = 0;
  Check(EVP_EncryptInit_ex2(context.get(), Algorithm(), Bytes(key), Bytes(nonce), nullptr) == 1 &&
            EVP_EncryptUpdate(context.get(), nullptr, &length, Bytes(associated),
                              static_cast<int>(associated.size())) == 1 &&
            EVP_EncryptUpdate(context.get(), out, &length, Bytes(plain),
                              static_cast<int>(plain.size())) == 1 &&
            EVP_EncryptFinal_ex(context.get(), out + plain.size(), &length) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                                out + plain.size()) == 1,
        "AES-256-GCM failed to seal");
  return box;
}

std::optional<std::string> AeadOpen(std::string_view key, std::string_view nonce,
                                    std::string_view associated, std::string_view box) {
  CheckSizes(key, nonce);
  if (box.size() < kTagBytes) return std::nullopt;
  thread_local const CipherContextPtr context(EVP_CIPHER_CTX_new());
  const std::size_t size = box.size() - kTagBytes;
  std::string plain(size, '\0');
  std::string tag(box.substr(size));
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  int length = 0;
  Check(
      EVP_DecryptInit_ex2(context.get(), Algorithm(), Bytes(key), Bytes(nonce), nullptr) == 1 &&
          EVP_DecryptUpdate(context.get(), nullptr, &length, Bytes(associated),
                            static_cast<int>(associated.size())) == 1 &&
          EVP_DecryptUpdate(context.get(), out, &length, Bytes(box), static_cast<int>(size)) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1,
      "AES-256-GCM failed to open");
  if (EVP_DecryptFinal_ex(context.get(), out + size, &length) != 1) return std::nullopt;
  return plain;
}

}  // namespace latchkey::crypto
