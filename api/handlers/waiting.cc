#include "api/handlers/waiting.h"

#include <utility>

namespace latchkey::api {

WaitingCheckIns::WaitingCheckIns(std::size_t most, std::size_t most_of_address)
    : most_(most), count_(most_of_address) {
  count_.closed = [] {};
}

WaitingCheckIns::Place::Place(WaitingCheckIns& waiting, const std::string& certificate_sha256,
                              const ClientAddress& address, std::function<void()> wake)
    : waiting_(waiting),
      certificate_sha256_(certificate_sha256),
      address_(address),
      wake_(std::move(wake)) {}

WaitingCheckIns::Place::~Place() {
  {
    const std::lock_guard lock(waiting_.mutex_);
    const auto found = waiting_.places_.find(certificate_sha256_);
    if (found != waiting_.places_.end() && found->second == this) waiting_.places_.erase(found);
  }
  waiting_.count_.Close(address_);
}

std::unique_ptr<WaitingCheckIns::Place> WaitingCheckIns::Take(const std::string& certificate_sha256,
                                                              const ClientAddress& address,
                                                              std::function<void()> wake) {
  if (count_.open() >= most_ || !count_.Open(address)) return nullptr;
  auto place = std::make_unique<Place>(*this, certificate_sha256, address, std::move(wake));
  const std::lock_guard lock(mutex_);
  Place*& current = places_[certificate_sha256];
  if (current != nullptr) {
    current->superseded_ = true;
    current->wake_();
  }
  current = place.get();
  return place;
}

}  // namespace latchkey::api
