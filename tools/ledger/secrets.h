// The secrets of a ledger: created once, before the ledger, and needed at every later start.
//
//   master-key      32 bytes as hex; shows registration keys again
//   master-key.ID   earlier ones, kept while an active key was issued under them
//   ca.key, ca.crt  the ledger's CA, unless one is given
//   checkpoint.key  Ed25519, for checkpoints
//   owner-token     the first operator's token; may be moved away once it is safe elsewhere
//
// Where they are stored: tools/ledger/secret_files.h. How they are replaced:
// tools/ledger/rotation.h.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/secret.h"
#include "tools/ledger/secret_files.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

struct SecretSources {
  std::filesystem::path directory;      // DIR/secrets
  std::filesystem::path credentials{};  // $CREDENTIALS_DIRECTORY; empty: none
  std::filesystem::path
      ca_certificate{};  // an intermediate given at start, read from its own files
  std::filesystem::path ca_key{};
  bool new_master_key = false;  // the old one is lost: create another
  bool ca_key_lost = false;     // leave out the CA; refused when its key is there
  // SHA-256 of the CA in force and of former CAs, from the ledger; empty before the ledger exists.
  std::string ca_in_force{};
  std::vector<std::string> former_cas{};
};

struct Secrets {
  crypto::Secret master_key;  // 32 bytes
  std::vector<crypto::Secret> earlier_master_keys;
  crypto::CertificateAuthority::Material ca;
  std::optional<crypto::Ed25519Signer> checkpoint_signer;  // set when they have been read
  std::string owner_token_sha256;  // only when the ledger is still to be made
  std::vector<std::string> notes;  // messages for their owner
};

// Reads all secrets. With `create` (the ledger does not exist yet) creates missing ones, each file
// complete and synced before the next, so that a killed start continues where it stopped. A killed
// rotation is completed, or undone if the ledger does not have it. Refuses with kUnusable a secret
// that is missing, readable by others or damaged, and says which.
Result<Secrets> OpenSecrets(const SecretSources& sources, bool create, Time now, Random& random,
                            const StepHook& step);

// An intermediate CA from the files that --ca-cert and --ca-key name. kUnusable.
Result<crypto::CertificateAuthority::Material> ReadGivenCa(const std::filesystem::path& certificate,
                                                           const std::filesystem::path& key);

// A CA of the ledger's own with a fresh name.
crypto::CertificateAuthority::Material MakeCa(Time now, Random& random);

// The bytes of a master key from its file; null when the file does not hold one.
std::optional<crypto::Secret> ParseMasterKey(std::string_view file);

// 32 new random bytes, written as master-key. kIo.
Result<crypto::Secret> MakeMasterKey(const SecretFiles& files, Random& random);

// Makes the files of the CA match the ledger: puts the next CA in place once it is in force and
// destroys the previous key; destroys a next CA that never came into force, and any former CA of
// the ledger's own. Can be killed and called again at any point.
Status SettleCa(const SecretFiles& files, std::string_view ca_in_force,
                const std::vector<std::string>& former_cas, const StepHook& step);

}  // namespace latchkey::tools
