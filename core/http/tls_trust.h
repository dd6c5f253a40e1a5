// Which server a client trusts, checked within the TLS handshake, before any part of a request is
// sent.
#pragma once

#include <openssl/types.h>

#include <string>
#include <vector>

namespace latchkey {

// At most one of the three; with none, the system's roots. The host name is checked in every case
// except the last, which names one exact certificate.
struct Trust {
  std::string ca_file;        // PEM
  std::string ca_sha256;      // 32 bytes: the chain must lead to this certificate
  std::string server_sha256;  // 32 bytes: the server's own certificate
  std::string besides{};      // PEM file of a CA to be trusted besides the system's roots
};

// Checks one connection after another; outlives them. One thread.
class TrustCheck {
 public:
  explicit TrustCheck(Trust trust) : trust_(std::move(trust)) {}
  const Trust& trust() const { return trust_; }

  // Makes `context` pass every chain that a server presents to this object.
  void Attach(SSL_CTX* context);

  // Why the last chain was not trusted, for a person; empty when it was.
  const std::string& problem() const { return problem_; }
  // Whether the last chain held a certificate of this SHA-256.
  bool Presented(const std::string& sha256) const;

 private:
  static int Verify(X509_STORE_CTX* store, void* self);
  bool Believes(X509_STORE_CTX* store);
  bool BelievesPinnedCa(X509_STORE_CTX* store);

  Trust trust_;
  std::string problem_;
  std::vector<std::string> presented_;  // digests, leaf first
};

// Reads "sha256:HEX", colons between the bytes allowed; empty for any other form.
std::string ParseFingerprint(const std::string& text);

}  // namespace latchkey
