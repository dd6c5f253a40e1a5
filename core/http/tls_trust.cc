#include "core/http/tls_trust.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <memory>

#include "core/base/hex.h"
#include "core/base/time.h"
#include "core/base/time_text.h"
#include "core/crypto/hash.h"

namespace latchkey {
namespace {

constexpr std::string_view kSha256Prefix = "sha256:";

std::string Digest(X509* certificate) {
  std::string digest(crypto::kSha256Bytes, '\0');
  unsigned int length = 0;
  if (X509_digest(certificate, EVP_sha256(), reinterpret_cast<unsigned char*>(digest.data()),
                  &length) != 1) {
    return {};
  }
  return digest;
}

// Why the chain of certificates is not good.
std::string Reason(X509_STORE_CTX* store) {
  const int error = X509_STORE_CTX_get_error(store);
  std::string reason = X509_verify_cert_error_string(error);
  // A clock that is wrong is the usual cause, above all on a machine that has just been set up.
  if (error == X509_V_ERR_CERT_NOT_YET_VALID || error == X509_V_ERR_CERT_HAS_EXPIRED) {
    reason += ", by the clock of this machine, which says " +
              text::TimeWords(ToMicros(SystemClock().Now())) +
              ". Correct the clock if that is wrong";
  }
  return reason;
}

}  // namespace

void TrustCheck::Attach(SSL_CTX* context) {
  SSL_CTX_set_cert_verify_callback(context, &TrustCheck::Verify, this);
  // A file that cannot be read adds nothing: whoever gave it has checked it.
  if (!trust_.besides.empty()) SSL_CTX_load_verify_file(context, trust_.besides.c_str());
  SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);  // answers hold keys and tokens
}

int TrustCheck::Verify(X509_STORE_CTX* store, void* self) {
  return static_cast<TrustCheck*>(self)->Believes(store) ? 1 : 0;
}

bool TrustCheck::Presented(const std::string& sha256) const {
  return std::find(presented_.begin(), presented_.end(), sha256) != presented_.end();
}

bool TrustCheck::Believes(X509_STORE_CTX* store) {
  problem_.clear();
  presented_.clear();
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(chain); ++i)
    presented_.push_back(Digest(sk_X509_value(chain, i)));

  if (!trust_.server_sha256.empty()) {
    if (Digest(X509_STORE_CTX_get0_cert(store)) == trust_.server_sha256) {
      X509_STORE_CTX_set_error(store, X509_V_OK);
      return true;
    }
    problem_ = "the server presents another certificate than the one in the data directory's run/";
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return false;
  }
  if (!trust_.ca_sha256.empty()) return BelievesPinnedCa(store);
  if (X509_verify_cert(store) == 1) return true;
  problem_ = Reason(store);
  return false;
}

// The certificate with that digest in the presented chain is the only trust anchor.
bool TrustCheck::BelievesPinnedCa(X509_STORE_CTX* store) {
  const auto at = std::find(presented_.begin(), presented_.end(), trust_.ca_sha256);
  if (at == presented_.end()) {
    problem_ = "the server does not belong to the CA sha256:" + text::ToHex(trust_.ca_sha256);
    if (!presented_.empty()) {
      problem_ += " (its chain ends in sha256:" + text::ToHex(presented_.back()) + ")";
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return false;
  }
  struct StackFree {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
  };
  const std::unique_ptr<STACK_OF(X509), StackFree> anchors(sk_X509_new_null());
  X509* anchor = sk_X509_value(X509_STORE_CTX_get0_untrusted(store),
                               static_cast<int>(at - presented_.begin()));
  if (anchors == nullptr || sk_X509_push(anchors.get(), anchor) == 0) return false;
  X509_STORE_CTX_set0_trusted_stack(store, anchors.get());
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN);
  const bool good = X509_verify_cert(store) == 1;
  if (!good) problem_ = Reason(store);
  return good;
}

std::string ParseFingerprint(const std::string& text) {
  if (!text.starts_with(kSha256Prefix)) return {};
  std::string hex = text.substr(kSha256Prefix.size());
  std::erase(hex, ':');
  const auto bytes = text::FromHex(hex);
  return bytes && bytes->size() == crypto::kSha256Bytes ? *bytes : std::string();
}

}  // namespace latchkey
