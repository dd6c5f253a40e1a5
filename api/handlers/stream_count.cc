#include "api/handlers/stream_count.h"

namespace latchkey::api {

std::shared_ptr<void> StreamCount::Open(const std::string& operator_id) {
  {
    const std::lock_guard lock(mutex_);
    std::size_t& open = open_[operator_id];
    if (open >= max_) return nullptr;
    ++open;
  }
  return {this, [this, operator_id](void*) { Close(operator_id); }};
}

void StreamCount::Close(const std::string& operator_id) {
  const std::lock_guard lock(mutex_);
  const auto open = open_.find(operator_id);
  if (--open->second == 0) open_.erase(open);
}

}  // namespace latchkey::api
