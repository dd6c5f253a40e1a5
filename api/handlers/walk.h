// A walk over many rows that lets others have their turn.
#pragma once

#include <functional>
#include <string_view>

#include "api/call/loop.h"
#include "core/domain/state.h"
#include "projections/projections.h"

namespace latchkey::api {

using Visit = std::function<bool(std::string_view key, std::string_view value)>;

// As Projections::Scan, but after limits::kWalkTime the loop serves other connections before it
// goes on: rows that change in between are seen as they are then. `visit` outlives the walk.
Task<void> WalkRows(const projections::Projections& projections, domain::KeyRange range,
                    const Visit& visit);

}  // namespace latchkey::api
