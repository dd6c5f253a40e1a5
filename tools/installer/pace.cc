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

}  // namespace

Pace::Pace(std::chrono::seconds interval) : interval_(Within(interval)) {}

milliseconds Pace::AfterAnswer(std::chrono::seconds interval, double drawn) {
  interval_ = Within(interval);
  retry_ = kFirstRetry;
  return Draw(interval_, kEarliestCheckIn, drawn);
}

milliseconds Pace::AfterFailure(double drawn) {
  retry_ = std::min(retry_, interval_);
  const milliseconds pause = Draw(retry_, kEarliestRetry, drawn);
  retry_ *= 2;
  return pause;
}

}  // namespace latchkey::tools
