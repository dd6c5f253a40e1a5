// The result of an operation that may fail: a value or an error. The compiler refuses a call whose
// result is ignored.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include <tl/expected.hpp>

namespace latchkey {

// A value of T, or an error. An E converts to it, so that a function passes an error on with `if
// (!read) return read.error();`.
template <typename T, typename E>
class [[nodiscard]] Expected : public tl::expected<T, E> {
 public:
  using Value = T;
  using tl::expected<T, E>::expected;
  Expected() = default;
  Expected(E error) : tl::expected<T, E>(tl::unexpect, std::move(error)) {}

  // With a value: the result of `next(value)`, an Expected of the same E. Otherwise the error.
  template <typename Next>
  auto and_then(Next next) && {
    if constexpr (std::is_void_v<T>) {
      using Then = std::invoke_result_t<Next>;
      return *this ? Then(std::invoke(next)) : Then(this->error());
    } else {
      using Then = std::invoke_result_t<Next, T>;
      return *this ? Then(std::invoke(next, *std::move(*this))) : Then(this->error());
    }
  }

  // The same where `next` cannot fail and returns a value or void.
  template <typename Next>
  auto map(Next next) && {
    return std::move(*this).and_then([&](auto&&... value) {
      using Mapped = std::invoke_result_t<Next, decltype(value)...>;
      if constexpr (std::is_void_v<Mapped>) {
        std::invoke(next, std::forward<decltype(value)>(value)...);
        return Expected<void, E>();
      } else {
        return Expected<Mapped, E>(std::invoke(next, std::forward<decltype(value)>(value)...));
      }
    });
  }
};

}  // namespace latchkey
