#include "core/etcd/cluster_format.h"

#include <utility>

#include "core/base/big_endian.h"
#include "core/base/check.h"
#include "core/base/hex.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/log/tree.h"

namespace latchkey::etcd {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kFormatBytes = 1;
constexpr std::size_t kNumberBytes = 8;       // sizes, sequences, terms
constexpr std::size_t kCountBytes = 4;        // of the entries of a batch
constexpr std::size_t kEntryLengthBytes = 2;  // ledger_limits::kMaxEntryBytes fits
constexpr std::size_t kNodeLengthBytes = 1;
constexpr std::size_t kKeyLengthBytes = 2;
constexpr std::size_t kBatchFixedBytes = kFormatBytes + kBatchIdBytes + kNumberBytes +
                                         log::kHashBytes + kCountBytes + crypto::kSha256Bytes;
static_assert(ledger_limits::kMaxEntryBytes < 1u << (8 * kEntryLengthBytes));
static_assert(kMaxNodeNameBytes < 1u << (8 * kNodeLengthBytes));

constexpr std::string_view kHeadName = "the head of the ledger in etcd";
constexpr std::string_view kBatchName = "a batch of the ledger in etcd";

std::string HexNumber(std::uint64_t number) {
  std::string bytes;
  PutNumber(number, kNumberBytes, &bytes);
  return text::ToHex(bytes);
}

Error Damaged(std::string_view what) {
  return Refuse(ErrorCode::kUnusable, std::string(what) + " is damaged");
}

// Takes fields from the front of `rest_`; false once there are too few bytes.
class ContentReader {
 public:
  explicit ContentReader(std::string_view content) : rest_(content) {}

  bool Bytes(std::size_t count, std::string_view* out) {
    if (rest_.size() < count) return false;
    *out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return true;
  }
  bool Bytes(std::size_t count, std::string* out) {
    std::string_view bytes;
    if (!Bytes(count, &bytes)) return false;
    *out = bytes;
    return true;
  }
  bool Number(std::size_t width, std::uint64_t* out) {
    std::string_view bytes;
    if (!Bytes(width, &bytes)) return false;
    *out = GetNumber(bytes);
    return true;
  }
  bool ended() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Takes the format, which must be known.
Status TakeFormat(ContentReader* fields, std::string_view what) {
  std::uint64_t format = 0;
  if (!fields->Number(kFormatBytes, &format)) return Damaged(what);
  if (format == kFormat) return {};
  return Refuse(ErrorCode::kUnusable, std::string(what) + " has format " + std::to_string(format) +
                                          ", which only another version of Latchkey knows");
}

std::string Mac(const crypto::Secret& cluster_key, std::string_view key, std::string_view content) {
  std::string covered;
  covered.reserve(kKeyLengthBytes + key.size() + content.size());
  PutNumber(key.size(), kKeyLengthBytes, &covered);
  covered.append(key).append(content);
  return crypto::HmacSha256(cluster_key.view(), covered);
}

std::string WithMac(const crypto::Secret& cluster_key, std::string_view key, std::string content) {
  Check(cluster_key.view().size() == kClusterKeyBytes, "a cluster key has 32 bytes");
  content += Mac(cluster_key, key, content);
  return content;
}

Result<std::string_view> WithoutMac(const crypto::Secret& cluster_key, std::string_view key,
                                    std::string_view value, std::string_view what) {
  Check(cluster_key.view().size() == kClusterKeyBytes, "a cluster key has 32 bytes");
  if (value.size() > crypto::kSha256Bytes) {
    const std::string_view content = value.substr(0, value.size() - crypto::kSha256Bytes);
    if (crypto::ConstantTimeEqual(Mac(cluster_key, key, content), value.substr(content.size()))) {
      return content;
    }
  }
  return Refuse(ErrorCode::kUnusable, std::string(what) + " is damaged, or was written by a node" +
                                          " with another cluster key");
}

}  // namespace

EtcdKeys::EtcdKeys(std::string_view ledger_id, std::string_view epoch) {
  Check(ledger_id.size() == kLedgerIdBytes && epoch.size() == kEpochBytes,
        "a ledger id has 16 bytes, an epoch 10");
  prefix_ = "/latchkey/" + text::ToHex(ledger_id) + '/' + text::ToHex(epoch) + '/';
}

std::string EtcdKeys::Head() const { return prefix_ + "head"; }

std::string EtcdKeys::Batch(std::uint64_t first) const {
  return prefix_ + "batch/" + HexNumber(first);
}

std::string EtcdKeys::BatchesEnd() const { return prefix_ + "batch" + static_cast<char>('/' + 1); }

bool FitsInBatch(std::span<const std::string> entries) {
  std::size_t bytes = kBatchFixedBytes;
  for (const std::string& entry : entries) bytes += kEntryLengthBytes + entry.size();
  return bytes <= kMaxBatchBytes;
}

std::string WriteClusterHead(const ClusterHead& head) {
  Check(head.head.root.size() == log::kHashBytes && head.batch_id.size() == kBatchIdBytes,
        "a root has 32 bytes, a batch id 16");
  Check(!head.node.empty() && head.node.size() <= kMaxNodeNameBytes,
        "the name of a node has 1 to 63 bytes");
  std::string out;
  PutNumber(kFormat, kFormatBytes, &out);
  PutNumber(head.head.size, kNumberBytes, &out);
  out += head.head.root;
  PutNumber(head.term, kNumberBytes, &out);
  out += head.batch_id;
  PutNumber(head.node.size(), kNodeLengthBytes, &out);
  out += head.node;
  return out;
}

Result<ClusterHead> ParseClusterHead(std::string_view content) {
  ContentReader fields(content);
  if (Status known = TakeFormat(&fields, kHeadName); !known) return known.error();
  ClusterHead head;
  std::uint64_t node_bytes = 0;
  const bool whole =
      fields.Number(kNumberBytes, &head.head.size) &&
      fields.Bytes(log::kHashBytes, &head.head.root) && fields.Number(kNumberBytes, &head.term) &&
      fields.Bytes(kBatchIdBytes, &head.batch_id) && fields.Number(kNodeLengthBytes, &node_bytes) &&
      fields.Bytes(node_bytes, &head.node) && fields.ended();
  if (!whole || node_bytes == 0 || node_bytes > kMaxNodeNameBytes) return Damaged(kHeadName);
  return head;
}

std::string WriteClusterBatch(const ClusterBatch& batch) {
  Check(batch.root.size() == log::kHashBytes && batch.id.size() == kBatchIdBytes,
        "a root has 32 bytes, a batch id 16");
  Check(FitsInBatch(batch.entries), "a batch is larger than etcd takes");
  std::string out;
  PutNumber(kFormat, kFormatBytes, &out);
  out += batch.id;
  PutNumber(batch.term, kNumberBytes, &out);
  out += batch.root;
  PutNumber(batch.entries.size(), kCountBytes, &out);
  for (const std::string& entry : batch.entries) {
    PutNumber(entry.size(), kEntryLengthBytes, &out);
    out += entry;
  }
  return out;
}

Result<ClusterBatch> ParseClusterBatch(std::string_view content) {
  ContentReader fields(content);
  if (Status known = TakeFormat(&fields, kBatchName); !known) return known.error();
  ClusterBatch batch;
  std::uint64_t count = 0;
  if (!fields.Bytes(kBatchIdBytes, &batch.id) || !fields.Number(kNumberBytes, &batch.term) ||
      !fields.Bytes(log::kHashBytes, &batch.root) || !fields.Number(kCountBytes, &count) ||
      count == 0) {
    return Damaged(kBatchName);
  }
  for (; count > 0; --count) {  // not reserved by a count that nothing has shown to be true
    std::uint64_t bytes = 0;
    std::string entry;
    if (!fields.Number(kEntryLengthBytes, &bytes) || bytes == 0 || !fields.Bytes(bytes, &entry)) {
      return Damaged(kBatchName);
    }
    batch.entries.push_back(std::move(entry));
  }
  if (!fields.ended() || !FitsInBatch(batch.entries)) return Damaged(kBatchName);
  return batch;
}

std::string EncodeClusterHead(const crypto::Secret& cluster_key, std::string_view key,
                              const ClusterHead& head) {
  return WithMac(cluster_key, key, WriteClusterHead(head));
}

std::string EncodeClusterBatch(const crypto::Secret& cluster_key, std::string_view key,
                               const ClusterBatch& batch) {
  return WithMac(cluster_key, key, WriteClusterBatch(batch));
}

Result<ClusterHead> DecodeClusterHead(const crypto::Secret& cluster_key, std::string_view key,
                                      std::string_view value) {
  const Result<std::string_view> content = WithoutMac(cluster_key, key, value, kHeadName);
  if (!content) return content.error();
  return ParseClusterHead(*content);
}

Result<ClusterBatch> DecodeClusterBatch(const crypto::Secret& cluster_key, std::string_view key,
                                        std::string_view value) {
  const Result<std::string_view> content = WithoutMac(cluster_key, key, value, kBatchName);
  if (!content) return content.error();
  return ParseClusterBatch(*content);
}

}  // namespace latchkey::etcd
