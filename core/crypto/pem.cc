#include "core/crypto/pem.h"

#include <openssl/evp.h>

#include "core/base/base64.h"

namespace latchkey::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::size_t kLineChars = 64;

// Base64 with line breaks and spaces anywhere between the characters.
std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string compact;
  compact.reserve(text.size());
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') compact += c;
  }
  // EVP_DecodeBlock takes `=` as an ordinary digit of value zero: where padding may stand is
  // checked here.
  const auto padding = compact.find('=');
  const std::size_t digits = padding == std::string::npos ? compact.size() : padding;
  const std::size_t padded = compact.size() - digits;
  if (compact.empty() || compact.size() % 4 != 0 || padded > 2 ||
      compact.find_first_not_of('=', digits) != std::string::npos) {
    return std::nullopt;
  }
  std::string bytes(compact.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(compact.data()),
                                     static_cast<int>(compact.size()));
  if (length != static_cast<int>(bytes.size())) return std::nullopt;
  bytes.resize(bytes.size() - padded);
  return bytes;
}

}  // namespace

std::optional<std::vector<PemBlock>> ReadPem(std::string_view pem) {
  std::vector<PemBlock> blocks;
  for (auto at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin)) {
    pem.remove_prefix(at + kBegin.size());
    const auto label_end = pem.find(kDashes);
    if (label_end == std::string_view::npos) return std::nullopt;
    const std::string label(pem.substr(0, label_end));
    pem.remove_prefix(label_end + kDashes.size());
    const std::string footer = std::string(kEnd) + label + std::string(kDashes);
    const auto end = pem.find(kEnd);
    if (label.find('\n') != std::string::npos || end == std::string_view::npos ||
        !pem.substr(end).starts_with(footer)) {
      return std::nullopt;
    }
    auto der = DecodeBase64(pem.substr(0, end));
    if (!der) return std::nullopt;
    blocks.push_back({label, std::move(*der)});
    pem.remove_prefix(end + footer.size());
  }
  return blocks;
}

std::string WritePem(std::string_view label, std::string_view der) {
  const std::string base64 = text::ToBase64(der);
  std::string pem;
  pem.reserve(base64.size() + base64.size() / kLineChars + 2 * label.size() + 40);
  pem.append(kBegin).append(label).append(kDashes) += '\n';
  for (std::size_t i = 0; i < base64.size(); i += kLineChars) {
    pem.append(base64, i, kLineChars) += '\n';
  }
  pem.append(kEnd).append(label).append(kDashes) += '\n';
  return pem;
}

}  // namespace latchkey::crypto
