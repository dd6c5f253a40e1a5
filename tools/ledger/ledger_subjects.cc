#include "tools/ledger/ledger_subjects.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "events/codec.h"
#include "projections/position.h"

namespace latchkey::tools {
namespace {

Error UnusableSubjects(const std::string& what) {
  return Refuse(ErrorCode::kUnusable,
                what +
                    ". Nothing was changed: put back the subjects/ that belongs to this ledger, "
                    "from where its ledger/ comes from.");
}

// The second event of every ledger has sealed fields.
Result<bool> OpensWhatWasSealedFirst(const Subjects& subjects, const log::Log& log) {
  std::optional<bool> opens;
  events::Event event;
  Status decoded;
  const Status scanned = log.Scan(0, log.size(), [&](std::uint64_t, std::string_view entry) {
    decoded = events::DecodeInto(entry, &event);
    if (!decoded) return false;
    if (event.has_sealed()) opens = subjects.Open(event.sealed()).has_value();
    return !opens;
  });
  if (!scanned) return scanned.error();
  if (!decoded) return decoded.error();
  return opens.value_or(true);
}

// Whether these are all the sealing keys of the ledger.
Status CheckComplete(const Subjects& subjects, const log::Log& log, std::string_view ledger_id,
                     std::uint64_t known_keys) {
  const auto bound = subjects.BoundTo();
  if (!bound) return bound.error();
  const Result<bool> ours =
      *bound ? Result<bool>(**bound == ledger_id) : OpensWhatWasSealedFirst(subjects, log);
  if (!ours) return ours.error();
  if (!*ours) return UnusableSubjects("the store of sealing keys is of another ledger");
  if (subjects.made() >= known_keys) return {};
  return UnusableSubjects(
      fmt::format("{} of {} sealing keys are missing (latchkey verify names them)",
                  known_keys - subjects.made(), known_keys));
}

Result<std::unique_ptr<Subjects>> OpenAs(Subjects::Access access,
                                         const std::filesystem::path& directory,
                                         const rocks::Resources& resources) {
  auto opened = Subjects::Open(directory, resources, access);
  if (!opened && opened.error().code == ErrorCode::kUnusable) {
    return UnusableSubjects(opened.error().detail);
  }
  return opened;
}

}  // namespace

// Opens read-only first: if the directory is damaged, opening it for writing may make RocksDB drop
// data that could still be repaired.
Result<std::unique_ptr<Subjects>> OpenSubjectsOf(const log::Log& log, std::uint64_t known_keys,
                                                 const std::filesystem::path& directory,
                                                 const rocks::Resources& resources,
                                                 Subjects::Access access) {
  const auto ledger = projections::IdentityOf(log);
  if (!ledger) return ledger.error();
  auto look = OpenAs(Subjects::Access::kRead, directory, resources);
  if (!look) return look;
  if (Status complete = CheckComplete(**look, log, ledger->ledger_id, known_keys); !complete) {
    return complete.error();
  }
  if (access == Subjects::Access::kRead) return look;
  look->reset();
  auto opened = OpenAs(access, directory, resources);
  if (!opened) return opened;
  const auto bound = (*opened)->BoundTo();
  if (!bound) return bound.error();
  if (!*bound) {
    if (Status done = (*opened)->Bind(ledger->ledger_id); !done) return done.error();
  }
  return opened;
}

}  // namespace latchkey::tools
