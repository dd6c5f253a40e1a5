// Bytes that are wiped on destruction.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace latchkey::crypto {

void Wipe(std::string* bytes);  // OPENSSL_cleanse over the whole capacity, then empty

// Wipes a local buffer, however its function returns.
class WipeAtEnd {
 public:
  explicit WipeAtEnd(std::string* bytes) : bytes_(bytes) {}
  ~WipeAtEnd() { Wipe(bytes_); }
  WipeAtEnd(const WipeAtEnd&) = delete;
  WipeAtEnd& operator=(const WipeAtEnd&) = delete;

 private:
  std::string* bytes_;
};

// Owns secret bytes; not copyable, wiped on destruction and when moved from. A string moved into it
// leaves nothing behind; the owner of a string copied into it must wipe that string. Moving copies
// and then clears, because std::string's own move of a short string leaves the characters where
// they were.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string&& bytes) : bytes_(bytes) { Wipe(&bytes); }
  explicit Secret(const std::string& bytes) : bytes_(bytes) {}
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.Clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Clear();
      bytes_ = other.bytes_;
      other.Clear();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Clear(); }

  std::string_view view() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  void Clear() { Wipe(&bytes_); }
  std::string bytes_;
};

}  // namespace latchkey::crypto
