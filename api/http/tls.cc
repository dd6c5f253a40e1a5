#include "api/http/tls.h"

#include <array>
#include <limits>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "api/http/limits.h"
#include "core/crypto/certificates.h"
#include "core/crypto/openssl.h"
#include "core/crypto/random.h"

namespace latchkey::api {
namespace {

using crypto::BioPtr;
using crypto::OpenText;
using crypto::PkeyPtr;
using crypto::X509Ptr;

constexpr char kCiphersOfTls12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kClientChainDepth = 4;
constexpr unsigned char kHttp11[] = "\x08http/1.1";

X509Ptr NextCertificate(BIO* bio) {
  return X509Ptr(PEM_read_bio_X509(bio, nullptr, crypto::NoPassword, nullptr));
}

int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Empty when there is no certificate.
std::string Sha256Of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) {
    return "";
  }
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

// A ticket that is not taken is replaced by the full handshake that follows.
SSL_TICKET_RETURN TakeTicket(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t,
                             SSL_TICKET_STATUS status, void* may_resume) {
  const bool renews = status == SSL_TICKET_SUCCESS_RENEW;
  if (status != SSL_TICKET_SUCCESS && !renews) return SSL_TICKET_RETURN_IGNORE_RENEW;
  if (const X509* certificate = SSL_SESSION_get0_peer(session)) {
    const auto& allows = *static_cast<const MayResume*>(may_resume);
    if (!allows || !allows(Sha256Of(certificate))) return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  return renews ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

// OpenSSL makes the keys of the tickets at random for each context. The name of the sessions is as
// random, so that a session would not be resumed elsewhere even under the same keys.
TlsContext NewContext(MayResume may_resume) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return nullptr;
  auto rule = std::make_shared<MayResume>(std::move(may_resume));
  SSL_CTX_set_session_ticket_cb(context, nullptr, TakeTicket, rule.get());
  const std::string name = crypto::SystemRandom().Bytes(SSL_MAX_SID_CTX_LENGTH);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(name.data()),
                                 static_cast<unsigned>(name.size()));
  return TlsContext(context, [rule](SSL_CTX* last) { SSL_CTX_free(last); });
}

// Goes on whatever was found wrong: the first error stays in the connection's verify result.
int LetThrough(int, X509_STORE_CTX*) { return 1; }

Status UseCertificate(SSL_CTX* context, std::string_view certificate_pem,
                      std::string_view key_pem) {
  const auto unusable = [](std::string why) {
    return Refuse(ErrorCode::kUnusable, std::move(why));
  };
  const BioPtr chain = OpenText(certificate_pem);
  const X509Ptr leaf = NextCertificate(chain.get());
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return unusable("The server's certificate cannot be read: it must be in PEM, the leaf first.");
  }
  while (X509Ptr issuer = NextCertificate(chain.get())) {
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1) {
      return unusable("The certificates behind the server's own cannot be used.");
    }
    (void)issuer.release();  // the context owns it now
  }
  const BioPtr key_bio = OpenText(key_pem);
  const PkeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, crypto::NoPassword, nullptr));
  if (!key) return unusable("The server's private key is not an unencrypted private key in PEM.");
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) {
    return {};
  }
  return unusable("The server's certificate and private key do not belong together.");
}

bool TellClients(SSL_CTX* context, X509* ca) {
  const STACK_OF(X509_NAME)* told = SSL_CTX_get_client_CA_list(context);
  for (int i = 0; told != nullptr && i < sk_X509_NAME_num(told); ++i) {
    if (X509_NAME_cmp(sk_X509_NAME_value(told, i), X509_get_subject_name(ca)) == 0) return true;
  }
  return SSL_CTX_add_client_CA(context, ca) == 1;
}

// Chains end at one of the CAs itself, be it an intermediate, and dates are the ledger's business.
bool AskForClientCertificate(SSL_CTX* context, std::string_view client_cas_pem) {
  const BioPtr pem = OpenText(client_cas_pem);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int cas = 0;
  for (; const X509Ptr ca = NextCertificate(pem.get()); ++cas) {
    // A CA goes on under its name when its key is rotated; clients are told each name once.
    if (X509_STORE_add_cert(store, ca.get()) != 1 || !TellClients(context, ca.get())) return false;
  }
  if (cas == 0) return false;
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  SSL_CTX_set_verify_depth(context, kClientChainDepth);
  SSL_CTX_set_max_cert_list(context, static_cast<long>(limits::kMaxClientChainBytes));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, LetThrough);
  return true;
}

}  // namespace

Result<TlsContext> MakeTlsContext(std::string_view certificate_pem, std::string_view key_pem,
                                  std::string_view client_cas_pem, MayResume may_resume) {
  const TlsContext context = NewContext(std::move(may_resume));
  if (!context) return Refuse(ErrorCode::kUnusable, "TLS cannot be set up.");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), kCiphersOfTls12);
  // What was deciphered is wiped as soon as it is read: tokens and keys are in it.
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);  // one read(2) a record instead of two
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets hold the sessions
  SSL_CTX_set_alpn_select_cb(context.get(), SelectProtocol, nullptr);
  Status used = UseCertificate(context.get(), certificate_pem, key_pem);
  if (used && !client_cas_pem.empty() && !AskForClientCertificate(context.get(), client_cas_pem)) {
    used = Refuse(ErrorCode::kUnusable, "The CAs of client certificates cannot be read.");
  }
  ERR_clear_error();  // the end of a PEM file is an error too
  if (!used) return used.error();
  return context;
}

void TlsStream::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsStream::TlsStream(const TlsContext& context, next_layer_type& socket)
    : socket_(socket), context_(context), ssl_(SSL_new(context.get())) {
  if (ssl_ && SSL_set_fd(ssl_.get(), socket.native_handle()) != 1) ssl_.reset();
  if (ssl_) SSL_set_accept_state(ssl_.get());
}

TlsStream::~TlsStream() = default;

TlsStream::Io TlsStream::IoOf(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return Io::kDone;
    case SSL_ERROR_WANT_READ:
      return Io::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Io::kWantWrite;
    default:
      break;
  }
  ERR_clear_error();
  return Io::kClosed;
}

TlsStream::Io TlsStream::Handshake() {
  if (!ssl_) return Io::kClosed;
  ERR_clear_error();
  return IoOf(SSL_do_handshake(ssl_.get()));
}

TlsStream::Io TlsStream::Read(char* buffer, std::size_t size, std::size_t* read) {
  *read = 0;
  ERR_clear_error();
  return IoOf(SSL_read_ex(ssl_.get(), buffer, size, read) == 1 ? 1 : 0);
}

TlsStream::Io TlsStream::Write(const char* data, std::size_t size, std::size_t* written) {
  *written = 0;
  ERR_clear_error();
  return IoOf(SSL_write_ex(ssl_.get(), data, size, written) == 1 ? 1 : 0);
}

bool TlsStream::HasPending() const { return SSL_has_pending(ssl_.get()) == 1; }

void TlsStream::SendClose() {
  if (!ssl_ || SSL_is_init_finished(ssl_.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

PeerCertificate TlsStream::Peer() const {
  PeerCertificate peer;
  const X509Ptr certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (!certificate) return peer;
  peer.sha256 = Sha256Of(certificate.get());
  peer.trusted = !peer.sha256.empty() && SSL_get_verify_result(ssl_.get()) == X509_V_OK;
  return peer;
}

}  // namespace latchkey::api
