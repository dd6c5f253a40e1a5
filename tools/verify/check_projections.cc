#include "tools/verify/check_projections.h"

#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

#include "core/rocks/rocks.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/ledger_subjects.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) { Remove(); }
  ~Scratch() { Remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  void Remove() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path path_;
};

}  // namespace

Result<projections::Checked> CheckProjections(
    const fs::path& data, const fs::path& scratch,
    const std::function<void(projections::Projections::Progress)>& progress) {
  const rocks::Resources resources = rocks::Resources::Create();
  const auto checked = OpenCheckedLog(data, resources, {.mode = log::RocksLog::Mode::kReadAlone});
  if (!checked) return checked.error();
  const log::Log& log = *checked->log;
  const auto subjects = OpenSubjectsOf(log, checked->sealing_keys, data / "subjects", resources,
                                       Subjects::Access::kRead);
  if (!subjects) return subjects.error();
  const Scratch fresh(scratch / ("latchkey-check-" + std::to_string(::getpid())));
  return projections::Projections::Check(data / "projections", fresh.path(), resources, log,
                                         **subjects, progress);
}

std::string DifferencesOf(const projections::Checked& checked) {
  std::string words = "The projections are not what the ledger adds up to:";
  for (const std::string& problem : checked.problems) words += "\n  " + problem;
  return words + "\nRebuild them: latchkey replay --data DIR";
}

}  // namespace latchkey::tools
