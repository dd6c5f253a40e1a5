// Rotating the master key and the CA of a ledger that this process has opened and nobody serves.
// Every step is durable before the next. Killed anywhere, the ledger can be served as it is, and
// the next start, or the next rotation, brings what was begun to its end or takes it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/crypto/certificates.h"
#include "tools/ledger/ledger.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct MasterKeyRotation {
  std::string id{};               // of the new one, hex
  std::string previous_id{};      // hex
  std::uint64_t active_keys = 0;  // issued under any earlier one, and so still in need of it
  std::uint64_t lost_keys = 0;    // active, under one that is not at hand: not to be shown
};

// Another master key for the keys to be issued from now on; the one before it is kept beside for as
// long as an active key was issued under it. `ledger` still knows the old one: close it. Refuses
// with kUnusable when the master key is not ours to write, or not this ledger's.
Result<MasterKeyRotation> RotateMasterKey(Ledger& ledger, const StepHook& step = {});

struct NextCa {
  // The one to put in force, read where it lies; nothing: one is made in DIR/secrets/.
  std::optional<crypto::CertificateAuthority::Material> given{};
  // Go on although those who know only the CA in force will not be able to verify the server.
  bool without_transition = false;
};

struct CaRotation {
  std::string sha256;  // of the new CA, 32 bytes
  std::string previous_sha256;
  bool cross_signed;  // else both have an issuer in common, or nobody asked for a transition
  bool expired;       // the one before, so that nothing leads over it
};

// Another CA from now on, recorded in the ledger and signed by the one before, whose key is then
// destroyed when it lies in DIR/secrets/. `ledger` still knows the old one: close it. Refuses with
// kUnusable when the CA in force is not ours to write, the new one is no CA or has expired, or no
// path leads to it from the one in force; kIo.
Result<CaRotation> RotateCa(Ledger& ledger, NextCa next, const StepHook& step = {});

}  // namespace latchkey::tools
