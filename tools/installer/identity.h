// A gateway's identity in the directory that `register` left, and how it verifies its server.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/http/tls_trust.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// What a caller says of the server in place of the directory.
struct ServerChoice {
  std::string url{};  // empty: as in the directory
  std::optional<Trust> trust{};
};

struct Identity {
  std::string id;       // of the attempt that it came from
  bool replaced;        // a registration that is not confirmed yet is to take its place
  bool unused_renewal;  // a renewal that no check-in is known to have used
  std::string gateway;  // gw_…
  std::string name;     // "acme/hq (gw_…)", for a person
  std::string url;      // of the gateway listener
  Trust trust;
  bool trusts_kept_ca;              // the directory says to verify the server by ca.crt
  std::filesystem::path directory;  // of all registrations, absolute
  std::filesystem::path certificate, key;
  std::string certificate_sha256;
  Time not_after;
  std::chrono::seconds check_in;  // the interval as told at the redemption
};

// The identity that the gateway works with: the confirmed one. Reads without a lock, so that
// `register` may work there meanwhile. kTryAgain while the first registration is not confirmed;
// kFailed when there is none or its certificate is damaged; kLedger when the directory cannot be
// trusted.
CliResult<Identity> ReadIdentity(const std::filesystem::path& directory,
                                 const ServerChoice& server);

// The same registration with the other key pairs that the directory keeps: of the certificate
// before this one, or after it. Those that cannot be read are left out.
std::vector<Identity> ReadOtherPairs(const Identity& identity, const ServerChoice& server);

// How later commands verify the server, as registration.json has it in `server_trust`: "ca.crt" or
// "server-ca.crt", the files beside it; "sha256:HEX" of a CA; or "system", the system's roots.
struct KeptTrust {
  std::string text;
  std::string server_ca_pem{};  // the content of server-ca.crt; empty: no such file
};
// `trust` has verified the server, and `presents_ca` says that its chain holds the ledger's CA:
// then ca.crt is enough, and stays right however the rest was given. kFailed when the file of
// `trust` cannot be read.
CliResult<KeptTrust> TrustToKeep(const Trust& trust, bool presents_ca);

}  // namespace latchkey::tools
