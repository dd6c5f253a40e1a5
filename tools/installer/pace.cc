#include "tools/installer/pace.h"

#include <algorithm>

namespace latchkey::tools {
namespace {

using std::chrono::milliseconds;

milliseconds Within(std::chrono::seconds interval) {
  return std::clamp(interval, kShortestInterval, kLongestInterval);
}

// From the part `least` of the time to all of it.
milliseconds Draw(milliseconds whole, double least, double drawn) {
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(whole.count()) *
                                                     (least + (1 - least) * drawn)));
}

milliseconds AsAsked(milliseconds pause, std::chrono::seconds retry_after) {
  return std::max(pause, milliseconds(std::min(retry_after, kLongestInterval)));
}

}  // namespace

Pace::Pace(std::chrono::seconds interval) : interval_(Within(interval)) {}

milliseconds Pace::AfterAnswer(std::chrono::seconds interval, double drawn) {
  interval_ = Within(interval);
  retry_ = kFirstRetry;
  return Draw(interval_, kEarliestCheckIn, drawn);
}

milliseconds Pace::AfterFailure(double drawn, std::chrono::seconds retry_after) {
  retry_ = std::min(retry_, interval_);
  const milliseconds pause = Draw(retry_, kEarliestRetry, drawn);
  retry_ *= 2;
  return AsAsked(pause, retry_after);
}

Time RenewalDue(Time renew_after, Time not_after, double drawn) {
  const Micros window = std::max(not_after - renew_after, Micros(0));
  return renew_after + Micros(static_cast<Micros::rep>(static_cast<double>(window.count()) /
                                                       kRenewalSpread * drawn));
}

milliseconds RenewalPace::AfterFailure(Micros window, std::chrono::seconds retry_after,
                                       double drawn) {
  const auto longest = std::clamp(std::chrono::floor<milliseconds>(window / kRenewalSpread),
                                  kFirstRenewalRetry, kLongestRenewalRetry);
  retry_ = std::min(retry_, longest);
  const milliseconds pause = Draw(retry_, kEarliestRetry, drawn);
  retry_ *= 2;
  return AsAsked(pause, retry_after);
}

}  // namespace latchkey::tools
