#include "projections/row_cache.h"

#include <rocksdb/cache.h>

#include "projections/stored_rows.h"

namespace latchkey::projections {
namespace {

using CachedRow = std::optional<std::string>;

constexpr int kShardBits = 4;
constexpr std::size_t kOverheadBytes =
    128;  // of an entry, in addition to key and value: approximate

void Delete(const rocksdb::Slice&, void* row) { delete static_cast<CachedRow*>(row); }

}  // namespace

RowCache::RowCache(std::size_t bytes) : cache_(rocksdb::NewLRUCache(bytes, kShardBits)) {}

RowCache::Stripe& RowCache::StripeOf(std::string_view key) const {
  return stripes_[std::hash<std::string_view>()(key) % stripes_.size()];
}

std::optional<std::string> RowCache::Get(std::string_view key, const Read& read) const {
  if (rocksdb::Cache::Handle* const handle = cache_->Lookup(ToSlice(key))) {
    CachedRow row = *static_cast<const CachedRow*>(cache_->Value(handle));
    cache_->Release(handle);
    return row;
  }
  Stripe& stripe = StripeOf(key);
  const std::uint64_t before = stripe.updates.load(std::memory_order_acquire);
  CachedRow row = read();
  const std::lock_guard lock(stripe.mutex);
  if (stripe.updates.load(std::memory_order_relaxed) == before) Put(key, row);
  return row;
}

void RowCache::Update(const domain::Rows& rows) {
  for (const auto& [key, value] : rows) {
    if (!domain::IsReadOften(key)) continue;
    Stripe& stripe = StripeOf(key);
    const std::lock_guard lock(stripe.mutex);
    stripe.updates.fetch_add(1, std::memory_order_release);
    if (Has(key)) Put(key, value);
  }
}

bool RowCache::Has(std::string_view key) const {
  rocksdb::Cache::Handle* const handle = cache_->Lookup(ToSlice(key));
  if (handle == nullptr) return false;
  cache_->Release(handle);
  return true;
}

void RowCache::Put(std::string_view key, const std::optional<std::string>& value) const {
  const std::size_t bytes = key.size() + (value ? value->size() : 0) + kOverheadBytes;
  Must(cache_->Insert(ToSlice(key), new CachedRow(value), bytes, Delete), "keeping a row");
}

}  // namespace latchkey::projections
