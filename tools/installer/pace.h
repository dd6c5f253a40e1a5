// When an agent checks in next, and when it renews its certificate. Pure: what is drawn is given,
// and nothing waits.
#pragma once

#include <chrono>

#include "core/base/time.h"

namespace latchkey::tools {

// A check-in comes after 85 to 100% of the interval: never late, and gateways that started together
// drift apart.
inline constexpr double kEarliestCheckIn = 0.85;
// After a failure the pause is drawn from half of this to all of it; each further failure doubles
// it, up to the interval.
inline constexpr std::chrono::milliseconds kFirstRetry{1'000};
inline constexpr double kEarliestRetry = 0.5;
// The interval that a server tells is taken as lying within these.
inline constexpr std::chrono::seconds kShortestInterval{1};
inline constexpr std::chrono::seconds kLongestInterval{24 * 60 * 60};
// A certificate is renewed at the latest after this part of the time between the moment from which
// it may be renewed and its end: gateways that were registered together drift apart.
inline constexpr int kRenewalSpread = 10;
// After a renewal that failed the pause is drawn from half of this to all of it; each further
// failure doubles it, up to the longest, or kRenewalSpread of the time that there is.
inline constexpr std::chrono::milliseconds kFirstRenewalRetry{120'000};
inline constexpr std::chrono::milliseconds kLongestRenewalRetry{4 * 60 * 60 * 1'000};

class Pace {
 public:
  explicit Pace(std::chrono::seconds interval);

  // How long after the last try the next one is due; `drawn` is uniform in [0, 1].
  std::chrono::milliseconds AfterAnswer(std::chrono::seconds interval, double drawn);
  // Never before the time for which the server asks (0: none), up to kLongestInterval.
  std::chrono::milliseconds AfterFailure(double drawn, std::chrono::seconds retry_after = {});

 private:
  std::chrono::milliseconds interval_;
  std::chrono::milliseconds retry_ = kFirstRetry;
};

// When a certificate is due for renewal that may be renewed from `renew_after` on; `drawn` is
// uniform in [0, 1] and always the same for one certificate.
Time RenewalDue(Time renew_after, Time not_after, double drawn);

class RenewalPace {
 public:
  // How long after a renewal that failed the next one is tried. `window` is the time that there is
  // for renewing; `retry_after` as above.
  std::chrono::milliseconds AfterFailure(Micros window, std::chrono::seconds retry_after,
                                         double drawn);
  void AfterSuccess() { retry_ = kFirstRenewalRetry; }

 private:
  std::chrono::milliseconds retry_ = kFirstRenewalRetry;
};

}  // namespace latchkey::tools
