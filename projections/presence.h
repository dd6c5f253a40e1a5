// Soft state: when a gateway was last heard of, from where, with which version; and when an
// operator's token was last used. Approximate, no fact, outside every invariant; in a RocksDB of
// its own (DIR/presence/) without sync.
//
// Beside each gateway's row stands one due time. A check-in leaves it as it is: only when it comes
// is the row looked at, and the due time moved on or the gateway reported. So a check-in costs one
// read and one write, and a sweep what is due, however many gateways there are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/rocks/rocks.h"
#include "events/event.pb.h"
#include "projections/position.h"

namespace latchkey::projections {

struct Seen {
  Time at;
  std::optional<events::Sealed> address;  // sealed under the account's key (Personal.address)
  std::string version;                    // at most 65,535 bytes
};

class Presence {
 public:
  // `grace` is how long after its last check-in a gateway counts as connected; everyone gets it in
  // full from `started` on (a restart disconnects nobody). What is damaged is forgotten. Refuses
  // with kInUse, kIo.
  static Result<std::unique_ptr<Presence>> Open(const std::filesystem::path& directory,
                                                const rocks::Resources& resources, Micros grace,
                                                Time started);
  ~Presence();

  // A check-in; from now on the gateway is watched. Thread-safe.
  void Record(std::uint64_t gateway, const Seen& seen);
  std::optional<Seen> Get(std::uint64_t gateway) const;  // thread-safe

  // A request by this token. To the minute: what comes less than one after what is recorded, or a
  // little before it, is passed over. Thread-safe.
  void RecordUse(std::uint64_t token, Time at);
  std::optional<Time> LastUse(std::uint64_t token) const;  // thread-safe

  // Notes where the ledger stood, as one more who has seen it. Not synced. Thread-safe.
  void RecordPosition(const StoredPosition& position);
  // What was noted last in `directory`; null when nothing was, or it cannot be read. Changes
  // nothing; nobody else has the directory open for writing.
  static std::optional<StoredPosition> PositionIn(const std::filesystem::path& directory,
                                                  const rocks::Resources& resources);

  // Sees to it that the gateway is watched. To be called once after a start for every gateway that
  // is connected (domain::Connected()): what was recorded may have been lost. Thread-safe.
  void Watch(std::uint64_t gateway);

  // Calls `silent` for gateways whose grace has passed at `now`, at most `limit` of them. It says
  // whether the gateway still is connected, and then has it disconnected; it is asked again some
  // seconds later, until it says no: then the gateway is not watched any more until its next
  // check-in. `last_seen` is the start for one never heard of. Reports nobody once a check-in could
  // not be written. One thread, every second or so.
  void Sweep(Time now, std::size_t limit,
             const std::function<bool(std::uint64_t gateway, Time last_seen)>& silent);

  // The clock was taken as right, perhaps after it was set: as after a start at `now`, everyone
  // gets a full grace. From the thread of Sweep.
  void Restart(Time now);

  // Whether the disk has failed: nothing is recorded any more. Thread-safe.
  bool failed() const;
  // Opens the directory again after that. It is as after a start at `now`: everyone gets a full
  // grace, and Watch is to be called again for every gateway that is connected. Refuses as Open
  // does, and can be tried again. From the thread of Sweep.
  Status Reopen(Time now);

 private:
  struct Impl;
  explicit Presence(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::projections
