#include "api/http/connection_count.h"

namespace latchkey::api {

bool ConnectionCount::Open(const ClientAddress& address) {
  if (address.limited_as) {
    const std::lock_guard lock(mutex_);
    std::size_t& open = of_address_[*address.limited_as];
    if (open >= share_) return false;
    ++open;
  }
  ++open_;
  return true;
}

void ConnectionCount::Return(const ClientAddress& address) {
  if (address.limited_as) {
    const std::lock_guard lock(mutex_);
    ++of_address_[*address.limited_as];
  }
  ++open_;
}

void ConnectionCount::Close(const ClientAddress& address) {
  if (address.limited_as) {
    const std::lock_guard lock(mutex_);
    const auto open = of_address_.find(*address.limited_as);
    if (--open->second == 0) of_address_.erase(open);
  }
  --open_;
  closed();
}

}  // namespace latchkey::api
