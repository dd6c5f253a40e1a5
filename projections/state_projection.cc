#include "projections/state_projection.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/domain/apply.h"

namespace latchkey::projections {
namespace {

// A row and the first bytes of its key as a number, which decides most comparisons without reading
// keys scattered over memory.
struct Placed {
  std::uint64_t front[2];
  const domain::Rows::value_type* row;

  explicit Placed(const domain::Rows::value_type& placed) : front{}, row(&placed) {
    unsigned char bytes[sizeof front] = {};
    std::memcpy(bytes, placed.first.data(), std::min(sizeof bytes, placed.first.size()));
    for (std::size_t i = 0; i < sizeof bytes; ++i) {
      front[i / 8] = front[i / 8] << 8 | bytes[i];
    }
  }
  bool operator<(const Placed& other) const {
    if (front[0] != other.front[0]) return front[0] < other.front[0];
    if (front[1] != other.front[1]) return front[1] < other.front[1];
    return row->first < other.row->first;
  }
};

// In key order, which is how a memtable takes rows fastest.
void WriteInOrder(const domain::Rows& rows, const StoredRows& stored, rocksdb::WriteBatch* out) {
  std::vector<Placed> sorted;
  sorted.reserve(rows.size());
  for (const auto& row : rows) sorted.emplace_back(row);
  std::sort(sorted.begin(), sorted.end());
  for (const Placed& placed : sorted) {
    const auto& [key, value] = *placed.row;
    Must(value ? out->Put(stored.family, key, *value) : out->Delete(stored.family, key),
         "adding a row");
  }
}

// The rows as of a replay: those of its last step first, then the written ones.
class Replayed final : public domain::StateReader {
 public:
  Replayed(const domain::Rows& last, const StoredRows& stored) : last_(last), stored_(stored) {}
  std::optional<std::string> Get(std::string_view key) const override {
    const auto found = last_.find(key);
    if (found != last_.end()) return found->second;
    if (key != epoch_key_) return stored_.Get(key);
    // Asked for with most events, and missing unless the ledger was restored: looked up once.
    if (!epoch_) epoch_ = stored_.Get(key);
    return *epoch_;
  }

 private:
  const domain::Rows& last_;
  const StoredRows& stored_;
  const std::string epoch_key_ = domain::EpochKey();
  mutable std::optional<std::optional<std::string>> epoch_;
};

}  // namespace

void StateProjection::Apply(const EventBatch& batch, rocksdb::WriteBatch* out) {
  written_ = batch.rows;
  if (batch.rows != nullptr) {
    replayed_ = {};
    return WriteInOrder(*batch.rows, stored_, out);
  }
  // A replay reads most rows once: it bypasses the cache, and nobody else reads at the same time.
  const Replayed before(replayed_, stored_);
  domain::Overlay overlay(before);
  for (const events::Event& event : batch.events) overlay.Add(domain::Apply(overlay, event));
  WriteInOrder(overlay.rows(), stored_, out);
  replayed_ = overlay.TakeRows();
}

void StateProjection::Publish() {
  if (written_ != nullptr) cache_.Update(*written_);
}

std::optional<std::string> StateProjection::Get(std::string_view key) const {
  if (!domain::IsReadOften(key)) return stored_.Get(key);
  return cache_.Get(key, [&] { return stored_.Get(key); });
}

void StateProjection::Compare(const Projection& other, Differences* out) const {
  const auto& that = dynamic_cast<const StateProjection&>(other);
  CompareRows(
      kFamily, stored_, that.stored_, [](std::string_view, std::string_view) { return false; },
      out);
}

void StateProjection::Scan(
    const domain::KeyRange& range,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  const rocksdb::Slice until = ToSlice(range.until);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &until;
  const std::unique_ptr<rocksdb::Iterator> it(stored_.db->NewIterator(options, stored_.family));
  for (it->Seek(ToSlice(range.from)); it->Valid(); it->Next()) {
    if (!visit(ToView(it->key()), ToView(it->value()))) return;
  }
  stored_.Must(it->status(), "reading rows");
}

}  // namespace latchkey::projections
