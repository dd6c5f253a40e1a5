// A request target (RFC 9112 §3.2) taken apart: path segments and query parameters,
// percent-decoded.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http/limits.h"
#include "core/base/error.h"

namespace latchkey::api {

class Target {
 public:
  // Reads origin-form and absolute-form. Refuses with kRequestMalformed for anything else, for
  // bytes that no URI has, and for broken percent-encoding. One thread.
  Status Parse(std::string_view target);
  void Clear();

  // Segments behind the first slash; an empty one stands for `//` or a slash at the end. More than
  // kMaxPathSegments are counted, not kept.
  std::size_t segment_count() const { return count_; }
  std::string_view segment(std::size_t i) const { return segments_[i]; }

  // The value of a query parameter that stands once (or the first one).
  std::optional<std::string_view> Query(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& query() const { return query_; }

 private:
  std::array<std::string, limits::kMaxPathSegments> segments_;
  std::size_t count_ = 0;
  std::vector<std::pair<std::string, std::string>> query_;
};

}  // namespace latchkey::api
