// Helpers for buffers with secrets, so that no copy stays behind in freed memory.
// Free functions; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::crypto {

void WipeBytes(char* bytes, std::size_t size);  // OPENSSL_cleanse

// As bytes->append(more), but wipes the old memory when the string is reallocated.
void AppendWiping(std::string* bytes, std::string_view more);

// As bytes->erase(0, count), but wipes the erased bytes and the old place of the moved ones.
void DropFront(std::string* bytes, std::size_t count);

// Reserves `size` bytes in all, so that the content is never moved up to that size. Earlier content
// is not wiped: call it before the secret is written.
inline void MakeRoom(std::string* bytes, std::size_t size) {
  if (bytes->capacity() < size) bytes->reserve(size);
}

}  // namespace latchkey::crypto
