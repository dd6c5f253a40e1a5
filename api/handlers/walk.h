// Long work that lets others have their turn.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "api/call/loop.h"
#include "api/http/limits.h"
#include "core/domain/state.h"
#include "projections/projections.h"

namespace latchkey::api {

// How long one may go on before others have their turn: limits::kWalkTime. One thread.
class Turn {
 public:
  bool IsOver() const { return std::chrono::steady_clock::now() > ends_; }
  Task<void> LetOthers();  // and begins another

 private:
  std::chrono::steady_clock::time_point ends_ =
      std::chrono::steady_clock::now() + limits::kWalkTime;
};

using Visit = std::function<bool(std::string_view key, std::string_view value)>;

// As Projections::Scan, in turns: rows that change in between are seen as they are then. `visit`
// outlives the walk.
Task<void> WalkRows(const projections::Projections& projections, domain::KeyRange range,
                    const Visit& visit);

}  // namespace latchkey::api
