// Reads Server-Sent Events out of a body that comes in pieces.
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
  // The stream has ended; what follows is another. What came only in part is forgotten.
  void Cut();

  // The id of what came whole last, also of a keep-alive: where to go on from.
  const std::string& last_id() const { return last_id_; }

 private:
  void Line(std::string_view line);

  Visit visit_;
  std::string rest_;  // of a line whose end has not come yet
  std::string data_;
  std::string id_;  // of what is coming
  std::string last_id_;
};

}  // namespace latchkey::tools
