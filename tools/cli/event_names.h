// The names behind the ids in the history, asked for once each.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "tools/client/management_client.h"
#include "tools/client/sentence.h"

namespace latchkey::tools {

// One thread.
class EventNames {
 public:
  // With a connection of its own, because names are asked for while events come in.
  explicit EventNames(const ConnectionFlags& flags) : flags_(flags) {}

  // Takes what an event says itself: of gateways that are added or renamed.
  void Learn(const boost::json::value& event);

  // A name that cannot be had (no permission, no answer) is its id.
  Names AsNames();

 private:
  std::optional<Answer> Ask(const Operation& operation, const std::vector<std::string>& parameters);
  std::string LastName(const std::string& id);
  std::string NameOf(const std::string& id);

  const ConnectionFlags flags_;
  std::optional<ManagementClient> client_;
  std::unordered_map<std::string, std::string> names_;  // by id, at most kMaxNames
};

}  // namespace latchkey::tools
