// Which streams of one worker an event concerns. Each event is looked at once for all of them, and
// a stream that it does not concern costs nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/call/head_signal.h"
#include "api/call/loop.h"
#include "core/sequencer/head_watch.h"
#include "projections/history_query.h"

namespace latchkey::api {

// For the loop's own thread.
class StreamHub {
 public:
  // Both outlive it.
  StreamHub(Loop& loop, HeadWatch& watch);
  ~StreamHub();
  StreamHub(const StreamHub&) = delete;
  StreamHub& operator=(const StreamHub&) = delete;

  // A stream that waits for what concerns it, from its making on: what the ledger holds by then it
  // has to look for itself.
  class Place {
   public:
    // All of them outlive it. Cancelling `timer` ends a wait as if something concerned the stream.
    Place(StreamHub& hub, const projections::HistoryQuery& query, LoopTimer& timer);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Before looking at the ledger: what comes after this counts.
    void Begin() { concerned_ = false; }
    // True when something may concern the stream since Begin, false when `deadline` has passed
    // first. Then nothing below hub.size() does.
    Task<bool> Wait(std::chrono::steady_clock::time_point deadline);

   private:
    friend class StreamHub;
    StreamHub& hub_;
    const projections::HistoryQuery& query_;
    LoopTimer& timer_;
    bool concerned_ = false;
  };

  std::uint64_t size() const { return size_; }  // of the ledger, as far as it was looked at

 private:
  // By the narrowest condition of their query.
  struct Places {
    std::unordered_map<std::uint64_t, std::vector<Place*>> of_gateway;
    std::unordered_map<std::string, std::vector<Place*>> of_account;
    std::vector<Place*> others;
  };

  template <typename Change>
  void ForLists(const projections::HistoryQuery& query, const Change& change);
  void Add(Place* place);
  void Remove(Place* place);
  void Look(const Shown& shown);
  static void Tell(const std::vector<Place*>& places, const Shown::One& one);
  static void Wake(Place* place);

  HeadWatch& watch_;
  const HeadWatch::Follower follower_;
  Places places_;
  std::vector<Place*> all_;
  std::uint64_t size_ = 0;
};

}  // namespace latchkey::api
