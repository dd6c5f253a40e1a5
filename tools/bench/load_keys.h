// Key pairs and signing requests as an installer makes them, in numbers.
#pragma once

#include <string>

#include "tools/bench/load_client.h"

namespace latchkey::tools {

struct LoadKeyPair {
  std::string key_pem;  // P-256, PKCS #8
  std::string csr_pem;
};

// Fresh each time, about 100 µs. Stops the process when OpenSSL cannot. Thread-safe.
LoadKeyPair MakeKeyPair();

// The body of a redemption: key text and CSR as JSON.
std::string RedemptionBody(std::string_view key_text, std::string_view csr_pem);

}  // namespace latchkey::tools
