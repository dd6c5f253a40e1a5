#include "tools/load_keys.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <memory>

namespace latchkey::tools {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct RequestFree {
  void operator()(X509_REQ* request) const { X509_REQ_free(request); }
};
using BioPtr = std::unique_ptr<BIO, BioFree>;

void Must(bool good) {
  if (!good) std::abort();
}

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

LoadKeyPair MakeKeyPair() {
  const std::unique_ptr<EVP_PKEY, KeyFree> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509_REQ, RequestFree> request(X509_REQ_new());
  Must(key && request && X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
       X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0);
  const BioPtr key_bio(BIO_new(BIO_s_mem()));
  const BioPtr csr_bio(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1 &&
       PEM_write_bio_X509_REQ(csr_bio.get(), request.get()) == 1);
  return {Drain(key_bio.get()), Drain(csr_bio.get())};
}

std::string RedemptionBody(std::string_view key_text, std::string_view csr_pem) {
  std::string body = "{\"key\":\"";
  body.append(key_text).append("\",\"csr\":\"");
  for (const char c : csr_pem) {
    if (c == '\n') {
      body += "\\n";
    } else {
      body += c;
    }
  }
  return body.append("\"}");
}

}  // namespace latchkey::tools
