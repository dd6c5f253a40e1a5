#include "tools/ledger/server_certificate.h"

#include <utility>

#include "core/crypto/wiping.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kServerFile = "server.pem";  // the key, then the chain
constexpr std::string_view kFirstCertificate = "-----BEGIN CERTIFICATE-----";

// Empty when none of the ledger's CAs signed it.
std::string IssuerOf(const std::string& der, const domain::LedgerRow& row) {
  if (crypto::IsIssuedBy(der, row.ca_certificate())) return row.ca_certificate();
  for (const domain::FormerCa& former : row.former_cas()) {
    if (crypto::IsIssuedBy(der, former.certificate())) return former.certificate();
  }
  return "";
}

}  // namespace

Status KeepServerCertificate(const SecretFiles& files,
                             const crypto::CertificateAuthority::Material& material) {
  std::string content;
  const crypto::WipeAtEnd wipe(&content);
  content.reserve(material.key_pem.view().size() + material.certificate_pem.size());
  content.append(material.key_pem.view()).append(material.certificate_pem);
  return files.Write(kServerFile, content);
}

Status ForgetServerCertificate(const SecretFiles& files) { return files.Destroy(kServerFile); }

std::optional<KeptCertificate> FindServerCertificate(const SecretFiles& files,
                                                     const domain::LedgerRow& row, Time now) {
  const auto found = files.ReadOwn(kServerFile);
  if (!found || !*found) return std::nullopt;
  const std::string_view content = (*found)->view();
  const std::size_t chain = content.find(kFirstCertificate);
  if (chain == std::string_view::npos) return std::nullopt;
  std::string certificate_pem(content.substr(chain));
  const auto facts = crypto::ReadCertificate(certificate_pem);
  if (!facts || facts->not_after <= now) return std::nullopt;
  std::string ca = IssuerOf(facts->der, row);
  if (ca.empty()) return std::nullopt;
  return KeptCertificate{
      {std::move(certificate_pem), crypto::Secret(std::string(content.substr(0, chain)))},
      facts->not_after,
      std::move(ca)};
}

}  // namespace latchkey::tools
