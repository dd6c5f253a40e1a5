#include "projections/finished_requests.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/base/limits.h"
#include "events/codec.h"

namespace latchkey::projections {
namespace {

constexpr std::int64_t kKeptMicros = Micros(ledger_limits::kFinishedRequestsKept).count();
// At most this many old rows are dropped per event: more than an event adds, so that they become
// fewer.
constexpr std::size_t kDroppedPerEvent = 4;
constexpr std::size_t kNumberBytes = 8;

struct RequestRow {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::int64_t time_us = 0;
  std::string request_sha256;
};

std::string RequestKey(std::string_view key_sha256) { return "k" + std::string(key_sha256); }

std::string TimeKey(std::int64_t time_us, std::string_view key_sha256) {
  std::string key = "t";
  PutNumber(static_cast<std::uint64_t>(time_us), kNumberBytes, &key);
  key += key_sha256;
  return key;
}

std::int64_t TimeOf(std::string_view time_key) {
  return static_cast<std::int64_t>(GetNumber(time_key.substr(1, kNumberBytes)));
}

std::string Encode(const RequestRow& row) {
  std::string bytes;
  PutNumber(row.first, kNumberBytes, &bytes);
  PutNumber(row.last, kNumberBytes, &bytes);
  PutNumber(static_cast<std::uint64_t>(row.time_us), kNumberBytes, &bytes);
  return bytes += row.request_sha256;
}

std::optional<RequestRow> DecodeRequest(std::string_view bytes) {
  if (bytes.size() < 3 * kNumberBytes) return std::nullopt;
  RequestRow row;
  row.first = GetNumber(bytes.substr(0, kNumberBytes));
  row.last = GetNumber(bytes.substr(kNumberBytes, kNumberBytes));
  row.time_us = static_cast<std::int64_t>(GetNumber(bytes.substr(2 * kNumberBytes, kNumberBytes)));
  row.request_sha256 = bytes.substr(3 * kNumberBytes);
  return row;
}

std::optional<RequestRow> Read(const StoredRows& stored, std::string_view key_sha256) {
  const std::optional<std::string> bytes = stored.Get(RequestKey(key_sha256));
  if (!bytes) return std::nullopt;
  std::optional<RequestRow> row = DecodeRequest(*bytes);
  if (!row) stored.Stop("reading a finished request", "the row is too short");
  return row;
}

// Whether the event belongs to the request of this row: a request's events are consecutive. Another
// request may use the same key after 24 hours.
bool Continues(const RequestRow& row, const events::Event& event) {
  return row.last + 1 == event.sequence() &&
         row.request_sha256 == event.idempotency().request_sha256() &&
         row.time_us >= event.time_us() - kKeptMicros;
}

}  // namespace

Status FinishedRequests::Load(std::uint64_t size) {
  last_us_ = front_us_ = 0;
  if (size == 0) return {};
  const Result<events::Event> last = log_.Read(size - 1).and_then(events::Decode);
  if (!last) return last.error();
  last_us_ = last->time_us();
  return {};
}

void FinishedRequests::Apply(const EventBatch& batch, rocksdb::WriteBatch* out) {
  if (batch.events.empty()) return;
  last_us_ = batch.events.back().time_us();
  // First, so that a key used again in this batch is added again below.
  DropOld(kDroppedPerEvent * batch.events.size(), out);

  std::map<std::string, RequestRow, std::less<>> changed;
  for (const events::Event& event : batch.events) {
    if (!event.has_idempotency()) continue;
    const std::string& key = event.idempotency().key_sha256();
    const auto pending = changed.find(key);
    const std::optional<RequestRow> before =
        pending != changed.end() ? pending->second : Read(stored_, key);
    RequestRow row{event.sequence(), event.sequence(), event.time_us(),
                   event.idempotency().request_sha256()};
    if (before) {
      if (Continues(*before, event)) row.first = before->first;
      Must(out->Delete(stored_.family, TimeKey(before->time_us, key)), "adding a row");
    }
    Must(out->Put(stored_.family, TimeKey(row.time_us, key), ""), "adding a row");
    front_us_ = std::min(front_us_, row.time_us);
    changed.insert_or_assign(key, std::move(row));
  }
  for (const auto& [key, row] : changed) {
    Must(out->Put(stored_.family, RequestKey(key), Encode(row)), "adding a row");
  }
}

// Looks only at rows of earlier batches, and continues where it stopped the last time, so that it
// never scans over tombstones of rows it has dropped.
void FinishedRequests::DropOld(std::size_t limit, rocksdb::WriteBatch* out) {
  const std::int64_t keep_from = last_us_ - kKeptMicros;
  if (front_us_ >= keep_from) return;
  const std::string from = TimeKey(front_us_, "");
  front_us_ = keep_from;
  stored_.Walk(from, [&](std::string_view key, std::string_view) {
    const std::int64_t time_us = TimeOf(key);
    if (time_us >= keep_from) return false;
    if (limit-- == 0) {
      front_us_ = time_us;
      return false;
    }
    Must(out->Delete(stored_.family, ToSlice(key)), "dropping a row");
    Must(out->Delete(stored_.family, RequestKey(key.substr(1 + kNumberBytes))), "dropping a row");
    return true;
  });
}

void FinishedRequests::Compare(const Projection& other, Differences* out) const {
  const auto& that = dynamic_cast<const FinishedRequests&>(other);
  const std::int64_t keep_from = last_us_ - kKeptMicros;
  const auto old = [&](std::string_view key, std::string_view value) {
    if (key.front() == 't') return TimeOf(key) < keep_from;
    const std::optional<RequestRow> row = DecodeRequest(value);
    return row && row->time_us < keep_from;
  };
  CompareRows(kFamily, stored_, that.stored_, old, out);
}

std::optional<FinishedRequest> FinishedRequests::Find(std::string_view key_sha256,
                                                      Time since) const {
  const std::optional<RequestRow> row = Read(stored_, key_sha256);
  if (!row || row->time_us < ToMicros(since)) return std::nullopt;
  return FinishedRequest{row->request_sha256, row->first, row->last};
}

}  // namespace latchkey::projections
