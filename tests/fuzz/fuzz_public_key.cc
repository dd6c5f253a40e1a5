#include <openssl/err.h>

#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void ReadOne(std::string_view info) {
  const auto read = crypto::ReadPublicKey(info);
  Expect(ERR_peek_error() == 0, "nothing is left in OpenSSL's queue of errors");
  if (!read) {
    Expect(read.error().code == ErrorCode::kCsrInvalid, "refusals have one code");
    return;
  }
  Expect(crypto::PublicKeyInfo(read->key.get()) == info, "a key has one form");
  const unsigned char* at = crypto::Bytes(info);
  const crypto::PkeyPtr theirs(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())));
  Expect(theirs != nullptr && EVP_PKEY_eq(theirs.get(), read->key.get()) == 1,
         "OpenSSL reads the same key");
  ERR_clear_error();
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
