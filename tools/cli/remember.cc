#include "tools/cli/remember.h"

#include <ostream>

#include <fmt/format.h>

#include "core/base/time.h"
#include "core/log/rocks_log.h"
#include "core/rocks/rocks.h"

namespace latchkey::tools {
namespace {

bool HoldsCopy(const std::filesystem::path& data) {
  const auto log = log::RocksLog::Open(data / "ledger", rocks::Resources::Create(),
                                       {.mode = log::RocksLog::Mode::kReadOnly});
  return log && (*log)->is_copy();
}

}  // namespace

void Remember(const std::filesystem::path& data, log::Runs log::RecoveryRecord::*kind,
              const std::string& place, const CliResult<std::uint64_t>& size, std::ostream& notes) {
  if (HoldsCopy(data)) return;
  rocksdb::Env* const env = rocks::EnvWithCalmDiary();
  const Time now = SystemClock().Now();
  const Status recorded =
      size ? log::RecordRun(data, kind, log::GoodRun{now, *size, place}, env)
           : log::RecordRun(data, kind, log::FailedRun{now, place, size.error().message}, env);
  if (recorded) return;
  notes << fmt::format("Note: the data directory does not remember this ({}).\n",
                       recorded.error().detail);
}

}  // namespace latchkey::tools
