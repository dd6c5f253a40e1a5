// How ids, times and bytes are written as text, everywhere: in events as JSON, in answers, in keys.
// Thread-safe: free functions without state. Parsers return nothing for anything but the exact
// form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::text {

// Lower-case hexadecimal.
std::string ToHex(std::string_view bytes);
std::optional<std::string> FromHex(std::string_view hex);  // either case
int HexValue(char c);  // of one digit, either case; -1 for others

// Base64 of RFC 4648 §4, padded.
std::string ToBase64(std::string_view bytes);
std::optional<std::string> FromBase64(std::string_view text);

// Base64 of RFC 4648 §5, the alphabet for URLs, unpadded as in RFC 7515.
std::string ToBase64Url(std::string_view bytes);
std::optional<std::string> FromBase64Url(std::string_view text);

// Crockford's base32, five bits a character, most significant bits first; the last character is
// padded with zero bits. `alphabet` is kUpper for keys, kLower for ids.
inline constexpr std::string_view kBase32Upper = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
inline constexpr std::string_view kBase32Lower = "0123456789abcdefghjkmnpqrstvwxyz";
std::string ToBase32(std::string_view bytes, std::string_view alphabet);

// The value of one base32 character, reading O as 0, I and L as 1 and ignoring case; -1 for others.
int Base32Value(char c);

// Gateways and tokens are numbers below 2^40, written as a prefix and eight lower-case base32
// characters: gw_00000001, tok_00000001.
std::string GatewayId(std::uint64_t number);
std::string TokenId(std::uint64_t number);
std::optional<std::uint64_t> ParseGatewayId(std::string_view id);  // never 0
std::optional<std::uint64_t> ParseTokenId(std::string_view id);

// People are 16 bytes, written as a prefix and lower-case hexadecimal: per_00112233….
std::string PersonId(std::string_view person);
std::optional<std::string> ParsePersonId(std::string_view id);

// RFC 3339 in UTC with microseconds: 2026-01-02T03:04:05.678901Z. Microseconds since 1970; what
// lies outside the years 0 to 9999 is written as the nearest time inside.
std::string Time(std::int64_t time_us);
std::optional<std::int64_t> ParseTime(
    std::string_view rfc3339);  // any offset, 0 to 9 decimals, no leap second

}  // namespace latchkey::text
