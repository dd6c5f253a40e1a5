// Key pairs and signing requests as an installer makes them, for many gateways.
#pragma once

#include <string>

#include "tools/bench/load_client.h"

namespace latchkey::tools {

struct LoadKeyPair {
  std::string key_pem;  // P-256, PKCS #8
  std::string csr_pem;
};

// A new pair each time, about 100 µs. Stops the process when OpenSSL fails. Thread-safe.
LoadKeyPair MakeKeyPair();

// The body of a redemption: key text and CSR as JSON.
std::string RedemptionBody(std::string_view key_text, std::string_view csr_pem);

}  // namespace latchkey::tools
