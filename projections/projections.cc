#include "projections/projections.h"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/base/check.h"
#include "projections/finished_requests.h"
#include "projections/history_projection.h"
#include "projections/runner.h"
#include "projections/state_projection.h"
#include "projections/store.h"

namespace latchkey::projections {
namespace {

// The list.
const Listing kListings[] = {
    Line<StateProjection>(),
    Line<HistoryProjection>(),
    Line<FinishedRequests>(),
    Line<CertificateEnds>(),
};

Sources SourcesOf(const log::Log& log, const Subjects& subjects, std::uint64_t segment_events) {
  return {log, subjects, segment_events != 0 ? segment_events : HistoryProjection::kSegmentEvents};
}

Runner::Progress ProgressOf(const std::function<void(Projections::Progress)>& progress) {
  if (!progress) return {};
  return [&](std::uint64_t done, std::uint64_t total) { progress({done, total}); };
}

}  // namespace

namespace {

// Puts the projections built beside in place. If interrupted at any point, the next opening
// continues.
Status TakeBeside(const std::filesystem::path& directory, const rocks::Resources& resources) {
  const std::filesystem::path beside = Projections::Beside(directory);
  std::error_code error;
  if (!std::filesystem::exists(beside, error)) return {};
  const Result<bool> here = Projections::HasAll(directory, resources);
  // A damaged database is rebuilt in place, and lacks nothing that matters here.
  if (!here || *here) return {};
  const Result<bool> there = Projections::HasAll(beside, resources);
  if (!there || !*there) return {};
  std::filesystem::remove_all(directory, error);
  if (!error) std::filesystem::rename(beside, directory, error);
  if (!error) return {};
  return Refuse(ErrorCode::kIo, std::string(kWhat) + " cannot be replaced: " + error.message());
}

}  // namespace

std::filesystem::path Projections::Beside(const std::filesystem::path& directory) {
  return directory.parent_path() / (directory.filename().string() + ".next");
}

Result<bool> Projections::HasAll(const std::filesystem::path& directory,
                                 const rocks::Resources& resources) {
  const Result<std::vector<std::string>> families = Store::FamiliesIn(directory, resources);
  if (!families) return families.error();
  return std::all_of(std::begin(kListings), std::end(kListings), [&](const Listing& listing) {
    return std::find(families->begin(), families->end(), listing.family) != families->end();
  });
}

std::map<std::string, StoredPosition> Projections::PositionsIn(
    const std::filesystem::path& directory, const rocks::Resources& resources) {
  return Store::PositionsIn(directory, resources);
}

struct Projections::Impl {
  explicit Impl(std::unique_ptr<Runner> opened)
      : runner(std::move(opened)),
        state(runner->Get<StateProjection>()),
        history(runner->Get<HistoryProjection>()),
        finished(runner->Get<FinishedRequests>()),
        certificate_ends(runner->Get<CertificateEnds>()) {}

  std::unique_ptr<Runner> runner;
  const StateProjection& state;
  const HistoryProjection& history;
  const FinishedRequests& finished;
  const CertificateEnds& certificate_ends;
};

Result<std::unique_ptr<Projections>> Projections::Open(
    const std::filesystem::path& directory, const rocks::Resources& resources, const log::Log& log,
    const Subjects& subjects, const std::function<void(Progress)>& progress,
    std::uint64_t segment_events) {
  if (const Status taken = TakeBeside(directory, resources); !taken) return taken.error();
  auto runner = Runner::Open(directory, resources, SourcesOf(log, subjects, segment_events),
                             kListings, ProgressOf(progress));
  if (!runner) return runner.error();
  return std::unique_ptr<Projections>(new Projections(std::make_unique<Impl>(*std::move(runner))));
}

Result<Checked> Projections::Check(const std::filesystem::path& directory,
                                   const std::filesystem::path& scratch,
                                   const rocks::Resources& resources, const log::Log& log,
                                   const Subjects& subjects,
                                   const std::function<void(Progress)>& progress,
                                   std::uint64_t segment_events) {
  return Runner::Check(directory, scratch, resources, SourcesOf(log, subjects, segment_events),
                       kListings, ProgressOf(progress));
}

Projections::Projections(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Projections::~Projections() = default;

const domain::StateReader& Projections::state() const { return impl_->state; }

void Projections::Prepare(const EventBatch& batch) { impl_->runner->Prepare(batch); }
void Projections::Show() { impl_->runner->Show(); }

std::optional<FinishedRequest> Projections::Finished(std::string_view key_sha256,
                                                     Time since) const {
  return impl_->finished.Find(key_sha256, since);
}

void Projections::ScanDeadlines(domain::DeadlineKind kind, Time from, Time until,
                                const std::function<bool(const domain::Deadline&)>& visit) const {
  const auto key = [&](Time at) { return domain::DeadlineKey({kind, at, 0, 0}); };
  Scan({key(from), key(until)}, [&](std::string_view row, std::string_view) {
    return visit(domain::ParseDeadlineKey(row));
  });
}

void Projections::ScanTokens(const std::function<void(const domain::TokenRow&)>& visit) const {
  Scan(domain::Tokens(), [&](std::string_view, std::string_view bytes) {
    auto row = domain::ParseRow<domain::TokenRow>(bytes);
    domain::VoidBelowEpoch(state(), &row);
    visit(row);
    return true;
  });
}

const CertificateEnds& Projections::certificate_ends() const { return impl_->certificate_ends; }

std::uint64_t Projections::size() const { return impl_->runner->size(); }

const std::vector<std::string>& Projections::notes() const { return impl_->runner->notes(); }

void Projections::Scan(
    const domain::KeyRange& range,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  impl_->state.Scan(range, visit);
}

Result<HistoryPage> Projections::FindEvents(const HistoryQuery& query) const {
  return impl_->history.Find(query, size());
}

bool Projections::Matches(const HistoryQuery& query, const events::Event& event) const {
  return impl_->history.Matches(query, event);
}

void Projections::Flush() { impl_->runner->Flush(); }

std::vector<std::string> Projections::Compare(const Projections& other) const {
  Differences differences;
  impl_->runner->Compare(*other.impl_->runner, &differences);
  return differences.Take();
}

}  // namespace latchkey::projections
