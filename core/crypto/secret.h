// Bytes that are wiped when they go.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace latchkey::crypto {

void Wipe(std::string* bytes);  // OPENSSL_cleanse over the whole capacity, then empty

// Owns secret bytes; not copyable, wiped on destruction and when moved from.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
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
