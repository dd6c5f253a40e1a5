// What tells those who verify gateways' certificates without asking the ledger whom to trust:
// documents that are the same for everyone, made now and then and answered as they are.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/error.h"

namespace latchkey::api {

struct Document {
  std::string body;
  std::string etag;  // as in the header
};

// A document and its successors. Thread-safe.
class Published {
 public:
  using Current = Result<std::shared_ptr<const Document>>;

  void Put(Document document) { Set(std::make_shared<const Document>(std::move(document))); }
  void Withdraw(Error why) { Set(std::move(why)); }
  // Refuses with the reason when there is none.
  Current Get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

 private:
  void Set(Current current) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(current);
  }

  mutable std::mutex mutex_;
  Current current_ = Refuse(ErrorCode::kNotFound, "There is no such document yet.");
};

struct TrustDocuments {
  Published bundle;       // of the SPIFFE trust domain, JSON
  Published revocations;  // certificate revocation list, DER
};

}  // namespace latchkey::api
