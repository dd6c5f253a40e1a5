#include "projections/state_projection.h"

#include "core/domain/decide.h"

namespace latchkey::projections {
namespace {

void Write(const Table& table, const Rows& rows, rocksdb::WriteBatch* out) {
  for (const auto& [key, value] : rows) {
    Must(value ? out->Put(table.family, key, *value) : out->Delete(table.family, key),
         "adding a row");
  }
}

}  // namespace

void StateProjection::Apply(const Batch& batch, rocksdb::WriteBatch* out) {
  if (batch.rows != nullptr) {
    Write(table_, *batch.rows, out);
    return;
  }
  domain::Overlay overlay(*this);
  for (const events::Event& event : batch.events) overlay.Add(domain::Apply(overlay, event));
  Write(table_, overlay.rows(), out);
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
