#include "tools/cli/progress.h"

#include <utility>

#include <fmt/format.h>

namespace latchkey::tools {

std::function<void(std::uint64_t, std::uint64_t)> ShowProgress(std::ostream& out,
                                                               std::string what) {
  return [&out, what = std::move(what), shown = std::uint64_t{101}](std::uint64_t done,
                                                                    std::uint64_t total) mutable {
    const std::uint64_t percent = total == 0 ? 100 : done * 100 / total;
    if (percent == shown || total == 0) return;
    shown = percent;
    out << fmt::format("\r{} {} of {} events ({}%)", what, done, total, percent)
        << (done >= total ? "\n" : "") << std::flush;
  };
}

std::function<void(projections::Projections::Progress)> ShowReplay(std::ostream& out) {
  return
      [show = ShowProgress(out, "replayed")](projections::Projections::Progress progress) mutable {
        show(progress.done, progress.total);
      };
}

}  // namespace latchkey::tools
