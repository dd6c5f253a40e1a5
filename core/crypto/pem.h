// PEM (RFC 7468) blocks without headers. Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::crypto {

struct PemBlock {
  std::string label;  // "CERTIFICATE"
  std::string der;
};

// All blocks in order, text between them ignored; null when a block is broken.
std::optional<std::vector<PemBlock>> ReadPem(std::string_view pem);

// The block as text, in lines of 64 characters.
std::string WritePem(std::string_view label, std::string_view der);

}  // namespace latchkey::crypto
