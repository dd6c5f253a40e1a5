// Runs a list of projections over one ledger: opens them at their positions, replays the events
// they lack, applies new ones, and flushes so that the next start replays little.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "projections/bulk_rows.h"
#include "projections/checked.h"
#include "projections/projection.h"
#include "projections/store.h"

namespace latchkey::projections {

// After so many events a flush starts; a crash may need about twice as many replayed, as more
// arrive while it runs.
inline constexpr std::uint64_t kFlushEvents = 65'536;
// After so long without an event, memory is flushed however little it holds.
inline constexpr std::chrono::seconds kFlushIdle{3};

// A line of the list: `family` names the projection and its version. The meaning of a version's
// rows never changes: a projection that must change gets the next version, which is built beside
// the old one. Column families that are no longer listed are dropped when all listed ones have
// reached the ledger's end.
struct Listing {
  const char* family;
  std::unique_ptr<Projection> (*make)(const StoredRows& stored, const Sources& sources);
};

template <typename P>
Listing Line() {
  return {P::kFamily,
          [](const StoredRows& stored, const Sources& sources) -> std::unique_ptr<Projection> {
            return std::make_unique<P>(stored, sources);
          }};
}

class Runner {
 public:
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

  // See Projections::Open.
  static Result<std::unique_ptr<Runner>> Open(const std::filesystem::path& directory,
                                              const rocks::Resources& resources,
                                              const Sources& sources,
                                              std::span<const Listing> listings,
                                              const Progress& progress);
  // See Projections::Check.
  static Result<Checked> Check(const std::filesystem::path& directory,
                               const std::filesystem::path& scratch,
                               const rocks::Resources& resources, const Sources& sources,
                               std::span<const Listing> listings, const Progress& progress);
  ~Runner();

  // The next events, see ProjectionSet. One thread. Both stop the process on failure.
  void Prepare(const EventBatch& batch);
  void Show();
  // Events in all projections. Thread-safe.
  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }
  void Flush();  // thread-safe
  void Compare(const Runner& other, Differences* out) const;
  const std::vector<std::string>& notes() const { return notes_; }

  // The projection of that type, which is on the list.
  template <typename P>
  const P& Get() const {
    for (const Member& member : members_) {
      if (const auto* found = dynamic_cast<const P*>(member.projection.get())) return *found;
    }
    Stop("opening", "a projection is on no line of the list");
  }

 private:
  struct Member {
    std::string family;
    std::unique_ptr<Projection> projection;
    std::uint64_t size;             // events applied
    std::set<std::uint32_t> facts;  // the kinds of facts among them, see StoredPosition
    std::uint64_t until =
        UINT64_MAX;               // a replay ends here, or at the ledger's end if that is earlier
    std::future<void> writing{};  // in a replay: the rows of the last Apply
    std::unique_ptr<BulkRows> bulk{};  // in a replay of very many events; null: none
  };
  struct Decoded;

  Runner(const Sources& sources) : sources_(sources) {}

  static Result<std::unique_ptr<Runner>> Begin(const std::filesystem::path& directory,
                                               const rocks::Resources& resources,
                                               const Sources& sources,
                                               std::span<const Listing> listings);
  Result<std::vector<std::string>> OpenToRead(const std::filesystem::path& directory,
                                              const rocks::Resources& resources,
                                              std::span<const Listing> listings);
  Status Attach(const Listing& listing);
  Status Load(const Listing& listing, const StoredPosition& at);
  Result<std::optional<std::string>> WhyUnfit(const std::optional<StoredPosition>& position) const;
  Status CatchUp(const Progress& progress);
  std::uint64_t StepFrom(std::uint64_t from, std::uint64_t until) const;
  void Decode(std::uint64_t from, std::uint64_t until, Decoded* out) const;
  static void Advance(Member* member, const EventBatch& batch);
  void PutPosition(Member* member, const EventBatch& batch, const log::Head& head,
                   rocksdb::WriteBatch* out) const;
  void Replay(Member* member, const EventBatch& batch, const log::Head& head);
  void ReplayInBulk(Member* member, const EventBatch& batch, const log::Head& head);
  Status BeginBulk(const log::Head& head);
  void FinishReplay(const log::Head& head);
  static void FinishWriting(Member* member);
  Status DropUnlisted();
  void KeepFlushed();

  const Sources sources_;
  std::unique_ptr<Store> store_;
  LedgerIdentity ledger_;
  std::vector<Member> members_;
  std::vector<std::string> notes_;
  EventBatch preparing_{};
  rocksdb::WriteBatch prepared_;  // what it changes
  std::atomic<std::uint64_t> size_{0};
  std::atomic<std::uint64_t> flushed_{0};  // events that a flush has written

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread flusher_;
};

}  // namespace latchkey::projections
