#include "tools/installer/check_in.h"

#include "core/base/time_text.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/installer/machine.h"

namespace latchkey::tools {

CliResult<Heard> CheckIn(GatewayClient& client, const std::string& version) {
  boost::json::object body{{"instance", ThisInstance()}};
  if (!version.empty()) body["version"] = HostField(version);
  const auto answer = client.Ask(operations::kCheckIn, body);
  if (!answer) return answer.error();
  Heard heard{.interval = std::chrono::seconds(NumberAt(answer->body, "/check_in_seconds")),
              .new_ca_pem = RawTextAt(answer->body, "/ca")};
  if (const auto at = text::ParseTime(RawTextAt(answer->body, "/renew_after"))) {
    heard.renew_after = FromMicros(*at);
  }
  return heard;
}

}  // namespace latchkey::tools
