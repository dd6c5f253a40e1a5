// The input is a token: header and claims as JSON and the signature as base64url, a line each,
// since base64 would hide the JSON from the fuzzer; or a token as it is sent; or a key set.
#include <openssl/err.h>

#include <string>
#include <vector>

#include "core/base/base64.h"
#include "core/identity/jwt.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

using crypto::JwsAlgorithm;
using identity::KeySet;

const std::vector<JwsAlgorithm> kAll = {
    JwsAlgorithm::kRs256, JwsAlgorithm::kRs384, JwsAlgorithm::kRs512,
    JwsAlgorithm::kPs256, JwsAlgorithm::kPs384, JwsAlgorithm::kPs512,
    JwsAlgorithm::kEs256, JwsAlgorithm::kEs384, JwsAlgorithm::kEdDsa};

// Their private keys signed the tokens of the corpus, those of kSigned, and were thrown away.
constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"EC","kid":"ec","crv":"P-256",)"
    R"("x":"INUkuf6Pl96gZKLpXohePk5RT-4EuGTW_5m3rcmWXJs",)"
    R"("y":"H5luU6PDpmshKAEw1MsSlBJHsbPU9CeZ5bQiRyRYl_s"},)"
    R"({"kty":"OKP","kid":"ed","crv":"Ed25519","alg":"EdDSA",)"
    R"("x":"HpVXz2F2cZG3i0BDHsDkNmdKTjkUji0pLZhL3_BCq70"},)"
    R"({"kty":"RSA","kid":"rsa","use":"sig","e":"AQAB","n":")"
    "s2DLBpVU5ksos24L2sGlJHiWydq42YA39Sy_o_tFRZcYSipTTmVKDzDTHG86pi2FHfdc6pEEI400RD"
    "4E-JMY4vZ8r7p2l3nya8eQs6uazU4iIptqNJFu3RtHmFUEnTaPZJU6znJbDBEUUtbJO1QVDbSzs3tC"
    "KZc3s7EoqJFYCaKxXbbaqFmUbChD5qCmJYsiugr612VzCeUtB4Xar2HxjLFSOKiA3bK5enTqKc9313"
    "CyFjb2fuYjGb3H62VvM6yktG50hrpkq_19HylrpEr3LebSFs17sOqLNO-d5FYK3-bY0noTm1wD2RXP"
    "b-hfl6NfrgRa54wEsOhp4sbgA6ZE5w"
    R"("}]})";
constexpr std::string_view kSignedHeaders[] = {
    R"({"alg":"ES256","kid":"ec"})", R"({"alg":"EdDSA","kid":"ed"})",
    R"({"alg":"RS256","kid":"rsa"})", R"({"alg":"PS256","typ":"at+jwt"})"};
constexpr std::string_view kSignedClaims = R"({"iss":"https://id.example","sub":"someone"})";

std::string SignedPart(std::string_view header, std::string_view claims) {
  return text::ToBase64Url(header) + "." + text::ToBase64Url(claims);
}

bool WasSigned(std::string_view part) {
  for (const std::string_view header : kSignedHeaders) {
    if (SignedPart(header, kSignedClaims) == part) return true;
  }
  return false;
}

std::string TokenOf(std::string_view input) {
  if (input.find('\n') == std::string_view::npos) return std::string(input);
  const std::string_view header = TakeUntil('\n', &input);
  const std::string_view claims = TakeUntil('\n', &input);
  return SignedPart(header, claims).append(".").append(input);
}

void ReadKeys(std::string_view input) {
  const auto keys = KeySet::Parse(input);
  Expect(ERR_peek_error() == 0, "nothing is left in OpenSSL's queue of errors");
  Expect(!keys || keys->size() <= identity::kMaxKeys, "no more keys than the limit");
}

void ReadToken(std::string_view text) {
  static const KeySet keys = KeySet::Parse(kKeys).value();
  Expect(keys.size() == 3, "all keys are read");
  Expect(!identity::ParseJwt(text, {}), "what is not allowed is refused");
  const auto token = identity::ParseJwt(text, kAll);
  if (!token) {
    Expect(token.error().code == ErrorCode::kUnauthenticated, "refusals have one code");
    return;
  }
  Expect(std::string(token->signed_part) + "." + text::ToBase64Url(token->signature) == text,
         "a token has one form");
  const auto verdict = keys.Verify(*token);
  Expect(ERR_peek_error() == 0, "nothing is left in OpenSSL's queue of errors");
  Expect(verdict != KeySet::Verdict::kGood || WasSigned(token->signed_part), "nothing is forged");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = latchkey::fuzz::TextOf(data, size);
  latchkey::fuzz::ReadKeys(input);
  latchkey::fuzz::ReadToken(latchkey::fuzz::TokenOf(input));
  return 0;
}
