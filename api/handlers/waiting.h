// The check-ins that wait for a message, of all workers: how many there are, and one for each
// certificate.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "api/http/client_address.h"
#include "api/http/connection_count.h"

namespace latchkey::api {

// Thread-safe.
class WaitingCheckIns {
 public:
  WaitingCheckIns(std::size_t most, std::size_t most_of_address);

  // Before the first: there may be fewer.
  void Limit(std::size_t most) { most_ = most; }

  // One that waits, for as long as it lives.
  class Place {
   public:
    Place(WaitingCheckIns& waiting, const std::string& certificate_sha256,
          const ClientAddress& address, std::function<void()> wake);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    bool superseded() const { return superseded_; }

   private:
    friend class WaitingCheckIns;
    WaitingCheckIns& waiting_;
    const std::string certificate_sha256_;
    const ClientAddress address_;
    const std::function<void()> wake_;
    std::atomic<bool> superseded_{false};
  };

  // A place, from which the one before of the same certificate is superseded and woken (from this
  // thread). Null: there are enough, altogether or from this address.
  std::unique_ptr<Place> Take(const std::string& certificate_sha256, const ClientAddress& address,
                              std::function<void()> wake);

  std::size_t open() const { return count_.open(); }

 private:
  std::size_t most_;
  ConnectionCount count_;
  std::mutex mutex_;
  std::unordered_map<std::string, Place*> places_;  // under mutex_, by certificate
};

}  // namespace latchkey::api
