#include "tests/contract/signing_requests.h"

#include <cstdlib>

#include <openssl/pem.h>

#include "core/crypto/certificates.h"
#include "core/crypto/openssl.h"

namespace latchkey::testing {

namespace {

using crypto::PkeyPtr;

void Must(bool good) {
  if (!good) std::abort();
}

PkeyPtr MakeKey(const std::string& kind) {
  EVP_PKEY* key = nullptr;
  if (kind.starts_with("RSA-")) {
    key = EVP_RSA_gen(static_cast<unsigned>(std::atoi(kind.c_str() + 4)));
  } else if (kind.starts_with("ED")) {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, kind.c_str());
  } else {
    key = EVP_EC_gen(kind.c_str());
  }
  Must(key != nullptr);
  return PkeyPtr(key);
}

std::string Signed(EVP_PKEY* named, EVP_PKEY* signer, const EVP_MD* digest) {
  const crypto::RequestPtr request(X509_REQ_new());
  Must(X509_REQ_set_pubkey(request.get(), named) == 1 &&
       X509_REQ_sign(request.get(), signer, digest) > 0);
  const crypto::BioPtr bio(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1);
  return std::string(crypto::TextOf(bio.get()));
}

}  // namespace

std::string MakeCsr(const std::string& kind) {
  const PkeyPtr key = MakeKey(kind);
  return Signed(key.get(), key.get(), kind.starts_with("ED") ? nullptr : EVP_sha256());
}

std::string MakeForgedCsr() {
  const PkeyPtr named = MakeKey("P-256");
  const PkeyPtr signer = MakeKey("P-256");
  return Signed(named.get(), signer.get(), EVP_sha256());
}

}  // namespace latchkey::testing
