#include "tools/cli/progress.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;

constexpr Micros kStep = 1s;
constexpr const char* kEraseRest = "\x1b[K";  // of the line, which may have been longer before

class ProgressLine {
 public:
  ProgressLine(std::ostream& out, std::string what, const Clock& clock)
      : out_(out), what_(std::move(what)), clock_(clock) {}

  void operator()(std::uint64_t done, std::uint64_t total) {
    if (total == 0) return;
    const Micros now = clock_.Steady();
    if (!begun_) begun_ = {done, now};
    const std::uint64_t percent = done * 100 / total;
    const bool ends = done >= total;
    if (shown_ && shown_->percent == percent && (ends || now - shown_->at < kStep)) return;
    shown_ = {percent, now};
    out_ << fmt::format("\r{} {} of {} events ({}%)", what_, done, total, percent)
         << Rate(done, total, now) << kEraseRest << (ends ? "\n" : "") << std::flush;
  }

 private:
  // What was done before the first call was not done in the time since.
  std::string Rate(std::uint64_t done, std::uint64_t total, Micros now) const {
    const std::chrono::duration<double> passed = now - begun_->at;
    if (passed < kStep || done <= begun_->done) return {};
    const double rate = static_cast<double>(done - begun_->done) / passed.count();
    std::string words = fmt::format(", {:.0f} events/s", rate);
    if (done >= total) return words;
    const std::chrono::duration<double> left(static_cast<double>(total - done) / rate);
    return words + ", " + TimeLeft(std::chrono::duration_cast<std::chrono::seconds>(left)) +
           " left";
  }

  struct Begun {
    std::uint64_t done;
    Micros at;
  };
  struct Shown {
    std::uint64_t percent;
    Micros at;
  };

  std::ostream& out_;
  const std::string what_;
  const Clock& clock_;
  std::optional<Begun> begun_;
  std::optional<Shown> shown_;
};

}  // namespace

std::function<void(std::uint64_t, std::uint64_t)> ShowProgress(std::ostream& out, std::string what,
                                                               const Clock* clock) {
  static const SystemClock machine;
  return ProgressLine(out, std::move(what), clock == nullptr ? machine : *clock);
}

std::function<void(projections::Projections::Progress)> ShowReplay(std::ostream& out) {
  return
      [show = ShowProgress(out, "replayed")](projections::Projections::Progress progress) mutable {
        show(progress.done, progress.total);
      };
}

std::string TimeLeft(std::chrono::seconds left) {
  if (left < 1s) return "less than a second";
  if (left < 1min) return fmt::format("{} s", left.count());
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(left).count();
  if (left < 1h) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace latchkey::tools
