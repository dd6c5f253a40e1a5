#include "tests/contract/signing_requests.h"

#include <cstdlib>
#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace latchkey::testing {

namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using RequestPtr = std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

void Must(bool good) {
  if (!good) std::abort();
}

KeyPtr MakeKey(const std::string& kind) {
  EVP_PKEY* key = nullptr;
  if (kind.starts_with("RSA-")) {
    key = EVP_RSA_gen(static_cast<unsigned>(std::atoi(kind.c_str() + 4)));
  } else if (kind.starts_with("ED")) {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, kind.c_str());
  } else {
    key = EVP_EC_gen(kind.c_str());
  }
  Must(key != nullptr);
  return KeyPtr(key, EVP_PKEY_free);
}

std::string Signed(EVP_PKEY* named, EVP_PKEY* signer, const EVP_MD* digest) {
  const RequestPtr request(X509_REQ_new(), X509_REQ_free);
  Must(X509_REQ_set_pubkey(request.get(), named) == 1 &&
       X509_REQ_sign(request.get(), signer, digest) > 0);
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  Must(PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

std::string MakeCsr(const std::string& kind) {
  const KeyPtr key = MakeKey(kind);
  return Signed(key.get(), key.get(), kind.starts_with("ED") ? nullptr : EVP_sha256());
}

std::string MakeForgedCsr() {
  const KeyPtr named = MakeKey("P-256");
  const KeyPtr signer = MakeKey("P-256");
  return Signed(named.get(), signer.get(), EVP_sha256());
}

}  // namespace latchkey::testing
