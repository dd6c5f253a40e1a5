#include "tools/client/event_stream.h"

namespace latchkey::tools {

void EventStreamReader::Feed(std::string_view piece) {
  rest_.append(piece);
  std::size_t begin = 0;
  for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string_view line = std::string_view(rest_).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    Line(line);
  }
  rest_.erase(0, begin);
}

void EventStreamReader::Cut() {
  rest_.clear();
  data_.clear();
  id_ = last_id_;
}

void EventStreamReader::Line(std::string_view line) {
  if (line.empty()) {
    if (!data_.empty()) visit_(data_);
    data_.clear();
    last_id_ = id_;
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return;  // a comment, or a field that we do not use
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  const std::string_view field = line.substr(0, colon);
  if (field == "id") id_ = value;
  if (field == "data") data_.append(data_.empty() ? "" : "\n").append(value);
}

}  // namespace latchkey::tools
