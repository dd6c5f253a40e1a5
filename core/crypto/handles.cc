#include "core/crypto/handles.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace latchkey::crypto {

void PkeyFree::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void X509Free::operator()(x509_st* certificate) const { X509_free(certificate); }

}  // namespace latchkey::crypto
