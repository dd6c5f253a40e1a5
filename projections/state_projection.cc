#include "projections/state_projection.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/domain/apply.h"
#include "projections/bulk_rows.h"
#include "projections/sorted_rows.h"

namespace latchkey::projections {
namespace {

// Events whose changes are joined before they become rows in bulk: most events of a gateway come
// close together, and so few stay in the processor's cache.
constexpr std::size_t kBulkStep = 512;

void WriteInOrder(const domain::Rows& rows, const StoredRows& stored, rocksdb::WriteBatch* out) {
  for (const RowChange& row : InKeyOrder(rows)) {
    const rocksdb::Slice key = ToSlice(row.key());
    Must(row.value() ? out->Put(stored.family, key, ToSlice(*row.value()))
                     : out->Delete(stored.family, key),
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

void StateProjection::ApplyInBulk(const EventBatch& batch, BulkRows* out) {
  written_ = nullptr;
  for (std::size_t at = 0; at < batch.events.size(); at += kBulkStep) {
    const auto step = batch.events.subspan(at, std::min(kBulkStep, batch.events.size() - at));
    domain::Overlay overlay(*out);
    for (const events::Event& event : step) overlay.Add(domain::Apply(overlay, event));
    for (const RowChange& row : InKeyOrder(overlay.rows())) out->Put(row.key(), row.value());
  }
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
