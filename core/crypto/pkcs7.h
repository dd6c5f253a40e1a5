// Certificates in the form that EST hands them out in.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"

namespace latchkey::crypto {

// A certs-only SignedData (RFC 2315 §9.1, RFC 5652 §5): these certificates, DER, in this order, and
// nothing that is signed. Refuses with kUnusable what is not a certificate. Thread-safe.
Result<std::string> CertsOnly(const std::vector<std::string>& ders);

}  // namespace latchkey::crypto
