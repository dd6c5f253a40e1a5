// Makes the documents by which others verify gateways' certificates without asking the ledger: the
// bundle of the SPIFFE trust domain, and the list of certificates that ended before their time. How
// many ask for them costs nothing here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/call/trust_documents.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "tools/ledger/ledger.h"

namespace latchkey::tools {

using namespace std::chrono_literals;

// The list is made again this often, sooner when a certificate has ended, but never more often than
// that. It is to be used for a day, so that verifiers go on while the server is stopped.
inline constexpr std::chrono::seconds kRevocationsEvery = 1h;
inline constexpr std::chrono::seconds kRevocationsAtMostEvery = 10s;
inline constexpr std::chrono::seconds kRevocationsLast = 24h;
// Some 10 MB. With more, no list is published: one that is not whole would tell verifiers that
// certificates are good.
inline constexpr std::size_t kMaxRevocations = 200'000;
inline constexpr std::chrono::seconds kBundleRefreshHint = 1h;

class TrustPublisher {
 public:
  // `ledger` outlives it.
  explicit TrustPublisher(Ledger& ledger) : ledger_(ledger) {}

  // Makes what is due. One thread at a time. Refuses with kUnusable when a document cannot be made,
  // once for each reason; the documents say so too.
  Status Refresh();

  const api::TrustDocuments& documents() const { return documents_; }  // thread-safe

 private:
  void RefreshBundle();
  Status RefreshRevocations();
  Result<std::string> MakeRevocations();

  Ledger& ledger_;
  api::TrustDocuments documents_;
  std::optional<Time> bundle_until_;  // by the ledger's time; null: not made yet
  bool published_ = false;            // the list, or why there is none
  bool withdrawn_ = false;            // there is none
  Micros made_at_{0};                 // by the steady clock
  std::uint64_t made_of_ = 0;         // certificates that had ended then
  std::uint64_t number_ = 0;          // of the last list
};

}  // namespace latchkey::tools
