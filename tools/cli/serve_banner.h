// What `serve` says once it serves: where, what keeps watch over it, and what to try.
#pragma once

#include <iosfwd>
#include <string>

#include "tools/serve/composition.h"

namespace latchkey::tools {

struct Banner {
  const LedgerOptions& options;
  std::string data;  // the directory, as it was given
  bool sign_in_link = false;
};

// A sign-in link is made only when it is shown.
void ShowBanner(Service& service, const Banner& banner, std::ostream& out);

}  // namespace latchkey::tools
