// The rules of messages to gateways (docs/design.md §2) written a second time. Whether a gateway is
// there and a certificate is valid is for the reference model to judge. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace latchkey::testing {

class ReferenceMessages {
 public:
  struct Content {
    std::string kind;
    std::string body;
    Micros lifetime;
  };
  // What a gateway says became of a message.
  struct Report {
    std::uint64_t message;
    bool done;
    std::string detail;
  };

  std::string Send(std::uint64_t gateway, const Content& content, Time at);
  std::string Cancel(std::uint64_t gateway, std::uint64_t message, Time at);
  // Reports are read in turn: the first about a message counts.
  void Acknowledge(std::uint64_t gateway, const std::vector<Report>& reports, Time at);
  void CancelAll(std::uint64_t gateway, Time at);
  void Expire(Time at);

  std::uint64_t GatewayOf(std::uint64_t message) const;  // 0: never sent
  std::vector<std::uint64_t> Open(std::uint64_t gateway) const;
  std::vector<std::uint64_t> Of(std::uint64_t gateway) const;  // also those that have ended
  std::string State(std::uint64_t message) const { return messages_[message - 1].state; }
  std::string Show(std::uint64_t message) const;
  std::size_t size() const { return messages_.size(); }

 private:
  struct Message {
    std::uint64_t gateway;
    Content content;
    Time sent;
    Time expires;
    std::string state = "open";
    std::optional<Time> ended{};         // the first time
    std::optional<Time> acknowledged{};  // with this
    std::string detail{};
  };

  void End(Message* message, const std::string& state, Time at);

  std::deque<Message> messages_;  // by number, from 1
};

}  // namespace latchkey::testing
