// How many streams each operator has open.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace latchkey::api {

// Thread-safe.
class StreamCount {
 public:
  explicit StreamCount(std::size_t max_of_operator) : max_(max_of_operator) {}

  // One stream of an operator, for as long as it lives; null when there are enough. The count
  // outlives it.
  std::shared_ptr<void> Open(const std::string& operator_id);

 private:
  void Close(const std::string& operator_id);

  const std::size_t max_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;  // under mutex_; none that has none
};

}  // namespace latchkey::api
