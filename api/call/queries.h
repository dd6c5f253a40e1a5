// Query parameters of reads: gathered like the members of a body, all wrong ones named at once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "api/http/target.h"
#include "core/base/error.h"
#include "core/base/time.h"

namespace latchkey::api {

class Queries {
 public:
  // Takes as wrong what is not among `allowed` or after_position, and what stands twice but is not
  // `repeatable`.
  Queries(const Target& target, std::initializer_list<std::string_view> allowed,
          std::string_view repeatable = {});

  std::optional<std::string_view> Text(std::string_view name) const { return target_.Query(name); }
  // All values of a repeatable parameter, in order.
  std::vector<std::string_view> All(std::string_view name) const;
  // 1 to kMaxPage, else kDefaultPage.
  std::uint64_t Limit();
  std::optional<Time> TimeOf(std::string_view name);
  std::optional<std::uint64_t> Number(std::string_view name);  // one that is not negative
  // One of the words, or nothing when the parameter is absent.
  std::optional<std::string_view> OneOf(std::string_view name,
                                        std::initializer_list<std::string_view> words);
  void Wrong(std::string_view name, std::string detail);

  Status Done() const;

 private:
  const Target& target_;
  std::vector<FieldError> errors_;
};

}  // namespace latchkey::api
