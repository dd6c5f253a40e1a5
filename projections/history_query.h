// A query for events of the ledger, and a page of its answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "events/actor_text.h"
#include "events/event.pb.h"

namespace latchkey::projections {

// All conditions must hold. Ids, digests and times have the domain's form.
struct HistoryQuery {
  std::optional<std::string> account;
  std::vector<std::string> accounts;  // any of these; empty: all, and the ledger's own events
  std::optional<std::uint64_t> gateway;
  std::vector<events::Event::FactCase> types;  // any of these; empty: all
  std::optional<events::NamedActor> actor;
  std::optional<Time> since;  // inclusive
  std::optional<Time> until;  // exclusive
  bool newest_first = false;
  std::optional<std::uint64_t> after;  // a sequence; the page starts after it
  std::uint64_t limit = 100;           // at least 1
};

struct HistoryPage {
  std::vector<std::uint64_t> sequences;  // in the order asked for
  std::optional<std::uint64_t> next;     // `after` of the next page; null at the end
};

}  // namespace latchkey::projections
