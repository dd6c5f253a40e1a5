// Gateways' certificates by the CA that signed them: which have ended before their time, and until
// when the last certificate of each CA lasts. For those who verify certificates without asking the
// ledger.
//
// CAs are numbered from 0 in the order in which they were in force. Rows:
//
//   'n'                                   → the number of the CA in force
//   'a' ‖ CA                              → the latest end of a certificate that it signed
//   'c' ‖ SHA-256                         → CA ‖ not after ‖ serial, of a certificate in force
//   'e' ‖ CA ‖ not after ‖ serial         → when it ended ‖ why
//   'o' ‖ gateway                         → SHA-256 of the gateway's renewal that is not used yet
//
// A certificate that ends by itself keeps its row, as it does in the state.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "projections/projection.h"

namespace latchkey::projections {

struct EndedCertificate {
  enum class Why : std::uint8_t { kEnded = 0, kReplaced = 1 };
  std::string serial;  // bytes
  Time not_after;
  Time ended_at;
  Why why;
};

class CertificateEnds final : public Projection {
 public:
  static constexpr const char* kFamily = "certificate_ends.1";

  CertificateEnds(const StoredRows& stored, const Sources&) : stored_(stored) {}

  Status Load(std::uint64_t size) override;
  void Apply(const EventBatch& batch, rocksdb::WriteBatch* out) override;
  void Publish() override;
  void Compare(const Projection& other, Differences* out) const override;

  // Thread-safe. The certificates of that CA that have ended and would last beyond `now`, by their
  // end, until `visit` returns false.
  void Visit(std::uint32_t ca, Time now,
             const std::function<bool(const EndedCertificate&)>& visit) const;
  // When the last certificate of that CA ends; the beginning of time when it has signed none.
  Time LastEnd(std::uint32_t ca) const;
  // Grows with each certificate that ends while the process runs.
  std::uint64_t count() const { return count_.load(std::memory_order_acquire); }

 private:
  class Step;

  StoredRows stored_;
  std::uint32_t ca_ = 0;     // in force, once the rows of the last Apply are written
  std::uint64_t ended_ = 0;  // by the last Apply
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace latchkey::projections
