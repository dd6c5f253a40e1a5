#include "core/crypto/wiping.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "core/crypto/secret.h"

namespace latchkey::crypto {

void WipeBytes(char* bytes, std::size_t size) { OPENSSL_cleanse(bytes, size); }

void AppendWiping(std::string* bytes, std::string_view more) {
  const std::size_t wanted = bytes->size() + more.size();
  if (wanted > bytes->capacity()) {
    std::string larger;
    larger.reserve(std::max(wanted, 2 * bytes->capacity()));
    larger.append(*bytes);
    bytes->swap(larger);
    Wipe(&larger);
  }
  bytes->append(more);
}

void DropFront(std::string* bytes, std::size_t count) {
  const std::size_t left = bytes->size() - count;
  std::memmove(bytes->data(), bytes->data() + count, left);
  OPENSSL_cleanse(bytes->data() + left, count);
  bytes->resize(left);
}

}  // namespace latchkey::crypto
