#include "tools/backup/confidential.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "core/base/big_endian.h"
#include "core/crypto/aead.h"
#include "core/crypto/wiping.h"

namespace latchkey::tools {
namespace {

// Header: magic, log2 n, r, p, salt, nonce. All of it is authenticated.
constexpr std::string_view kMagic = "latchkey/confidential/v1\n";
constexpr std::size_t kCostBytes = 4;
constexpr std::size_t kScryptSaltBytes = 16;
constexpr std::size_t kHeaderBytes =
    kMagic.size() + 1 + 2 * kCostBytes + kScryptSaltBytes + crypto::kAeadNonceBytes;
// What a file may ask of the machine that opens it.
constexpr std::uint8_t kMaxLog2N = 20;
constexpr std::uint32_t kMaxR = 8;
constexpr std::uint32_t kMaxP = 4;

// Items: kind, length of the name, name, length of the value, value.
enum Kind : char { kSecret = 1, kSubject = 2 };
constexpr std::size_t kNameLengthBytes = 2;
constexpr std::size_t kValueLengthBytes = 4;
constexpr std::size_t kMaxNameBytes = 255;

// Of all secrets only these, and earlier master keys. The owner token and the checkpoint key are
// made again by a restore. A rotation that was killed may have left the CA in force under its next
// name; the first opening of the restored ledger finishes that.
constexpr std::string_view kKept[] = {kMasterKeyFile, kCaKeyFile, kCaCertificateFile,
                                      kNextCaKeyFile, kNextCaCertificateFile};
bool IsKept(std::string_view name) {
  return name.starts_with(kEarlierMasterKeyPrefix) ||
         std::find(std::begin(kKept), std::end(kKept), name) != std::end(kKept);
}

void PutItem(Kind kind, std::string_view name, std::string_view value, std::string* out) {
  std::string head(1, kind);
  PutNumber(name.size(), kNameLengthBytes, &head);
  head.append(name);
  PutNumber(value.size(), kValueLengthBytes, &head);
  crypto::AppendWiping(out, head);
  crypto::AppendWiping(out, value);
}

std::optional<std::string_view> Take(std::size_t bytes, std::string_view* from) {
  if (from->size() < bytes) return std::nullopt;
  const std::string_view front = from->substr(0, bytes);
  from->remove_prefix(bytes);
  return front;
}

// What stands behind its length.
std::optional<std::string_view> TakeCounted(std::size_t length_bytes, std::string_view* from) {
  const auto length = Take(length_bytes, from);
  if (!length) return std::nullopt;
  return Take(GetNumber(*length), from);
}

Error UnusableConfidential(const std::string& why) {
  return Refuse(ErrorCode::kUnusable, "The file confidential of the backup " + why);
}

// An authentic file in another form is of another version.
Result<Confidential> ParseItems(std::string_view items) {
  Confidential part;
  while (!items.empty()) {
    const char kind = items.front();
    items.remove_prefix(1);
    const auto name = TakeCounted(kNameLengthBytes, &items);
    const auto value = name ? TakeCounted(kValueLengthBytes, &items) : std::nullopt;
    if (!value || name->size() > kMaxNameBytes) return UnusableConfidential("is malformed.");
    if (kind == kSubject) {
      part.subjects.push_back({std::string(*name), crypto::Secret(std::string(*value))});
    } else if (kind == kSecret && IsKept(*name) && name->find('/') == std::string_view::npos) {
      part.secrets.emplace(*name, crypto::Secret(std::string(*value)));
    } else {
      return UnusableConfidential("holds something that this version does not know.");
    }
  }
  return part;
}

struct Header {
  crypto::ScryptCost cost;
  std::string_view salt;
  std::string_view nonce;
};

std::optional<Header> ParseHeader(std::string_view header) {
  if (header.size() != kHeaderBytes || !header.starts_with(kMagic)) return std::nullopt;
  header.remove_prefix(kMagic.size());
  Header parsed{};
  parsed.cost.log2_n = static_cast<std::uint8_t>(GetNumber(*Take(1, &header)));
  parsed.cost.r = static_cast<std::uint32_t>(GetNumber(*Take(kCostBytes, &header)));
  parsed.cost.p = static_cast<std::uint32_t>(GetNumber(*Take(kCostBytes, &header)));
  parsed.salt = *Take(kScryptSaltBytes, &header);
  parsed.nonce = header;
  const bool bearable = parsed.cost.log2_n >= 1 && parsed.cost.log2_n <= kMaxLog2N &&
                        parsed.cost.r >= 1 && parsed.cost.r <= kMaxR && parsed.cost.p >= 1 &&
                        parsed.cost.p <= kMaxP;
  if (!bearable) return std::nullopt;
  return parsed;
}

}  // namespace

bool Confidential::HasCa() const {
  return (secrets.contains(kCaKeyFile) || secrets.contains(kNextCaKeyFile)) &&
         secrets.contains(kCaCertificateFile);
}

Result<Confidential> GatherConfidential(const SecretFiles& files,
                                        const std::filesystem::path& subjects,
                                        const rocks::Resources& resources) {
  Confidential part;
  std::vector<std::string> names = files.NamesWith(kEarlierMasterKeyPrefix);
  names.insert(names.end(), std::begin(kKept), std::end(kKept));
  for (const std::string& name : names) {
    auto secret = files.Read(name);
    if (!secret) return secret.error();
    if (*secret) part.secrets.emplace(name, **std::move(secret));
  }
  if (!std::filesystem::exists(subjects)) return part;
  const auto opened = Subjects::Open(subjects, resources, Subjects::Access::kRead);
  if (!opened) return opened.error();
  const Status visited = (*opened)->Visit([&](std::string_view name, std::string_view value) {
    part.subjects.push_back({std::string(name), crypto::Secret(std::string(value))});
  });
  if (!visited) return visited.error();
  return part;
}

std::string SealConfidential(const Confidential& part, std::string_view passphrase,
                             crypto::ScryptCost cost, Random& random) {
  std::string items;
  const crypto::WipeAtEnd wipe(&items);
  for (const auto& [name, value] : part.secrets) PutItem(kSecret, name, value.view(), &items);
  for (const Subjects::Row& row : part.subjects) {
    PutItem(kSubject, row.name, row.value.view(), &items);
  }
  std::string sealed(kMagic);
  sealed.push_back(static_cast<char>(cost.log2_n));
  PutNumber(cost.r, kCostBytes, &sealed);
  PutNumber(cost.p, kCostBytes, &sealed);
  const std::string salt = random.Bytes(kScryptSaltBytes);
  const std::string nonce = random.Bytes(crypto::kAeadNonceBytes);
  sealed.append(salt).append(nonce);
  const crypto::Secret key = crypto::KeyFromPassphrase(passphrase, salt, cost);
  return sealed + crypto::AeadSeal(key.view(), nonce, sealed, items);
}

Result<Confidential> OpenConfidential(std::string_view sealed, std::string_view passphrase) {
  const std::string_view header = sealed.substr(0, kHeaderBytes);
  const auto parsed = ParseHeader(header);
  if (!parsed)
    return UnusableConfidential("is damaged, or of a version that this one does not know.");
  const crypto::Secret key = crypto::KeyFromPassphrase(passphrase, parsed->salt, parsed->cost);
  auto items = crypto::AeadOpen(key.view(), parsed->nonce, header, sealed.substr(kHeaderBytes));
  if (!items)
    return UnusableConfidential("does not open: the passphrase is wrong, or the file is damaged.");
  const crypto::WipeAtEnd wipe(&*items);
  return ParseItems(*items);
}

}  // namespace latchkey::tools
