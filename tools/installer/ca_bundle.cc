#include "tools/installer/ca_bundle.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/crypto/certificates.h"

namespace latchkey::tools {
namespace {

// Each certificate as PEM in the one form that we write, so that equal ones are equal text.
std::vector<std::string> ReadAll(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  std::vector<std::string> all;
  for (auto at = pem.find(kBegin); at != std::string_view::npos;) {
    const auto next = pem.find(kBegin, at + kBegin.size());
    if (const auto read = crypto::ReadCertificate(pem.substr(at, next - at))) {
      all.push_back(crypto::DerToPem(read->der));
    }
    at = next;
  }
  return all;
}

}  // namespace

std::optional<std::string> WithCas(std::string_view kept, std::string_view more) {
  std::vector<std::string> all = ReadAll(kept);
  bool changed = false;
  for (std::string& certificate : ReadAll(more)) {
    if (std::find(all.begin(), all.end(), certificate) != all.end()) continue;
    all.push_back(std::move(certificate));
    changed = true;
  }
  if (!changed) return std::nullopt;
  const std::size_t dropped = all.size() - std::min(all.size(), kMaxKeptCas);
  return std::accumulate(all.begin() + static_cast<std::ptrdiff_t>(dropped), all.end(),
                         std::string());
}

}  // namespace latchkey::tools
