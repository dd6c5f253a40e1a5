#include "tools/installer/check_in.h"

#include "core/base/time_text.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/installer/machine.h"

namespace latchkey::tools {

CliResult<Heard> CheckIn(GatewayClient& client, const Said& said) {
  boost::json::object body{{"instance", ThisInstance()}};
  if (!said.version.empty()) body["version"] = HostField(said.version);
  if (said.wait.count() > 0) body["wait_seconds"] = said.wait.count();
  if (!said.acknowledge.empty()) body["acknowledge"] = said.acknowledge;
  const auto answer = client.Ask(operations::kCheckIn, body);
  if (!answer) return answer.error();
  Heard heard{.interval = std::chrono::seconds(NumberAt(answer->body, "/check_in_seconds")),
              .new_ca_pem = RawTextAt(answer->body, "/ca"),
              .come_back = std::chrono::seconds(NumberAt(answer->body, "/come_back_seconds"))};
  if (const auto* messages = At(answer->body, "/messages").if_array()) heard.messages = *messages;
  if (const auto at = text::ParseTime(RawTextAt(answer->body, "/renew_after"))) {
    heard.renew_after = FromMicros(*at);
  }
  return heard;
}

}  // namespace latchkey::tools
