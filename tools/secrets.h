// The files in DIR/secrets/, which only their owner can read: made once, before the ledger, and
// needed at every start after it.
//
//   master-key      32 bytes as hex; shows registration keys again
//   ca.key, ca.crt  the ledger's CA, unless one is given
//   checkpoint.key  Ed25519, for checkpoints
//   owner-token     the first operator's token; may be moved away once it is safe elsewhere
//
// A file of the same name among systemd's credentials is taken instead.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/crypto/secret.h"
#include "tools/step_hook.h"

namespace latchkey::tools {

inline constexpr std::string_view kOwnerTokenFile = "owner-token";

struct SecretSources {
  std::filesystem::path directory;         // DIR/secrets
  std::filesystem::path credentials{};     // $CREDENTIALS_DIRECTORY; empty: none
  std::filesystem::path ca_certificate{};  // an intermediate given at start, read where it lies
  std::filesystem::path ca_key{};
  bool new_master_key = false;  // the old one is lost: make another
};

struct Secrets {
  crypto::Secret master_key;  // 32 bytes
  crypto::CertificateAuthority::Material ca;
  std::string checkpoint_public_key;
  std::string owner_token_sha256;  // only when the ledger is still to be made
};

// Reads them all. With `create` (the ledger does not exist yet) makes what is missing, each file
// whole and synced before the next, so that a start that was killed goes on where it stopped.
// Refuses with kUnusable for one that is missing, readable by others or damaged, and says which.
Result<Secrets> OpenSecrets(const SecretSources& sources, bool create, Time now, Random& random,
                            const StepHook& step);

}  // namespace latchkey::tools
