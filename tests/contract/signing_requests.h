// Signing requests of every accepted and refused kind.
#pragma once

#include <string>

namespace latchkey::testing {

// One PEM CSR, freshly made and rightly signed, for a key of this kind: "P-256", "P-384", "P-521",
// "secp256k1", "ED25519", "ED448", "RSA-1024", "RSA-2048", "RSA-4096", "RSA-8192". Stops the
// process when OpenSSL cannot.
std::string MakeCsr(const std::string& kind);

// A P-256 CSR with the signature of another key.
std::string MakeForgedCsr();

}  // namespace latchkey::testing
