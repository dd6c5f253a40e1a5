#include "projections/state_projection.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/domain/decide.h"

namespace latchkey::projections {
namespace {

void Write(const Table& table, const std::string& key, const std::optional<std::string>& value,
           rocksdb::WriteBatch* out) {
  Must(value ? out->Put(table.family, key, *value) : out->Delete(table.family, key),
       "adding a row");
}

// domain::Overlay for the many rows of a replay's step: found by hash, and sorted once at the end.
class HashedOverlay final : public domain::StateReader {
 public:
  HashedOverlay(const domain::StateReader& base, std::size_t events) : base_(base) {
    rows_.reserve(kRowsPerEvent * events);
  }

  std::optional<std::string> Get(std::string_view key) const override {
    const auto found = rows_.find(key);
    return found != rows_.end() ? found->second : base_.Get(key);
  }

  void Add(std::vector<domain::Change> changes) {
    for (domain::Change& change : changes) {
      rows_.insert_or_assign(std::move(change.key), std::move(change.value));
    }
  }

  // In key order, which is how a memtable takes rows fastest.
  void WriteTo(const Table& table, rocksdb::WriteBatch* out) const {
    std::vector<const Rows::value_type*> sorted;
    sorted.reserve(rows_.size());
    for (const auto& row : rows_) sorted.push_back(&row);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    for (const auto* row : sorted) Write(table, row->first, row->second, out);
  }

 private:
  static constexpr std::size_t kRowsPerEvent = 2;  // about as many as a replay has

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  using Rows = std::unordered_map<std::string, std::optional<std::string>, Hash, std::equal_to<>>;

  const domain::StateReader& base_;
  Rows rows_;
};

}  // namespace

void StateProjection::Apply(const Batch& batch, rocksdb::WriteBatch* out) {
  if (batch.rows != nullptr) {
    for (const auto& [key, value] : *batch.rows) Write(table_, key, value, out);
    return;
  }
  HashedOverlay overlay(*this, batch.events.size());
  for (const events::Event& event : batch.events) overlay.Add(domain::Apply(overlay, event));
  overlay.WriteTo(table_, out);
}

void StateProjection::Compare(const Projection& other, Differences* out) const {
  const auto& that = dynamic_cast<const StateProjection&>(other);
  CompareRows(
      kFamily, table_, that.table_, [](std::string_view, std::string_view) { return false; }, out);
}

void StateProjection::Scan(
    const domain::KeyRange& range,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  const rocksdb::Slice until = ToSlice(range.until);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &until;
  const std::unique_ptr<rocksdb::Iterator> it(table_.db->NewIterator(options, table_.family));
  for (it->Seek(ToSlice(range.from)); it->Valid(); it->Next()) {
    if (!visit(ToView(it->key()), ToView(it->value()))) return;
  }
  Must(it->status(), "reading rows");
}

}  // namespace latchkey::projections
