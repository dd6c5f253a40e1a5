#include "core/crypto/pkcs7.h"

#include <memory>

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "core/base/check.h"
#include "core/crypto/handles.h"

namespace latchkey::crypto {
namespace {

struct Pkcs7Free {
  void operator()(PKCS7* message) const { PKCS7_free(message); }
};

}  // namespace

Result<std::string> CertsOnly(const std::vector<std::string>& ders) {
  const std::unique_ptr<PKCS7, Pkcs7Free> message(PKCS7_new());
  Check(message != nullptr && PKCS7_set_type(message.get(), NID_pkcs7_signed) == 1,
        "OpenSSL can make a PKCS #7 message");
  message->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
  for (const std::string& der : ders) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const X509Ptr certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
    if (!certificate || PKCS7_add_certificate(message.get(), certificate.get()) != 1) {
      ERR_clear_error();
      return Refuse(ErrorCode::kUnusable, "a certificate cannot be read");
    }
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_PKCS7(message.get(), &bytes);
  Check(size > 0, "OpenSSL can write a PKCS #7 message");
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

}  // namespace latchkey::crypto
