#include "tools/cli/event_names.h"

#include <ostream>

#include "core/base/printable.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kMaxNames = 100'000;  // then it forgets all and asks again
constexpr std::string_view kNamingEvents =
    "&type=GatewayAdded&type=GatewayRenamed&order=desc&limit=1";

}  // namespace

void EventNames::Learn(const boost::json::value& event) {
  const std::string type = RawTextAt(event, "/type");
  if (type != "GatewayAdded" && type != "GatewayRenamed") return;
  const std::string name = TextAt(event, "/data/name");
  if (names_.size() >= kMaxNames) names_.clear();
  if (!name.empty()) names_[RawTextAt(event, "/gateway")] = name;
}

Names EventNames::AsNames() {
  return {[this](const std::string& id, const std::string& account) {
            const std::string name = NameOf(id);
            return name.empty() ? text::Printable(id) : text::Printable(account) + "/" + name;
          },
          [this](const std::string& id) {
            const std::string name = NameOf(id);
            return name.empty() ? text::Printable(id) : name;
          }};
}

std::optional<Answer> EventNames::Ask(const Operation& operation,
                                      const std::vector<std::string>& parameters) {
  if (!client_) {
    std::ostream said_before(nullptr);  // the first connection gave the notes
    auto client = ManagementClient::Connect(flags_, said_before);
    if (!client) return std::nullopt;
    client_.emplace(*std::move(client));
  }
  auto answer = client_->Send(operation, parameters);
  if (answer) return *std::move(answer);
  // A restarted server has another certificate, and perhaps another address.
  if (answer.error().code.empty()) client_.reset();
  return std::nullopt;
}

// A removed gateway has its last name in its events.
std::string EventNames::LastName(const std::string& id) {
  std::string name;
  if (!client_) return name;
  const auto listed = client_->List(operations::kListEvents, {},
                                    "?gateway=" + Encoded(id) + std::string(kNamingEvents),
                                    [&](const boost::json::value& event) {
                                      name = TextAt(event, "/data/name");
                                      return false;
                                    });
  return listed ? name : std::string();
}

std::string EventNames::NameOf(const std::string& id) {
  const auto known = names_.find(id);
  if (known != names_.end()) return known->second;
  const bool is_token = id.starts_with("tok_");
  const auto answer = Ask(is_token ? operations::kShowToken : operations::kShowGateway, {id});
  std::string name = answer ? TextAt(answer->body, "/name") : std::string();
  if (name.empty() && !is_token) name = LastName(id);
  if (names_.size() >= kMaxNames) names_.clear();
  return names_[id] = name;
}

}  // namespace latchkey::tools
