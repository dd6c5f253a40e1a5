// Rotating the master key and the CA of a ledger that this process has opened and nobody serves.
// Every step is durable before the next. If it is killed at any point, the ledger can be served as
// it is, and the next start or rotation completes what was begun or undoes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "tools/ledger/ledger.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct MasterKeyRotation {
  std::string id{};               // id of the new master key, hex
  std::string previous_id{};      // hex
  std::uint64_t active_keys = 0;  // keys issued under earlier master keys, which they still need
  std::uint64_t lost_keys = 0;    // active keys whose master key is missing: they cannot be shown
};

// Creates another master key for new keys; the previous one is kept while an active key was issued
// under it. `ledger` still uses the old one: close it. Refuses with kUnusable when the master key
// is not ours to write, or not this ledger's.
Result<MasterKeyRotation> RotateMasterKey(Ledger& ledger, const StepHook& step = {});

struct NextCa {
  // The CA to put in force, read from its own files; null: one is created in DIR/secrets/.
  std::optional<crypto::CertificateAuthority::Material> given{};
  // Continue although clients that know only the CA in force will not be able to verify the server.
  bool without_transition = false;
  // The ledger was opened without its CA, whose key is lost. The server goes on presenting its
  // certificate of that CA until it ends, so that gateways can be told the new one.
  bool key_lost = false;
};

struct CaRotation {
  std::string sha256;  // of the new CA, 32 bytes
  std::string previous_sha256;
  bool cross_signed;  // otherwise both have a common issuer, or no transition was wanted
  bool expired;       // the previous CA, so that no chain leads through it
  // With key_lost: until when the server can be verified by the previous CA; null: no longer.
  std::optional<Time> server_until{};
};

// Puts another CA in force, recorded in the ledger and signed by the previous one, whose key is
// then destroyed if it is in DIR/secrets/. `ledger` still uses the old one: close it. Refuses with
// kUnusable when the CA in force cannot be written by us, the new one is not a CA or has expired,
// or no chain leads to it from the CA in force; kIo.
Result<CaRotation> RotateCa(Ledger& ledger, NextCa next, const StepHook& step = {});

}  // namespace latchkey::tools
