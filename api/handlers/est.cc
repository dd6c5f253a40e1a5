// Enrolment over Secure Transport (RFC 7030, RFC 8951): the same redemptions and renewals in the
// form that network equipment knows. Basic's password is the registration key; its user name means
// nothing. EST has no later word, so a redemption is confirmed in the same decision.
#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/auth/credentials.h"
#include "api/handlers/enrolment.h"
#include "api/handlers/handlers.h"
#include "core/base/base64.h"
#include "core/crypto/pem.h"
#include "core/crypto/pkcs7.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kCertsOnly = "application/pkcs7-mime; smime-type=certs-only";
constexpr std::string_view kCertificates = "application/pkcs7-mime";

// The signing request in the body, as PEM.
Result<std::string> ReadCsr(const Call& call) {
  std::string text = call.request.body;
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  const std::optional<std::string> der = text::FromBase64(text);
  if (!der || der->empty()) {
    return Refuse(ErrorCode::kRequestMalformed,
                  "Send the signing request (PKCS #10) as base64 of its DER, without PEM's lines.");
  }
  return crypto::WritePem("CERTIFICATE REQUEST", *der);
}

Status RenderCertificates(const std::vector<std::string>& ders, std::string_view type, Call& call) {
  const Result<std::string> message = crypto::CertsOnly(ders);
  if (!message) return message.error();
  call.response.Begin(Success::kOk, type);
  // On one line, because strongSwan's pki skips no line break, and without a carriage return, which
  // `base64 -d` refuses.
  call.response.body = text::ToBase64(*message);
  call.response.body += '\n';
  return {};
}

Status RenderIssued(const Result<Issued>& issued, Call& call) {
  if (!issued) return issued.error();
  return RenderCertificates({issued->certificate}, kCertsOnly, call);
}

}  // namespace

// The one in force first, as in /ca.pem.
Status GetEstCas(const Service& service, Call& call) {
  const auto blocks =
      crypto::ReadPem(service.ledger.ca.certificate_pem() + service.ledger.former_cas_pem);
  if (!blocks) return Refuse(ErrorCode::kUnusable, "The CAs of this ledger cannot be read.");
  std::vector<std::string> ders;
  for (const crypto::PemBlock& block : *blocks) ders.push_back(block.der);
  return RenderCertificates(ders, kCertificates, call);
}

// Nothing is asked of a signing request: only its public key is used.
Status GetEstAttributes(const Service&, Call& call) {
  call.response.Begin(Success::kNoContent);
  return {};
}

Task<Status> PostEstEnrol(const Writes& writes, Call& call) {
  const auto password = BasicPassword(call.request.authorization);
  if (!password) {
    co_return Refuse(ErrorCode::kUnauthenticated,
                     "Send the gateway's registration key as the password of Basic.");
  }
  Result<Presented> presented = Present(writes.ledger, password->view(), &call);
  if (!presented) co_return presented.error();
  if (!presented->proven) co_return presented->standing.error();
  const Result<std::string> csr = ReadCsr(call);
  if (!csr && presented->standing) co_return csr.error();
  const std::string_view request = csr ? std::string_view(*csr) : std::string_view();
  const domain::Host unknown;
  const Result<Issued> issued = co_await Redeem(writes, call, *presented, request, unknown, true);
  co_return RenderIssued(issued, call);
}

Task<Status> PostEstReenrol(const Writes& writes, Call& call) {
  const Result<std::string> csr = ReadCsr(call);
  if (!csr) co_return csr.error();
  const Result<Issued> issued = co_await Renew(writes, call, *csr);
  co_return RenderIssued(issued, call);
}

}  // namespace latchkey::api
