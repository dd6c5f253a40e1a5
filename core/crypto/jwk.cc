#include "core/crypto/jwk.h"

#include <optional>

#include "core/base/base64.h"
#include "core/crypto/der.h"
#include "core/crypto/keys.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

// The key inside a certificate: SubjectPublicKeyInfo.
struct KeyBytes {
  std::string_view algorithm;   // an OID with tag and length
  std::string_view parameters;  // what is behind it
  std::string_view key;
};

constexpr std::string_view kEcOid = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr std::string_view kRsaOid = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
constexpr std::string_view kEd25519Oid = "\x06\x03\x2b\x65\x70"sv;
struct Curve {
  std::string_view oid;
  std::string_view name;
};
constexpr Curve kCurves[] = {
    {"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, "P-256"},
    {"\x06\x05\x2b\x81\x04\x00\x22"sv, "P-384"},
    {"\x06\x05\x2b\x81\x04\x00\x23"sv, "P-521"},
};

std::optional<KeyBytes> Find(std::string_view certificate_der) {
  der::Reader outer(certificate_der);
  const auto certificate = outer.Take(der::kSequence);
  der::Reader parts(certificate ? certificate->content : ""sv);
  const auto body = parts.Take(der::kSequence);
  der::Reader fields(body ? body->content : ""sv);
  fields.Take(der::ContextConstructed(0));  // the version
  // Serial, algorithm, issuer, validity and subject come before the key.
  if (!fields.Take(der::kInteger)) return std::nullopt;
  for (int i = 0; i < 4; ++i) {
    if (!fields.Take(der::kSequence)) return std::nullopt;
  }
  const auto info = fields.Take(der::kSequence);
  der::Reader inside(info ? info->content : ""sv);
  const auto identifier = inside.Take(der::kSequence);
  const auto bits = inside.Take(der::kBitString);
  const auto key = bits ? der::BitStringBytes(*bits) : std::nullopt;
  der::Reader named(identifier ? identifier->content : ""sv);
  const auto algorithm = named.Take(der::kOid);
  if (!algorithm || !key) return std::nullopt;
  return KeyBytes{algorithm->whole, identifier->content.substr(algorithm->whole.size()), *key};
}

boost::json::object Point(const KeyBytes& found) {
  for (const Curve& curve : kCurves) {
    if (curve.oid != found.parameters) continue;
    const std::size_t bytes = found.key.size() / 2;
    if (found.key.size() % 2 == 0 || found.key.front() != kUncompressed) break;
    return {{"kty", "EC"},
            {"crv", boost::json::string_view(curve.name.data(), curve.name.size())},
            {"x", text::ToBase64Url(found.key.substr(1, bytes))},
            {"y", text::ToBase64Url(found.key.substr(1 + bytes))}};
  }
  return {};
}

boost::json::object Rsa(const KeyBytes& found) {
  der::Reader outer(found.key);
  const auto numbers = outer.Take(der::kSequence);
  der::Reader reader(numbers ? numbers->content : ""sv);
  const auto number = [&] {
    const auto element = reader.Take(der::kInteger);
    return element ? der::PositiveInteger(*element) : std::nullopt;
  };
  const auto modulus = number();
  const auto exponent = number();
  if (!modulus || !exponent) return {};
  return {{"kty", "RSA"}, {"n", text::ToBase64Url(*modulus)}, {"e", text::ToBase64Url(*exponent)}};
}

}  // namespace

boost::json::object JwkOf(std::string_view certificate_der) {
  const std::optional<KeyBytes> found = Find(certificate_der);
  if (!found) return {};
  if (found->algorithm == kEcOid) return Point(*found);
  if (found->algorithm == kRsaOid) return Rsa(*found);
  if (found->algorithm == kEd25519Oid) {
    return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", text::ToBase64Url(found->key)}};
  }
  return {};
}

}  // namespace latchkey::crypto
