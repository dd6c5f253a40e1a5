// How the history is searched: lists of the terms asked for, intersected segment by segment.
#include <algorithm>
#include <bit>

#include "events/codec.h"
#include "projections/history_projection.h"

namespace latchkey::projections {
namespace {

// The offsets of one segment as bits.
class Bitmap {
 public:
  explicit Bitmap(std::uint64_t bits) : words_((bits + kWordBits - 1) / kWordBits) {}
  void Set(std::uint64_t bit) { words_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits); }
  void And(const Bitmap& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }
  // The bits that are set, ascending.
  Offsets Bits() const {
    Offsets bits;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        bits.push_back(static_cast<std::uint16_t>(i * kWordBits + std::countr_zero(word)));
      }
    }
    return bits;
  }

 private:
  static constexpr std::uint64_t kWordBits = 64;
  std::vector<std::uint64_t> words_;
};

// The segments in which one term occurs, walked in one direction: rows, and lists still in memory
// (which come after all rows).
class TermCursor {
 public:
  TermCursor(const StoredRows& stored, std::string term, std::map<std::uint64_t, Offsets> open,
             bool newest_first)
      : stored_(stored),
        term_(std::move(term)),
        open_(std::move(open)),
        newest_first_(newest_first),
        it_(stored.Iterate()) {}

  // The segment nearest to `from`, including it, that has the term.
  std::optional<std::uint64_t> Seek(std::uint64_t from) {
    const bool stands = at_ && (newest_first_ ? *at_ <= from : *at_ >= from);
    if (!stands && !ended_) {
      at_ = newest_first_ ? SeekDown(from) : SeekUp(from);
      ended_ = !at_;
    }
    return at_;
  }

  // Sets the bits of the term's events in the segment where Seek found it.
  void AddTo(Bitmap* bits) const {
    const auto open = open_.find(*at_);
    if (open != open_.end()) return Set(open->second, bits);
    const std::optional<Offsets> offsets = DecodeOffsets(ToView(it_->value()));
    if (!offsets) stored_.Stop("reading the history", "a list of events cannot be read");
    Set(*offsets, bits);
  }

 private:
  static void Set(const Offsets& offsets, Bitmap* bits) {
    for (const std::uint16_t offset : offsets) bits->Set(offset);
  }

  std::optional<std::uint64_t> Row() const {
    stored_.Must(it_->status(), "reading the history");
    if (!it_->Valid() || TermOf(ToView(it_->key())) != term_) return std::nullopt;
    return SegmentOf(ToView(it_->key()));
  }

  std::optional<std::uint64_t> SeekUp(std::uint64_t from) {
    const auto open = open_.lower_bound(from);
    if (open == open_.end() || open->first != from) {
      it_->Seek(SegmentKey(term_, from));
      if (const auto row = Row()) return row;
    }
    if (open == open_.end()) return std::nullopt;
    return open->first;
  }

  std::optional<std::uint64_t> SeekDown(std::uint64_t from) {
    const auto beyond = open_.upper_bound(from);
    if (beyond != open_.begin()) return std::prev(beyond)->first;
    it_->SeekForPrev(SegmentKey(term_, from));
    return Row();
  }

  StoredRows stored_;
  std::string term_;
  std::map<std::uint64_t, Offsets> open_;
  bool newest_first_;
  std::unique_ptr<rocksdb::Iterator> it_;
  std::optional<std::uint64_t> at_;
  bool ended_ = false;
};

// One condition: any of its terms.
class Condition {
 public:
  void Add(TermCursor cursor) { cursors_.push_back(std::move(cursor)); }

  std::optional<std::uint64_t> Seek(std::uint64_t from, bool newest_first) {
    std::optional<std::uint64_t> nearest;
    for (TermCursor& cursor : cursors_) {
      const std::optional<std::uint64_t> at = cursor.Seek(from);
      if (at && (!nearest || (newest_first ? *at > *nearest : *at < *nearest))) nearest = at;
    }
    return nearest;
  }

  Bitmap In(std::uint64_t segment, std::uint64_t segment_events) {
    Bitmap bits(segment_events);
    for (TermCursor& cursor : cursors_) {
      if (cursor.Seek(segment) == segment) cursor.AddTo(&bits);
    }
    return bits;
  }

 private:
  std::vector<TermCursor> cursors_;
};

// Fills one page. `from` and `until` bound the sequences, as in [from, until).
class Search {
 public:
  Search(std::vector<Condition> conditions, const HistoryQuery& query, std::uint64_t from,
         std::uint64_t until, std::uint64_t segment_events)
      : conditions_(std::move(conditions)),
        query_(query),
        from_(from),
        until_(until),
        segment_events_(segment_events) {}

  HistoryPage Run() {
    const std::uint64_t last = Segment(query_.newest_first ? from_ : until_ - 1);
    std::uint64_t at = Segment(query_.newest_first ? until_ - 1 : from_);
    for (std::uint64_t looked = 0; !Beyond(at, last); ++looked) {
      if (looked == HistoryProjection::kMaxSegmentsOfPage) {
        page_.next = Before(at);
        break;
      }
      const std::optional<std::uint64_t> agreed = Agree(at);
      if (!agreed) break;
      if (*agreed != at) {
        at = *agreed;
        continue;
      }
      if (!Collect(at)) break;
      if (at == last) break;
      query_.newest_first ? --at : ++at;
    }
    return std::move(page_);
  }

 private:
  std::uint64_t Segment(std::uint64_t sequence) const { return sequence / segment_events_; }
  bool Beyond(std::uint64_t at, std::uint64_t last) const {
    return query_.newest_first ? at < last : at > last;
  }
  // The `after` of a page that begins with this segment.
  std::uint64_t Before(std::uint64_t segment) const {
    return query_.newest_first ? (segment + 1) * segment_events_ : segment * segment_events_ - 1;
  }

  // The nearest segment from `at` on in which all conditions may match: `at` itself only if it
  // matches all of them.
  std::optional<std::uint64_t> Agree(std::uint64_t at) {
    for (Condition& condition : conditions_) {
      const std::optional<std::uint64_t> nearest = condition.Seek(at, query_.newest_first);
      if (!nearest) return std::nullopt;
      at = *nearest;
    }
    return at;
  }

  // Takes the events of one segment; returns whether the page has room for more.
  bool Collect(std::uint64_t segment) {
    Bitmap bits = conditions_.front().In(segment, segment_events_);
    for (std::size_t i = 1; i < conditions_.size(); ++i) {
      bits.And(conditions_[i].In(segment, segment_events_));
    }
    Offsets offsets = bits.Bits();
    if (query_.newest_first) std::reverse(offsets.begin(), offsets.end());
    for (const std::uint16_t offset : offsets) {
      const std::uint64_t sequence = segment * segment_events_ + offset;
      if (sequence < from_ || sequence >= until_) continue;
      if (page_.sequences.size() == query_.limit) {
        page_.next = page_.sequences.back();
        return false;
      }
      page_.sequences.push_back(sequence);
    }
    return true;
  }

  std::vector<Condition> conditions_;
  const HistoryQuery& query_;
  const std::uint64_t from_;
  const std::uint64_t until_;
  const std::uint64_t segment_events_;
  HistoryPage page_;
};

// Without conditions every sequence matches.
HistoryPage Count(const HistoryQuery& query, std::uint64_t from, std::uint64_t until) {
  HistoryPage page;
  const std::uint64_t n = std::min(query.limit, until - from);
  page.sequences.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    page.sequences.push_back(query.newest_first ? until - 1 - i : from + i);
  }
  if (n < until - from) page.next = page.sequences.back();
  return page;
}

}  // namespace

Result<std::uint64_t> HistoryProjection::FirstSince(Time time, std::uint64_t from,
                                                    std::uint64_t until) const {
  events::Event event;
  while (from < until) {
    const std::uint64_t middle = from + (until - from) / 2;
    const Result<std::string> bytes = log_.Read(middle);
    if (!bytes) return bytes.error();
    if (Status decoded = events::DecodeInto(*bytes, &event); !decoded) return decoded.error();
    if (event.time_us() < ToMicros(time)) {
      from = middle + 1;
    } else {
      until = middle;
    }
  }
  return from;
}

// The position first: clients that follow the ledger ask for its end again and again, and after
// their position there is little to search for a time.
Result<std::pair<std::uint64_t, std::uint64_t>> HistoryProjection::Bounds(
    const HistoryQuery& query, std::uint64_t size) const {
  std::uint64_t from = 0;
  std::uint64_t until = size;
  if (query.after && query.newest_first) until = std::min(until, *query.after);
  if (query.after && !query.newest_first) from = *query.after < until ? *query.after + 1 : until;
  if (query.since) {
    const Result<std::uint64_t> first = FirstSince(*query.since, from, until);
    if (!first) return first.error();
    from = *first;
  }
  if (query.until) {
    const Result<std::uint64_t> first = FirstSince(*query.until, from, until);
    if (!first) return first.error();
    until = *first;
  }
  return std::pair(from, until);
}

Result<HistoryPage> HistoryProjection::Find(const HistoryQuery& query, std::uint64_t size) const {
  const auto bounds = Bounds(query, size);
  if (!bounds) return bounds.error();
  const auto [from, until] = *bounds;
  if (from >= until) return HistoryPage();
  std::vector<Condition> conditions;
  const auto add = [&](const std::vector<std::string>& terms) {
    Condition condition;
    for (const std::string& term : terms) {
      // The lists in memory first: anything that leaves them meanwhile is then found in the rows.
      OpenLists open = Open(term);
      condition.Add(TermCursor(stored_, term, std::move(open), query.newest_first));
    }
    conditions.push_back(std::move(condition));
  };
  if (query.account) add({AccountTerm(*query.account)});
  if (!query.accounts.empty()) {
    std::vector<std::string> terms;
    for (const std::string& account : query.accounts) terms.push_back(AccountTerm(account));
    add(terms);
  }
  if (query.gateway) add({GatewayTerm(*query.gateway)});
  if (!query.types.empty()) {
    std::vector<std::string> terms;
    for (const auto type : query.types) terms.push_back(TypeTerm(type));
    add(terms);
  }
  if (query.actor) {
    const std::optional<std::string> term = actors_->Of(*query.actor);
    if (!term) return HistoryPage();
    add({*term});
  }
  if (conditions.empty()) return Count(query, from, until);
  return Search(std::move(conditions), query, from, until, segment_events_).Run();
}

bool HistoryProjection::Matches(const HistoryQuery& query, const events::Event& event) const {
  if (query.account && *query.account != event.account()) return false;
  if (!query.accounts.empty() && std::find(query.accounts.begin(), query.accounts.end(),
                                           event.account()) == query.accounts.end()) {
    return false;
  }
  if (query.gateway && *query.gateway != event.gateway()) return false;
  if (!query.types.empty() &&
      std::find(query.types.begin(), query.types.end(), event.fact_case()) == query.types.end()) {
    return false;
  }
  if (query.since && event.time_us() < ToMicros(*query.since)) return false;
  if (query.until && event.time_us() >= ToMicros(*query.until)) return false;
  if (query.actor) {
    const std::optional<std::string> term = actors_->Of(*query.actor);
    return term && actors_->Of(event) == term;
  }
  return true;
}

}  // namespace latchkey::projections
