#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>

#include "core/crypto/certificates.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pem.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

// OpenSSL goes by lines where we go by marks, and takes what stands before an empty line for a
// header. Only of a text of one block, with one name for both and no header, the bytes are surely
// the same.
void ExpectSameForOpenSsl(std::string_view text, const crypto::PemBlock& block) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  if (PEM_read_bio(crypto::OpenText(text).get(), &name, &header, &bytes, &size) == 1) {
    const std::string_view der(reinterpret_cast<const char*>(bytes),
                               static_cast<std::size_t>(size));
    const bool same = block.label == name && *header == '\0';
    Expect(!same || block.der == der, "both see the same bytes");
  }
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(bytes);
  ERR_clear_error();
}

void ReadOne(std::string_view text) {
  (void)crypto::CheckCsr(text);
  (void)crypto::ReadCertificate(text);
  Expect(ERR_peek_error() == 0, "nothing is left in OpenSSL's queue of errors");
  const auto blocks = crypto::ReadPem(text);
  if (!blocks) return;
  if (blocks->size() == 1) ExpectSameForOpenSsl(text, blocks->front());
  std::string written;
  for (const crypto::PemBlock& block : *blocks) written += crypto::WritePem(block.label, block.der);
  const auto again = crypto::ReadPem(written);
  Expect(again && again->size() == blocks->size(), "what is written has as many blocks");
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    Expect((*again)[i].label == (*blocks)[i].label && (*again)[i].der == (*blocks)[i].der,
           "each block reads back");
  }
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
