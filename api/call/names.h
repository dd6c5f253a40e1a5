// The names behind the ids of operators.
#pragma once

#include <optional>
#include <string>

#include "api/call/ledger_view.h"
#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::api {

// Whose token it is, or which person; empty once that was erased.
template <typename Row>
std::string NameOf(const Row& row, const LedgerView& ledger) {
  if (!row.has_personal()) return "";
  const std::optional<events::Personal> personal = ledger.subjects.Open(row.personal());
  return personal ? personal->operator_name() : "";
}

// Of the operator who acted; empty for others.
std::string NameOf(const events::Actor& actor, const LedgerView& ledger);

}  // namespace latchkey::api
