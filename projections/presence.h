// Soft state: when a gateway was last seen, from where, with which version, and which messages it
// was given; and when an operator's token was last used. Approximate, not recorded as events,
// outside every invariant; in a RocksDB of its own (DIR/presence/) without sync.
//
// Each gateway has one due time beside its row. A check-in does not change it: only when it is
// reached is the row read, and then the due time is postponed or the gateway reported. So a
// check-in costs one read and one write, and a sweep reads only due gateways, however many there
// are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

// A message that a gateway was given with a check-in, the last time.
struct Delivery {
  std::uint64_t message = 0;
  Time at;
  std::string certificate_sha256;  // 32 bytes: by whom it came
};

class Presence {
 public:
  // `grace` is how long after its last check-in a gateway counts as connected; everyone gets it in
  // full from `started` on (a restart disconnects nobody). A damaged database is discarded. Refuses
  // with kInUse, kIo.
  static Result<std::unique_ptr<Presence>> Open(const std::filesystem::path& directory,
                                                const rocks::Resources& resources, Micros grace,
                                                Time started);
  ~Presence();

  // A check-in; from now on the gateway is watched. Thread-safe.
  void Record(std::uint64_t gateway, const Seen& seen);
  std::optional<Seen> Get(std::uint64_t gateway) const;  // thread-safe

  // A request by this token. Kept to the minute: a use less than a minute after the recorded one,
  // or a little before it, is ignored. Thread-safe.
  void RecordUse(std::uint64_t token, Time at);
  std::optional<Time> LastUse(std::uint64_t token) const;  // thread-safe

  // Replaces what is known of the messages that the gateway was given. Thread-safe.
  void RecordDeliveries(std::uint64_t gateway, const std::vector<Delivery>& deliveries);
  std::vector<Delivery> Deliveries(std::uint64_t gateway) const;  // thread-safe

  // Records the ledger's position, as further evidence of its size. Not synced. Thread-safe.
  void RecordPosition(const StoredPosition& position);
  // The position last recorded in `directory`; null when there is none, or it cannot be read.
  // Changes nothing; nobody else has the directory open for writing.
  static std::optional<StoredPosition> PositionIn(const std::filesystem::path& directory,
                                                  const rocks::Resources& resources);

  // Makes sure that the gateway is watched. Call it once after a start for every connected gateway
  // (domain::Connected()): its record may have been lost. Thread-safe.
  void Watch(std::uint64_t gateway);

  // Calls `silent` for gateways whose grace has passed at `now`, at most `limit` of them. `silent`
  // returns whether the gateway is still connected, and then has it disconnected. It is called
  // again some seconds later, until it returns false: then the gateway is not watched until its
  // next check-in. `last_seen` is the start for a gateway never seen. Reports none once a check-in
  // could not be written. One thread, every second or so.
  void Sweep(Time now, std::size_t limit,
             const std::function<bool(std::uint64_t gateway, Time last_seen)>& silent);

  // The clock was accepted as right, perhaps after it was set: as after a start at `now`, every
  // gateway gets a full grace. From the thread of Sweep.
  void Restart(Time now);

  // Whether the disk has failed, so that nothing is recorded any more. Thread-safe.
  bool failed() const;
  // Opens the directory again after a failure. As after a start at `now`, every gateway gets a full
  // grace, and Watch must be called again for every connected gateway. Refuses as Open does, and
  // can be retried. From the thread of Sweep.
  Status Reopen(Time now);

 private:
  struct Impl;
  explicit Presence(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::projections
