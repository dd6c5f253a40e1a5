// Buffers through which secrets pass, handled so that no copy stays behind in memory given back.
// Free functions; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::crypto {

void WipeBytes(char* bytes, std::size_t size);  // OPENSSL_cleanse

// As bytes->append(more), but wipes the memory that the string outgrows.
void AppendWiping(std::string* bytes, std::string_view more);

// As bytes->erase(0, count), but wipes what is erased and what stood where the rest has moved from.
void DropFront(std::string* bytes, std::size_t count);

// Makes room for `size` bytes in all, so that what is written until then is never moved. What was
// there before is not wiped: it comes before the secret.
inline void MakeRoom(std::string* bytes, std::size_t size) {
  if (bytes->capacity() < size) bytes->reserve(size);
}

}  // namespace latchkey::crypto
