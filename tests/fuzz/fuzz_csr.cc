// The input is the DER: base64 would hide it from the fuzzer, and fuzz_pem.cc reads that.
#include <openssl/err.h>

#include <string>

#include "core/crypto/certificates.h"
#include "core/crypto/hash.h"
#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pem.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

// OpenSSL's own reader and verifier say the same of the request.
void ExpectGoodForOpenSsl(std::string_view der, const crypto::CheckedCsr& checked) {
  const unsigned char* at = crypto::Bytes(der);
  const crypto::RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  Expect(request != nullptr, "OpenSSL reads the request");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  Expect(key != nullptr && X509_REQ_verify(request.get(), key) == 1, "it is signed by its own key");
  Expect(crypto::PublicKeyInfo(key) == checked.public_key_info, "and holds the key that we take");
  ERR_clear_error();
}

void CheckOne(std::string_view der) {
  const std::string pem = crypto::WritePem("CERTIFICATE REQUEST", der);
  const auto checked = crypto::CheckCsr(pem);
  Expect(ERR_peek_error() == 0, "nothing is left in OpenSSL's queue of errors");
  const auto digest = crypto::CsrPublicKeySha256(pem);
  if (!checked) {
    Expect(checked.error().code == ErrorCode::kCsrInvalid, "refusals have one code");
    return;
  }
  Expect(digest == checked->public_key_sha256, "the digest of the key is the same without checks");
  Expect(crypto::Sha256(checked->public_key_info) == *digest, "it is the digest of the key");
  ExpectGoodForOpenSsl(der, *checked);
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::CheckOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
