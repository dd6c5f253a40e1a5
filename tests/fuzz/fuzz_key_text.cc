// The input is what someone has pasted where a registration key was asked for; and, in the second
// part, a key with the characters that mail and word processors add.
#include <string>

#include "core/domain/key_codec.h"
#include "tests/fuzz/fuzz.h"
#include "tools/installer/key_text.h"

namespace latchkey::fuzz {
namespace {

using domain::FormatKey;
using domain::ParseKey;
using tools::ReadKeyText;

// Of ASCII, with a byte order mark.
std::string Utf16(std::string_view text, bool little) {
  std::string wide = little ? "\xff\xfe" : "\xfe\xff";
  for (const char c : text) wide += little ? std::string{c, '\0'} : std::string{'\0', c};
  return wide;
}

void ExpectReads(std::string_view text, std::string_view key, const char* what) {
  const auto read = ReadKeyText(text);
  Expect(read && read->view() == key, what);
}

void ReadOne(std::string_view input) {
  const auto read = ReadKeyText(input);
  if (!read) {
    Expect(read.error().exit == tools::ExitCode::kUsage, "refusals have one code");
    constexpr std::size_t kLongest = 200;  // our own words, a code and a place
    Expect(read.error().message.size() < kLongest, "a refusal does not quote the key");
    return;
  }
  const std::string_view key = read->view();
  Expect(key.size() <= input.size(), "nothing is added");
  Expect(key.empty() || key.front() != ' ', "blanks in front are left out");
  for (const char c : key) {
    Expect(c > 0 && tools::KeyCharacter(static_cast<unsigned char>(c)) == c,
           "what is read has only characters that mean themselves");
  }
  ExpectReads(key, key, "what was read is read as itself");
  ExpectReads("\xef\xbb\xbf\u201c" + std::string(key) + "\u201d", key, "quotes change nothing");
  ExpectReads(Utf16(key, true), key, "UTF-16 is the same text");
  ExpectReads(Utf16(key, false), key, "UTF-16 is the same text, big end first");
}

// One character as the byte says: as it is, in lower case, full width, or behind something that
// means nothing in a key.
std::string Disguised(char c, unsigned char how) {
  static constexpr std::string_view kBefore[] = {"",       " ",      "\t",     "\r\n",
                                                 "\u00a0", "\u00ad", "\u200b", "\u2011",
                                                 "\u2013", "\u3000", "\u201c", "'"};
  std::string text(kBefore[how / 4 % std::size(kBefore)]);
  const unsigned wide = 0xFEE0u + static_cast<unsigned char>(c);
  switch (how % 4) {
    case 0:
      return text + (c == '-' ? "\u2010" : std::string(1, c));
    case 1:
      return text + (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    case 2:
      return text + static_cast<char>(0xE0 | wide >> 12) +
             static_cast<char>(0x80 | (wide >> 6 & 0x3F)) + static_cast<char>(0x80 | (wide & 0x3F));
    default:
      return text + c;
  }
}

void ReadDisguised(std::string_view input) {
  static const std::string kKey(
      FormatKey({7, 2, crypto::Secret(std::string(domain::kSecretBytes, 'k'))}).view());
  std::string text;
  for (std::size_t i = 0; i < kKey.size(); ++i) {
    const char how = input.empty() ? '\0' : input[i % input.size()];
    text += Disguised(kKey[i], static_cast<unsigned char>(how));
  }
  const auto read = ReadKeyText(text);
  Expect(read.has_value(), "nothing that is added keeps a key from being read");
  const auto parsed = ParseKey(read->view());
  Expect(parsed && FormatKey(*parsed).view() == kKey, "it is the same key");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = latchkey::fuzz::TextOf(data, size);
  latchkey::fuzz::ReadOne(input);
  latchkey::fuzz::ReadDisguised(input);
  return 0;
}
