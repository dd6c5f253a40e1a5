// Certificates as OpenSSL reads them, which takes it longer than to check a signature. Internal to
// core/crypto. Thread-safe: free functions.
#pragma once

#include <string_view>

#include "core/crypto/handles.h"

namespace latchkey::crypto {

X509Ptr ParseCertificate(std::string_view der);  // null for other bytes
// Names, key ids and signature; not dates.
bool Issued(x509_st* issuer, x509_st* subject);

}  // namespace latchkey::crypto
