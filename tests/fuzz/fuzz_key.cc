#include <string>

#include "core/base/base32.h"
#include "core/base/limits.h"
#include "core/domain/key_codec.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

using domain::FormatKey;
using domain::ParseKey;
using domain::RegistrationKey;

void ExpectSame(const Result<RegistrationKey>& parsed, const RegistrationKey& key) {
  Expect(parsed && parsed->gateway == key.gateway && parsed->generation == key.generation &&
             parsed->secret.view() == key.secret.view(),
         "a key in its one form is the same key");
}

// Of the key in its one form, each character in turn by the next of the alphabet.
void ExpectSlipsAreTold(const std::string& key) {
  for (std::size_t i = key.find('-'); i < key.size(); ++i) {
    if (key[i] == '-') continue;
    std::string slipped = key;
    const std::size_t place = text::kBase32Upper.find(key[i]);
    slipped[i] = text::kBase32Upper[(place + 1) % text::kBase32Upper.size()];
    const auto parsed = ParseKey(slipped);
    Expect(!parsed && parsed.error().code == ErrorCode::kKeyMistyped, "a slip is told as one");
  }
}

// The error's detail quotes at most one character of the input.
void ExpectNotQuoted(std::string_view text, const Error& error) {
  Expect(error.code == ErrorCode::kKeyMalformed || error.code == ErrorCode::kKeyMistyped,
         "refusals have two codes");
  constexpr std::size_t kPiece = 12;  // longer than any word of ours
  for (std::size_t i = 0; i + kPiece <= text.size(); ++i) {
    const std::string_view piece = text.substr(i, kPiece);
    if (piece.find(' ') != std::string_view::npos) continue;
    Expect(error.detail.find(piece) == std::string::npos, "a refusal does not quote the key");
  }
}

void ParseOne(std::string_view text) {
  const auto parsed = ParseKey(text);
  if (!parsed) return ExpectNotQuoted(text, parsed.error());
  Expect(parsed->gateway >= 1 && parsed->gateway <= ledger_limits::kMaxGatewayNumber,
         "a gateway's number");
  Expect(parsed->generation >= 1 && parsed->generation <= ledger_limits::kMaxGenerations,
         "a generation");
  const std::string written(FormatKey(*parsed).view());
  ExpectSame(ParseKey(written), *parsed);
  Expect(FormatKey(*ParseKey(written)).view() == written, "the one form is written as it was");
  ExpectSlipsAreTold(written);
}

// The same bytes as the fields of a key: so every key is reached, whatever its checksum.
void FormatOne(std::string_view bytes) {
  if (bytes.size() < domain::kKeyPayloadBytes) return;
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, 7)) number = number << 8 | static_cast<unsigned char>(c);
  const std::uint64_t gateway = number >> 16;
  const auto generation = static_cast<std::uint32_t>(number & 0xffff);
  if (gateway == 0 || generation == 0) return;
  const RegistrationKey key{gateway, generation,
                            crypto::Secret(std::string(bytes.substr(7, domain::kSecretBytes)))};
  ExpectSame(ParseKey(FormatKey(key).view()), key);
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = latchkey::fuzz::TextOf(data, size);
  latchkey::fuzz::ParseOne(input);
  latchkey::fuzz::FormatOne(input);
  return 0;
}
