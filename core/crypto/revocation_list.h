// The content of a certificate revocation list, version 2 (RFC 5280 §5). Values; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace latchkey::crypto {

// As in RFC 5280 §5.3.1.
enum class RevocationReason : unsigned char { kSuperseded = 4, kCessationOfOperation = 5 };

class RevocationList {
 public:
  // Made at `now` and to be used until `next`. `number` grows from one list of a CA to the next.
  RevocationList(std::uint64_t number, Time now, Time next)
      : number_(number), now_(now), next_(next) {}

  // `serial`: big-endian bytes, each serial once.
  void Add(std::string_view serial, Time revoked_at, RevocationReason reason);
  std::size_t size() const { return size_; }

  // What the CA signs (TBSCertList, DER), from the CA's own DER: AlgorithmIdentifier, Name, and the
  // extension that identifies its key.
  std::string Body(std::string_view algorithm, std::string_view issuer,
                   std::string_view authority_key_id) const;

 private:
  std::uint64_t number_;
  Time now_;
  Time next_;
  std::string revoked_;  // DER, one value for each certificate
  std::size_t size_ = 0;
};

}  // namespace latchkey::crypto
