#include "projections/bulk_rows.h"

#include <algorithm>
#include <utility>

#include "core/rocks/counts.h"

namespace latchkey::projections {
namespace {

constexpr std::size_t kMaxMissing = 1'024;

std::optional<std::string> Copy(const std::optional<std::string_view>& value) {
  if (!value) return std::nullopt;
  return std::string(*value);
}

}  // namespace

BulkRows::BulkRows(const Store& store, std::string family, std::size_t run_bytes, AsksFor asks_for)
    : store_(store),
      family_(std::move(family)),
      run_bytes_(run_bytes),
      asks_for_(asks_for),
      stored_(store.At(family_)),
      tables_(store.TablesOf(family_)),
      gathered_(std::make_unique<Run>()),
      written_(std::make_unique<Run>()) {
  if (const Status begun = tables_.Begin(); !begun) store_.Stop("building rows", begun.error());
}

BulkRows::~BulkRows() {
  if (writer_.valid()) writer_.wait();
}

std::string_view BulkRows::Keep(std::string_view bytes, Run* run) {
  auto* const kept = static_cast<char*>(run->memory.allocate(bytes.size() + 1, 1));
  std::copy(bytes.begin(), bytes.end(), kept);
  return {kept, bytes.size()};
}

void BulkRows::Put(std::string_view key, std::optional<std::string_view> value) {
  Run& run = *gathered_;
  const std::string_view kept = Keep(key, &run);
  if (value) value = Keep(*value, &run);
  run.changes[kept.front()].emplace_back(kept, value, ++run.count);
  run.bytes += kept.size() + (value ? value->size() : 0) + sizeof(RowChange);
  if (asks_for_(kept)) run.index.insert_or_assign(kept, value);
}

std::optional<std::string> BulkRows::Get(std::string_view key) const {
  for (const Run* run : {gathered_.get(), written_.get()}) {
    if (const auto found = run->index.find(key); found != run->index.end()) {
      return Copy(found->second);
    }
  }
  if (missing_.contains(key)) return std::nullopt;
  looked_up_.insert(key.front());
  std::optional<std::string> row = stored_.Get(key);
  if (!row && missing_.size() < kMaxMissing) missing_.emplace(key);
  return row;
}

void BulkRows::Wait() {
  if (writer_.valid()) writer_.get();
}

void BulkRows::Write(const StoredPosition& position) {
  Wait();
  std::unique_ptr<Run> before =
      std::exchange(written_, std::exchange(gathered_, std::make_unique<Run>()));
  gathered_->index.reserve(written_->index.size());
  missing_.clear();
  writer_ = std::async(std::launch::async,
                       [this, before = std::move(before), looked_up = std::exchange(looked_up_, {}),
                        at = Encode(position)]() mutable {
                         rocks::CountNothing();
                         before.reset();  // here, because it takes a while
                         for (auto& [first, changes] : written_->changes) Sort(&changes);
                         Status done = tables_.Add(written_->changes, family_, at);
                         if (done) done = tables_.MergeMany(looked_up);
                         if (!done) store_.Stop("writing", done.error());
                       });
}

void BulkRows::Finish() {
  Wait();
  if (const Status done = tables_.Finish(); !done) store_.Stop("writing", done.error());
}

}  // namespace latchkey::projections
