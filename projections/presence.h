// Soft state: when a gateway was last heard of, from where, with which version. Approximate, no fact,
// outside every invariant; in a RocksDB of its own (DIR/presence/) without sync.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/domain/decide.h"
#include "core/rocks/rocks.h"
#include "events/event.pb.h"

namespace latchkey::projections {

struct Seen {
  Time at;
  std::optional<events::Sealed> address;  // sealed under the account's key (Personal.address)
  std::string version;
};

class Presence {
 public:
  // `grace` is how long after its last check-in a gateway counts as connected; everyone gets it in
  // full from `now` on (a restart disconnects nobody).
  static Result<std::unique_ptr<Presence>> Open(const std::filesystem::path& directory,
                                                const rocks::Resources& resources, Micros grace,
                                                Time now);
  ~Presence();

  void Record(std::uint64_t gateway, const Seen& seen);         // thread-safe
  std::optional<Seen> Get(std::uint64_t gateway) const;         // thread-safe

  // Gateways whose grace has passed at `now`, at most `limit`: call `expired(gateway, last_seen)` for
  // each. `connected(from, limit)` lists connected gateways after `from` in order; it is read in pages
  // once after a start, to set everyone's due time. One thread, every second or so.
  void Sweep(Time now, std::size_t limit,
             const std::function<std::vector<std::uint64_t>(std::uint64_t after, std::size_t)>&
                 connected,
             const std::function<bool(std::uint64_t gateway)>& is_connected,
             const std::function<void(std::uint64_t gateway, Time last_seen)>& expired);

 private:
  struct Impl;
  explicit Presence(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::projections
