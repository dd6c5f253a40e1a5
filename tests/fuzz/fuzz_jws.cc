// The input is a kind of key, an algorithm, the key's two numbers, each behind its length in two
// bytes, and a signature over kData.
#include <openssl/err.h>

#include <algorithm>
#include <string_view>

#include "core/base/big_endian.h"
#include "core/crypto/jws.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

using crypto::JwsAlgorithm;
using crypto::JwsKey;

constexpr std::string_view kData = "signed";
constexpr std::string_view kOtherData = "Signed";

std::string_view Take(std::size_t bytes, std::string_view* rest) {
  const std::string_view taken = rest->substr(0, bytes);
  rest->remove_prefix(taken.size());
  return taken;
}

std::size_t TakeNumber(std::size_t bytes, std::string_view* rest) {
  return static_cast<std::size_t>(GetNumber(Take(bytes, rest)));
}

Result<JwsKey> ReadKey(std::size_t kind, std::string_view first, std::string_view second) {
  switch (kind % 4) {
    case 0:
      return JwsKey::Rsa(first, second);
    case 1:
      return JwsKey::Point("P-256", first, second);
    case 2:
      return JwsKey::Point("P-384", first, second);
    default:
      return JwsKey::Ed25519(first);
  }
}

void VerifyOne(std::string_view input) {
  const std::size_t kind = TakeNumber(1, &input);
  const auto algorithm = static_cast<JwsAlgorithm>(TakeNumber(1, &input) %
                                                   (static_cast<int>(JwsAlgorithm::kEdDsa) + 1));
  Expect(crypto::JwsAlgorithmFromName(crypto::JwsAlgorithmName(algorithm)) == algorithm,
         "an algorithm is found by its name");
  const std::string_view first = Take(TakeNumber(2, &input), &input);
  const std::string_view second = Take(TakeNumber(2, &input), &input);
  const auto key = ReadKey(kind, first, second);
  if (key) {
    const bool good = key->Verify(algorithm, kData, input);
    Expect(!good || key->Fits(algorithm), "only a key of the right kind finds it good");
    Expect(!good || !key->Verify(algorithm, kOtherData, input), "nor of other data");
  } else {
    Expect(key.error().code == ErrorCode::kCsrInvalid, "refusals have one code");
  }
  Expect(ERR_peek_error() == 0, "nothing is left in OpenSSL's queue of errors");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::VerifyOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
