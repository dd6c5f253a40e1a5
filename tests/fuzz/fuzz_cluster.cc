// The head of a ledger and its batches as they are in etcd (core/etcd/cluster_format.h), behind
// their MAC: what a node with the cluster key could have written. The first byte says which of the
// two the rest is.
#include "core/etcd/cluster_format.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void DecodeHead(std::string_view content) {
  const auto head = etcd::ParseClusterHead(content);
  if (!head) return;
  Expect(etcd::WriteClusterHead(*head) == content, "a head has one form");
}

void DecodeBatch(std::string_view content) {
  const auto batch = etcd::ParseClusterBatch(content);
  if (!batch) return;
  Expect(!batch->entries.empty(), "a batch has entries");
  for (const std::string& entry : batch->entries) Expect(!entry.empty(), "an entry has bytes");
  Expect(etcd::WriteClusterBatch(*batch) == content, "a batch has one form");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = latchkey::fuzz::TextOf(data, size);
  if (bytes.empty()) return 0;
  const bool is_head = bytes.front() == 'h';
  bytes.remove_prefix(1);
  if (is_head) {
    latchkey::fuzz::DecodeHead(bytes);
  } else {
    latchkey::fuzz::DecodeBatch(bytes);
  }
  return 0;
}
