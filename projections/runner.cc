#include "projections/runner.h"

#include <algorithm>
#include <utility>

#include "core/log/sighting.h"
#include "events/codec.h"

namespace latchkey::projections {
namespace {

// Events of one step of a replay: enough that most gateways are read and written once for several
// of their events, few enough that they and their rows stay in the processor's cache.
constexpr std::uint64_t kReplayStep = 4'096;

}  // namespace

// Decoded events of the log, one step ahead of the projections that apply them. Kept from step to
// step, so that protobuf reuses their memory.
struct Runner::Decoded {
  std::uint64_t first = 0;
  std::size_t count = 0;
  std::vector<events::Event> events;
  Status status;

  EventBatch batch() const { return {first, {events.data(), count}}; }
};

Result<std::unique_ptr<Runner>> Runner::Begin(const std::filesystem::path& directory,
                                              const rocks::Resources& resources,
                                              const Sources& sources,
                                              std::span<const Listing> listings) {
  std::unique_ptr<Runner> runner(new Runner(sources));
  auto store = Store::Open(directory, resources, &runner->notes_);
  if (!store) return store.error();
  runner->store_ = *std::move(store);
  auto ledger = IdentityOf(sources.log);
  if (!ledger) return ledger.error();
  runner->ledger_ = *std::move(ledger);
  for (const Listing& listing : listings) {
    if (const Status attached = runner->Attach(listing); !attached) return attached.error();
  }
  return runner;
}

Result<std::unique_ptr<Runner>> Runner::Open(const std::filesystem::path& directory,
                                             const rocks::Resources& resources,
                                             const Sources& sources,
                                             std::span<const Listing> listings,
                                             const Progress& progress) {
  auto begun = Begin(directory, resources, sources, listings);
  if (!begun) return begun;
  Runner& runner = **begun;
  if (const Status done = runner.CatchUp(progress); !done) return done.error();
  if (const Status dropped = runner.DropUnlisted(); !dropped) return dropped.error();
  runner.flusher_ = std::thread([&runner] { runner.KeepFlushed(); });
  return begun;
}

// Each projection is compared at its own position: a killed server leaves them behind the ledger,
// and new versions may be behind the others.
Result<Checked> Runner::Check(const std::filesystem::path& directory,
                              const std::filesystem::path& scratch,
                              const rocks::Resources& resources, const Sources& sources,
                              std::span<const Listing> listings, const Progress& progress) {
  Runner live(sources);
  auto unfit = live.OpenToRead(directory, resources, listings);
  if (!unfit) return unfit.error();
  if (!unfit->empty()) return Checked{0, 0, *std::move(unfit)};
  auto begun = Begin(scratch, resources, sources, listings);
  if (!begun) return begun.error();
  Runner& fresh = **begun;
  Checked checked{sources.log.size(), 0, {}};
  for (std::size_t i = 0; i < live.members_.size(); ++i) {
    fresh.members_[i].until = live.members_[i].size;
    checked.size = std::min(checked.size, live.members_[i].size);
  }
  if (const Status done = fresh.CatchUp(progress); !done) return done.error();
  Differences differences;
  live.Compare(fresh, &differences);
  checked.problems = differences.Take();
  checked.behind = sources.log.size() - checked.size;
  return checked;
}

// Messages about the listed projections that cannot be compared: they are missing, damaged or of
// another ledger.
Result<std::vector<std::string>> Runner::OpenToRead(const std::filesystem::path& directory,
                                                    const rocks::Resources& resources,
                                                    std::span<const Listing> listings) {
  auto ledger = IdentityOf(sources_.log);
  if (!ledger) return ledger.error();
  ledger_ = *std::move(ledger);
  auto store = Store::OpenToRead(directory, resources);
  if (!store) return std::vector{store.error().detail};
  store_ = *std::move(store);
  std::vector<std::string> unfit;
  for (const Listing& listing : listings) {
    if (!store_->Has(listing.family)) {
      unfit.push_back(std::string(listing.family) + ": it is missing");
      continue;
    }
    const auto position = store_->Position(listing.family);  // null: killed before the first flush
    const auto why = WhyUnfit(position);
    if (!why) return why.error();
    if (*why) {
      unfit.push_back(std::string(listing.family) + ": " + **why);
    } else if (const Status loaded = Load(listing, position.value_or(StoredPosition())); !loaded) {
      return loaded.error();
    }
  }
  return unfit;
}

Runner::~Runner() {
  if (!flusher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  flusher_.join();
  // Rows that a bad disk does not take now are replayed at the next start: no reason to crash.
  (void)store_->Flush();
}

// Why the stored rows do not belong to this ledger; null when they do. Returns kUnusable for a
// ledger that has lost events these rows have seen, or that this binary would misread.
Result<std::optional<std::string>> Runner::WhyUnfit(
    const std::optional<StoredPosition>& position) const {
  if (!position) return std::optional<std::string>();
  if (auto foreign = Foreign(*position, ledger_)) return foreign;
  const Status extends = log::CheckExtends(
      sources_.log, {position->head, std::string(kWhat), std::string(log::kNewestFile)});
  if (!extends) return extends.error();
  for (const std::uint32_t fact : position->facts) {
    if (!events::KnowsFact(fact)) return Refuse(ErrorCode::kUnusable, events::UnknownFact(fact));
  }
  return std::optional<std::string>();
}

Status Runner::Attach(const Listing& listing) {
  std::optional<StoredPosition> position;
  if (store_->Has(listing.family)) position = store_->Position(listing.family);
  const auto why = WhyUnfit(position);
  if (!why) return why.error();
  if (*why) {
    notes_.push_back(std::string(listing.family) + " is built anew: " + **why);
    position.reset();
  }
  if (!position) {
    if (const Status renewed = store_->Renew(listing.family); !renewed) return renewed;
  }
  return Load(listing, position.value_or(StoredPosition()));
}

Status Runner::Load(const Listing& listing, const StoredPosition& at) {
  Member member{listing.family, listing.make(store_->At(listing.family), sources_), at.size,
                at.facts};
  if (const Status loaded = member.projection->Load(member.size); !loaded) return loaded;
  members_.push_back(std::move(member));
  return {};
}

// The end of the step that begins at `from`: no projection begins or ends within it.
std::uint64_t Runner::StepFrom(std::uint64_t from, std::uint64_t until) const {
  std::uint64_t end = std::min(until, from + kReplayStep);
  for (const Member& member : members_) {
    for (const std::uint64_t place : {member.size, member.until}) {
      if (place > from) end = std::min(end, place);
    }
  }
  return end;
}

void Runner::Decode(std::uint64_t from, std::uint64_t until, Decoded* out) const {
  out->first = from;
  out->count = 0;
  Status decoded;
  out->status = sources_.log.Scan(from, until, [&](std::uint64_t, std::string_view bytes) {
    if (out->count == out->events.size()) out->events.emplace_back();
    decoded = events::DecodeInto(bytes, &out->events[out->count]);
    if (decoded) ++out->count;
    return decoded.has_value();
  });
  if (!out->status) return;
  if (!decoded) {
    out->status = Refuse(ErrorCode::kUnusable, "event " + std::to_string(from + out->count) + ": " +
                                                   decoded.error().detail);
  } else if (out->count != until - from) {
    out->status =
        Refuse(ErrorCode::kUnusable, "event " + std::to_string(from + out->count) + " is missing");
  }
}

// Each projection applies the same decoded events in a thread of its own, while the next events are
// decoded and the rows of the previous ones are written. Each stores its own position with its
// rows.
Status Runner::CatchUp(const Progress& progress) {
  const log::Head head = sources_.log.head();
  std::uint64_t at = head.size;
  std::uint64_t last = 0;
  for (const Member& member : members_) {
    at = std::min(at, member.size);
    last = std::max(last, std::min(head.size, member.until));
  }
  const std::uint64_t begin = at;
  flushed_ = at;
  if (Status begun = BeginBulk(head); !begun) return begun;

  Decoded now;
  Decoded next;
  Decode(at, StepFrom(at, last), &now);
  while (at < last) {
    if (!now.status) return now.status;
    const EventBatch batch = now.batch();
    const std::uint64_t end = batch.end();
    const std::uint64_t next_end = StepFrom(end, last);  // before the sizes that it reads change
    std::vector<std::future<void>> running;
    for (Member& member : members_) {
      if (member.size != at || member.until == at) continue;
      running.push_back(
          std::async(std::launch::async, [&, m = &member] { Replay(m, batch, head); }));
    }
    if (end < last) Decode(end, next_end, &next);
    for (std::future<void>& one : running) one.get();
    std::swap(now, next);
    at = end;
    if (progress) progress(at - begin, last - begin);
  }
  FinishReplay(head);
  size_ = last;
  return {};
}

// Rows in bulk come with their position, durably, and need those written here before.
Status Runner::BeginBulk(const log::Head& head) {
  bool any = false;
  for (Member& member : members_) {
    const std::uint64_t end = std::min(head.size, member.until);
    const Projection::AsksFor asks_for = member.projection->BuildsInBulk();
    if (asks_for == nullptr || member.size >= end) continue;
    if (member.size != 0 && end - member.size < kFlushEvents) continue;
    member.bulk = std::make_unique<BulkRows>(*store_, member.family, sources_.run_bytes, asks_for);
    any = true;
  }
  return any ? store_->Flush() : Status();
}

void Runner::FinishReplay(const log::Head& head) {
  for (Member& member : members_) {
    FinishWriting(&member);
    if (member.bulk == nullptr) continue;
    member.bulk->Write({ledger_, member.size, head, member.facts});
  }
  for (Member& member : members_) {
    if (member.bulk != nullptr) member.bulk->Finish();
    member.bulk.reset();
  }
}

void Runner::Advance(Member* member, const EventBatch& batch) {
  member->size = batch.end();
  for (const events::Event& event : batch.events) {
    member->facts.insert(static_cast<std::uint32_t>(event.fact_case()));
  }
}

void Runner::PutPosition(Member* member, const EventBatch& batch, const log::Head& head,
                         rocksdb::WriteBatch* out) const {
  Advance(member, batch);
  store_->PutPosition(member->family, {ledger_, member->size, head, member->facts}, out);
}

void Runner::ReplayInBulk(Member* member, const EventBatch& batch, const log::Head& head) {
  member->projection->ApplyInBulk(batch, member->bulk.get());
  member->projection->Publish();
  Advance(member, batch);
  if (member->bulk->IsFull()) member->bulk->Write({ledger_, member->size, head, member->facts});
}

void Runner::Replay(Member* member, const EventBatch& batch, const log::Head& head) {
  if (member->bulk != nullptr) return ReplayInBulk(member, batch, head);
  if (!member->projection->AppliesAhead()) FinishWriting(member);
  auto rows = std::make_unique<rocksdb::WriteBatch>();
  member->projection->Apply(batch, rows.get());
  PutPosition(member, batch, head, rows.get());
  FinishWriting(member);
  member->writing = std::async(std::launch::async, [this, member, rows = std::move(rows)] {
    store_->Write(rows.get());
    member->projection->Publish();
  });
}

void Runner::FinishWriting(Member* member) {
  if (member->writing.valid()) member->writing.get();
}

void Runner::Prepare(const EventBatch& batch) {
  if (batch.first_sequence != size()) {
    Stop("preparing events", "they are not the next ones of the ledger");
  }
  preparing_ = batch;
  prepared_.Clear();
  for (Member& member : members_) member.projection->Apply(batch, &prepared_);
}

void Runner::Show() {
  const log::Head head = sources_.log.head();
  const std::uint64_t end = preparing_.end();
  if (preparing_.first_sequence != size() || end > head.size) {
    Stop("showing events", "they are not the next ones of the ledger");
  }
  if (preparing_.first_sequence == 0) {
    auto ledger = IdentityOf(sources_.log);
    if (!ledger) Stop("showing events", ledger.error().detail);
    ledger_ = *std::move(ledger);
  }
  for (Member& member : members_) PutPosition(&member, preparing_, head, &prepared_);
  store_->Write(&prepared_);
  for (Member& member : members_) member.projection->Publish();
  size_.store(end, std::memory_order_release);
  if (end - flushed_ >= kFlushEvents) wake_.notify_one();
}

Status Runner::DropUnlisted() {
  for (const std::string& family : store_->Families()) {
    const bool listed = std::any_of(members_.begin(), members_.end(),
                                    [&](const Member& member) { return member.family == family; });
    if (listed) continue;
    if (const Status dropped = store_->Drop(family); !dropped) return dropped;
    notes_.push_back(family + " is of another version and was dropped");
  }
  return {};
}

void Runner::Flush() {
  const std::uint64_t until = size();
  if (const Status flushed = store_->Flush(); !flushed) store_->Stop("flushing", flushed.error());
  flushed_ = until;
}

void Runner::KeepFlushed() {
  std::unique_lock lock(mutex_);
  std::uint64_t seen = size();
  while (!stopping_) {
    const bool many = wake_.wait_for(
        lock, kFlushIdle, [&] { return stopping_ || size() - flushed_ >= kFlushEvents; });
    const bool idle = !many && size() == seen;
    seen = size();
    if (stopping_ || (!many && !idle) || seen == flushed_) continue;
    lock.unlock();
    Flush();
    lock.lock();
  }
}

void Runner::Compare(const Runner& other, Differences* out) const {
  if (ledger_ != other.ledger_) out->Add("they are of different ledgers");
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& ours = members_[i];
    const Member& theirs = other.members_[i];
    if (ours.size != theirs.size) {
      out->Add(ours.family + ": is at " + std::to_string(ours.size) + " events, the other at " +
               std::to_string(theirs.size));
    }
    ours.projection->Compare(*theirs.projection, out);
  }
}

}  // namespace latchkey::projections
