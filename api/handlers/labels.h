// Labels and notes of gateways, as requests have them.
#pragma once

#include <string>

#include "api/call/json_body.h"
#include "api/call/queries.h"
#include "core/domain/commands.h"

namespace latchkey::api {

// The member `labels` of a body: an object of strings; null or absent is none. What is wrong is
// gathered in `*fields`.
domain::Labels ReadLabels(Fields* fields);

// The member `note`; null, absent or empty is none.
std::string ReadNote(Fields* fields);

// The parameters `label=KEY:VALUE`, all of which must hold.
void ReadLabelFilter(Queries* queries, domain::Labels* labels);

}  // namespace latchkey::api
