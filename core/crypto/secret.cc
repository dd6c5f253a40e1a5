#include "core/crypto/secret.h"

#include <openssl/crypto.h>

namespace latchkey::crypto {

void Wipe(std::string* bytes) {
  bytes->resize(bytes->capacity());  // earlier, longer content may still be there after the end
  OPENSSL_cleanse(bytes->data(), bytes->size());
  bytes->clear();
}

}  // namespace latchkey::crypto
