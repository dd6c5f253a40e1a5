// When an agent checks in next. Pure: what is drawn is given, and nothing waits.
#pragma once

#include <chrono>

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

class Pace {
 public:
  explicit Pace(std::chrono::seconds interval);

  // How long after the last try the next one is due; `drawn` is uniform in [0, 1].
  std::chrono::milliseconds AfterAnswer(std::chrono::seconds interval, double drawn);
  std::chrono::milliseconds AfterFailure(double drawn);

 private:
  std::chrono::milliseconds interval_;
  std::chrono::milliseconds retry_ = kFirstRetry;
};

}  // namespace latchkey::tools
