// The CAs of a ledger as clients need them (PEM): chains lead from former CAs to the CA in force.
// Pure; thread-safe.
#pragma once

#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/domain/state.pb.h"

namespace latchkey::tools {

// The number of former CAs by which the server can still be verified. Each costs about a kilobyte
// in every full handshake.
inline constexpr int kBridgedCas = 3;

// The certificates to send after a server certificate of the CA in force, so that clients that know
// only a former CA, by its certificate or by its fingerprint, can verify it: the
// cross-certificates, newest first; the CA in which they end; then those in between. The
// cross-certificates must come before the self-signed certificate of the CA in force, or OpenSSL
// does not look for them. Empty before the first rotation, and after one without a
// cross-certificate.
std::string BridgePem(const domain::LedgerRow& ledger);

// Since when a CA has been in force that clients of the one before it cannot verify: they have no
// issuer in common, and no cross-certificate leads from one to the other. Null when there is none,
// or that one had expired: nobody trusts it any more.
std::optional<Time> UnknownCaSince(const domain::LedgerRow& ledger);

// All CAs that were in force before this one, newest first: the gateways' certificates that they
// signed stay valid.
std::string FormerCasPem(const domain::LedgerRow& ledger);

}  // namespace latchkey::tools
