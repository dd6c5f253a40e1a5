// The confidential part of a backup: the secrets of a ledger and its sealing keys, in one file that
// only a passphrase opens. It serves every backup in its directory, because a ledger's later keys
// are a superset of the earlier ones, unless one was erased on purpose. docs/backup_format.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/crypto/passphrase.h"
#include "core/crypto/secret.h"
#include "core/rocks/rocks.h"
#include "core/subjects/subjects.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {

struct Confidential {
  std::map<std::string, crypto::Secret, std::less<>> secrets{};  // by the names of their files
  std::vector<Subjects::Row> subjects{};

  bool HasCa() const;
};

inline constexpr std::size_t kMaxConfidentialBytes = 256u << 20;
// 128 MiB of memory, and about half a second.
inline constexpr crypto::ScryptCost kPassphraseCost{17, 8, 1};

// Reads the secrets that a restore can use, and the sealing keys in `subjects`, beside a server
// that makes more. Secrets that are not there are left out, and so are sealing keys that are not
// there. kUnusable, kIo.
Result<Confidential> GatherConfidential(const SecretFiles& files,
                                        const std::filesystem::path& subjects,
                                        const rocks::Resources& resources);

std::string SealConfidential(const Confidential& part, std::string_view passphrase,
                             crypto::ScryptCost cost, Random& random);
// kUnusable when the passphrase is wrong or the bytes are damaged, which cannot be told apart, and
// for bytes that are something else.
Result<Confidential> OpenConfidential(std::string_view sealed, std::string_view passphrase);

}  // namespace latchkey::tools
