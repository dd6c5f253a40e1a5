// Reads Server-Sent Events from a body that arrives in pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace latchkey::tools {

// One thread.
class EventStreamReader {
 public:
  // Called with the data of each event.
  using Visit = std::function<void(const std::string& data)>;
  explicit EventStreamReader(Visit visit) : visit_(std::move(visit)) {}

  void Feed(std::string_view piece);
  // The stream has ended and another follows. An incomplete event is dropped.
  void Cut();

  // The id of the last complete event or keep-alive, from which to continue.
  const std::string& last_id() const { return last_id_; }

 private:
  void Line(std::string_view line);

  Visit visit_;
  std::string rest_;  // an incomplete line
  std::string data_;
  std::string id_;  // of the current event
  std::string last_id_;
};

}  // namespace latchkey::tools
