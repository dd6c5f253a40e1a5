#include "api/http/buffer_budget.h"

namespace latchkey::api {

bool BufferBudget::Change(const ClientAddress& address, std::size_t before, std::size_t after) {
  const std::lock_guard lock(mutex_);
  const bool grows = after > before;
  if (grows && held_ - before + after > total_) return false;
  if (address.limited_as) {
    std::size_t& held = of_address_[*address.limited_as];
    if (grows && held - before + after > share_) {
      if (held == 0) of_address_.erase(*address.limited_as);
      return false;
    }
    held += after - before;
    if (held == 0) of_address_.erase(*address.limited_as);
  }
  held_ += after - before;
  return true;
}

std::size_t BufferBudget::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

}  // namespace latchkey::api
