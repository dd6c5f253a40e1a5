// OpenSSL for a load generator that opens very many connections. OpenSSL 3.0 tries every decoder it
// has for each public key of a certificate, which is a third of a client's handshake; here it has
// only those for P-256 and its like.
#pragma once

struct ossl_lib_ctx_st;

namespace latchkey::tools {

// A library context for TLS 1.3 with certificates and keys on elliptic curves: the algorithms of
// OpenSSL's own provider, but only the key types and decoders that this takes. Null when it cannot
// be set up. Made once, never freed. Thread-safe.
ossl_lib_ctx_st* LightLibrary();

}  // namespace latchkey::tools
