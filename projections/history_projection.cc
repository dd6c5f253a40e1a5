#include "projections/history_projection.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "core/crypto/random.h"
#include "events/codec.h"
#include "projections/bulk_rows.h"

namespace latchkey::projections {
namespace {

constexpr std::size_t kAddressKeyBytes = 32;

}  // namespace

HistoryProjection::HistoryProjection(const StoredRows& stored, const Sources& sources)
    : stored_(stored),
      log_(sources.log),
      subjects_(sources.subjects),
      segment_events_(sources.segment_events) {}

HistoryProjection::~HistoryProjection() = default;

Status HistoryProjection::Load(std::uint64_t size) {
  std::optional<std::string> key = stored_.Get(kMetaKey);
  if (!key && size != 0) stored_.Stop("opening the history", "the key of its addresses is missing");
  if (!key) {
    key = crypto::SystemRandom().Bytes(kAddressKeyBytes);
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    // A database opened only to read may have no event yet, and does not need one.
    if (!stored_.read_only) {
      Must(stored_.db->Put(options, stored_.family, kMetaKey, *key), "adding a row");
    }
  }
  actors_ = std::make_unique<ActorTerms>(std::move(*key), subjects_);

  const std::uint64_t segment = size / segment_events_;
  Postings postings;
  events::Event event;
  Status decoded;
  const Status scanned = log_.Scan(segment * segment_events_, size,
                                   [&](std::uint64_t sequence, std::string_view bytes) {
                                     decoded = events::DecodeInto(bytes, &event);
                                     if (decoded) Add(event, sequence, &postings);
                                     return decoded.has_value();
                                   });
  if (!scanned) return scanned;
  if (!decoded) return decoded;
  const std::unique_lock lock(mutex_);
  open_.clear();
  if (!postings.empty()) open_.emplace(segment, std::move(postings));
  return {};
}

void HistoryProjection::Add(const events::Event& event, std::uint64_t sequence,
                            Postings* postings) const {
  const auto offset = static_cast<std::uint16_t>(sequence % segment_events_);
  const auto add = [&](std::string_view term) {
    auto found = postings->find(term);
    if (found == postings->end()) found = postings->emplace(term, Offsets()).first;
    found->second.push_back(offset);
  };
  add(TypeTerm(event.fact_case()));
  if (!event.account().empty()) add(AccountTerm(event.account()));
  if (event.gateway() != 0) add(GatewayTerm(event.gateway()));
  if (const auto actor = actors_->Of(event)) add(*actor);
}

template <typename Complete>
void HistoryProjection::Gather(const EventBatch& batch, Complete complete) {
  // Segment by segment: the lists of each part are made without the lock, so that readers wait only
  // for the merge.
  for (std::uint64_t at = batch.first_sequence; at < batch.end();) {
    const std::uint64_t segment = at / segment_events_;
    const std::uint64_t until = std::min(batch.end(), (segment + 1) * segment_events_);
    Postings added;
    for (; at < until; ++at) Add(batch.events[at - batch.first_sequence], at, &added);

    const std::unique_lock lock(mutex_);
    Postings& postings = open_[segment];
    postings.merge(added);  // keeps existing ones
    for (const auto& [term, offsets] : added) {
      Offsets& all = postings.at(term);
      all.insert(all.end(), offsets.begin(), offsets.end());
    }
    if (until == (segment + 1) * segment_events_) {
      complete(segment, postings);
      written_ = segment + 1;
    }
  }
}

void HistoryProjection::Apply(const EventBatch& batch, rocksdb::WriteBatch* out) {
  Gather(batch,
         [&](std::uint64_t segment, const Postings& postings) { Write(segment, postings, out); });
}

void HistoryProjection::ApplyInBulk(const EventBatch& batch, BulkRows* out) {
  Gather(batch, [&](std::uint64_t segment, const Postings& postings) {
    for (const auto& [term, offsets] : postings) {
      out->Put(SegmentKey(term, segment), EncodeOffsets(offsets));
    }
  });
}

// In key order, which is how a memtable takes rows fastest.
void HistoryProjection::Write(std::uint64_t segment, const Postings& postings,
                              rocksdb::WriteBatch* out) const {
  std::vector<const Postings::value_type*> sorted;
  sorted.reserve(postings.size());
  for (const auto& posting : postings) sorted.push_back(&posting);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* posting : sorted) {
    Must(out->Put(stored_.family, SegmentKey(posting->first, segment),
                  EncodeOffsets(posting->second)),
         "adding a row");
  }
}

void HistoryProjection::Publish() {
  const std::unique_lock lock(mutex_);
  open_.erase(open_.begin(), open_.lower_bound(written_));
}

HistoryProjection::OpenLists HistoryProjection::Open(std::string_view term) const {
  const std::shared_lock lock(mutex_);
  OpenLists lists;
  for (const auto& [segment, postings] : open_) {
    const auto found = postings.find(term);
    if (found != postings.end()) lists.emplace(segment, found->second);
  }
  return lists;
}

}  // namespace latchkey::projections
