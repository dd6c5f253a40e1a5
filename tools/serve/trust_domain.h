// The trust domain of a served ledger: named once, at the first start that knows of it.
#pragma once

#include <string_view>

#include "core/base/error.h"
#include "tools/ledger/ledger.h"

namespace latchkey::tools {

// Names the trust domain, unless the ledger has one: `wanted`, or the one that follows from the
// ledger's id when that is empty. Refuses with kUnusable when the ledger has another than `wanted`,
// kValidationFailed when that is not the name of a trust domain, and like every command while
// nothing can be written: to be tried again then. Any thread.
Status SettleTrustDomain(Ledger& ledger, std::string_view wanted);

}  // namespace latchkey::tools
