#include "api/call/event_json.h"

#include <optional>
#include <string>

#include "api/call/names.h"
#include "events/json.h"

namespace latchkey::api {

boost::json::object EventJson(const events::Event& event, const LedgerView& ledger) {
  std::optional<events::Personal> personal;
  if (event.has_sealed()) personal = ledger.subjects.Open(event.sealed());
  boost::json::object object = events::ToJson(event, personal ? &*personal : nullptr);
  const std::string name = NameOf(event.actor(), ledger);
  object["actor_name"] = name.empty() ? boost::json::value() : boost::json::string(name);
  return object;
}

}  // namespace latchkey::api
