// The text of a registration key as it comes from terminals, mail and word processors.
#pragma once

#include <optional>
#include <string_view>

#include "core/crypto/secret.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// Reads UTF-8, or UTF-16 with or without a byte order mark, as the characters of a key: dashes and
// spaces of every kind as plain ones, full-width letters as letters; quotes and characters of no
// width are left out. kUsage for any other character outside ASCII, with its code and its place
// among the characters that can be seen. What ASCII a key may have is for domain::ParseKey to say.
CliResult<crypto::Secret> ReadKeyText(std::string_view given);

// The ASCII character that this one means in a key, '\0' for one that is left out; null when it
// cannot be part of a key.
std::optional<char> KeyCharacter(char32_t code);

}  // namespace latchkey::tools
