// Ids of gateways, tokens, messages, webhooks and people as text. Thread-safe: free functions
// without state. Parsers accept exactly what the writers give, and return null for anything else:
// one gateway has one id, in paths, logs and caches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::text {

// All but people are numbers below 2^40, written as a prefix and eight lower-case base32
// characters: gw_00000001, tok_00000001, msg_00000001, whk_00000001.
std::string GatewayId(std::uint64_t number);
std::string TokenId(std::uint64_t number);
std::string MessageId(std::uint64_t number);
std::string WebhookId(std::uint64_t number);
std::optional<std::uint64_t> ParseGatewayId(std::string_view id);  // never 0
std::optional<std::uint64_t> ParseTokenId(std::string_view id);
std::optional<std::uint64_t> ParseMessageId(std::string_view id);
std::optional<std::uint64_t> ParseWebhookId(std::string_view id);

// People are 16 bytes, written as a prefix and lower-case hexadecimal: per_00112233….
std::string PersonId(std::string_view person);
std::optional<std::string> ParsePersonId(std::string_view id);

}  // namespace latchkey::text
