#include "tools/bench/load_keys.h"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "core/base/check.h"
#include "core/crypto/certificates.h"
#include "core/crypto/openssl.h"

namespace latchkey::tools {
LoadKeyPair MakeKeyPair() {
  const crypto::PkeyPtr key(EVP_EC_gen("P-256"));
  const crypto::RequestPtr request(X509_REQ_new());
  Check(key && request && X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
            X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0,
        "a signing request cannot be made");
  const crypto::BioPtr key_bio(BIO_new(BIO_s_mem()));
  const crypto::BioPtr csr_bio(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1 &&
            PEM_write_bio_X509_REQ(csr_bio.get(), request.get()) == 1,
        "a signing request cannot be written");
  return {std::string(crypto::TextOf(key_bio.get())), std::string(crypto::TextOf(csr_bio.get()))};
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
