#include "tools/bench/renames.h"

#include <fmt/format.h>

#include "core/base/ids.h"
#include "tools/bench/load_client.h"

namespace latchkey::tools {

std::string_view Renames::Next(unsigned connection) {
  requests_[connection] =
      ComposeRequest("PATCH", "/v1/gateways/" + text::GatewayId(connection + 1), authorization_,
                     fmt::format(R"({{"name":"renamed {}"}})", ++count_));
  return requests_[connection];
}

}  // namespace latchkey::tools
