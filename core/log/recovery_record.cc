#include "core/log/recovery_record.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <functional>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/printable.h"
#include "core/base/time_text.h"
#include "core/rocks/small_file.h"

namespace latchkey::log {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 4;
constexpr std::size_t kMaxTextBytes = 1'024;

json::value TimeValue(Time time) { return json::string(text::FormatTime(ToMicros(time))); }

json::value ValueOf(const Runs& runs) {
  json::object object{{"good", nullptr}, {"failed", nullptr}};
  if (const auto& run = runs.good) {
    object["good"] = {{"at", TimeValue(run->at)}, {"size", run->size}, {"place", run->place}};
  }
  if (const auto& run = runs.failed) {
    object["failed"] = {{"at", TimeValue(run->at)}, {"place", run->place}, {"reason", run->reason}};
  }
  return object;
}

// Reads members of one object, and remembers whether all were there.
class Members {
 public:
  explicit Members(const json::value* value)
      : object_(value == nullptr ? nullptr : value->if_object()), good_(object_ != nullptr) {}

  // Null when it is missing.
  const json::value* Find(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains({name.data(), name.size()});
  }
  std::string Text(std::string_view name) {
    const json::value* value = Find(name);
    const json::string* found = value == nullptr ? nullptr : value->if_string();
    if (found == nullptr || found->size() > kMaxTextBytes) return Bad<std::string>();
    return std::string(*found);
  }
  Time TimeAt(std::string_view name) {
    const auto time = text::ParseTime(Text(name));
    return time ? FromMicros(*time) : Bad<Time>();
  }
  std::uint64_t Count(std::string_view name) {
    const json::value* value = Find(name);
    const std::int64_t* count = value == nullptr ? nullptr : value->if_int64();
    if (count == nullptr || *count < 0) return Bad<std::uint64_t>();
    return static_cast<std::uint64_t>(*count);
  }
  bool good() const { return good_; }

 private:
  template <typename T>
  T Bad() {
    good_ = false;
    return T();
  }
  const json::object* object_;
  bool good_;
};

bool IsNull(const json::value* value) { return value != nullptr && value->is_null(); }

std::optional<Runs> RunsIn(const json::value* value) {
  const Members members(value);
  if (!members.good()) return std::nullopt;
  Runs runs;
  if (const json::value* found = members.Find("good"); !IsNull(found)) {
    Members run(found);
    runs.good = GoodRun{run.TimeAt("at"), run.Count("size"), run.Text("place")};
    if (!run.good()) return std::nullopt;
  }
  if (const json::value* found = members.Find("failed"); !IsNull(found)) {
    Members run(found);
    runs.failed = FailedRun{run.TimeAt("at"), run.Text("place"), run.Text("reason")};
    if (!run.good()) return std::nullopt;
  }
  return runs;
}

std::string Short(std::string_view text) {
  return text::Printable(text, kMaxTextBytes - sizeof "…");
}

// The file is read, changed and written while the directory is locked: a backup and a drill may end
// at the same time.
Status Change(const std::filesystem::path& data, rocksdb::Env* env,
              const std::function<void(RecoveryRecord*)>& change) {
  const int directory = ::open(data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || ::flock(directory, LOCK_EX) != 0) {
    if (directory >= 0) ::close(directory);
    return Refuse(ErrorCode::kIo, "The data directory cannot be locked.");
  }
  RecoveryRecord record = ReadRecoveryRecord(data, env).value_or(RecoveryRecord());
  change(&record);
  Status written =
      rocks::WriteSmallFile(RecoveryRecordPath(data), RenderRecoveryRecord(record), env);
  ::close(directory);
  return written;
}

}  // namespace

std::string RenderRecoveryRecord(const RecoveryRecord& record) {
  return json::serialize(
             json::object{{"backup", ValueOf(record.backup)}, {"drill", ValueOf(record.drill)}}) +
         '\n';
}

std::optional<RecoveryRecord> ParseRecoveryRecord(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code failed;
  const json::value value = json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed) return std::nullopt;
  const Members members(&value);
  const auto backup = RunsIn(members.Find("backup"));
  const auto drill = RunsIn(members.Find("drill"));
  if (!backup || !drill) return std::nullopt;
  return RecoveryRecord{*backup, *drill};
}

std::filesystem::path RecoveryRecordPath(const std::filesystem::path& data) {
  return data / "recovery.json";
}

Result<RecoveryRecord> ReadRecoveryRecord(const std::filesystem::path& data, rocksdb::Env* env) {
  const auto file = rocks::ReadSmallFile(RecoveryRecordPath(data), env);
  if (!file) return file.error();
  if (!*file) return RecoveryRecord();
  if (auto record = ParseRecoveryRecord(**file)) return *std::move(record);
  return Refuse(ErrorCode::kUnusable,
                "recovery.json is damaged: it is not known when the last backup and drill were. "
                "The next backup or drill begins it again.");
}

Status RecordRun(const std::filesystem::path& data, Runs RecoveryRecord::*kind, GoodRun run,
                 rocksdb::Env* env) {
  run.place = Short(run.place);
  return Change(data, env, [&](RecoveryRecord* record) {
    record->*kind = {std::move(run), std::nullopt};
  });
}

Status RecordRun(const std::filesystem::path& data, Runs RecoveryRecord::*kind, FailedRun run,
                 rocksdb::Env* env) {
  run.place = Short(run.place);
  run.reason = Short(run.reason);
  return Change(data, env,
                [&](RecoveryRecord* record) { (record->*kind).failed = std::move(run); });
}

}  // namespace latchkey::log
