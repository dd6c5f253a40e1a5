// OpenSSL's keys and certificates as owning pointers, for our headers, which do not include
// OpenSSL's.
#pragma once

#include <memory>

struct evp_pkey_st;
struct x509_st;

namespace latchkey::crypto {

struct PkeyFree {
  void operator()(evp_pkey_st* key) const;
};
struct X509Free {
  void operator()(x509_st* certificate) const;
};
using PkeyPtr = std::unique_ptr<evp_pkey_st, PkeyFree>;
using X509Ptr = std::unique_ptr<x509_st, X509Free>;

}  // namespace latchkey::crypto
