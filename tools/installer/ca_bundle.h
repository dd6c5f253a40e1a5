// ca.crt of a gateway: the CAs by which it verifies its server. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::tools {

inline constexpr std::size_t kMaxKeptCas = 64;  // certificates in one ca.crt

// The certificates of `kept` (PEM) and, behind them, those of `more` that it lacks; null when it
// has all of them. Beyond kMaxKeptCas the oldest ones go. Text that is not a certificate is left
// out.
std::optional<std::string> WithCas(std::string_view kept, std::string_view more);

}  // namespace latchkey::tools
