// The forms of the log that one node has: in memory, for tests, and in RocksDB.
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "core/log/rocks_log.h"
#include "tests/core/log/log_conformance.h"
#include "tests/support/fault_fs.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace latchkey::log {
namespace {

class MemoryForm final : public Form {
 public:
  Log& log() override { return log_; }
  void AppendElsewhere(const std::string& entry) override { log_.AppendElsewhere(entry); }
  void FailNextAppend(bool written) override { log_.FailNextAppend(written); }
  void Reopen() override { log_.Reopen(); }

 private:
  testing::MemoryLog log_;
};

class RocksForm final : public Form {
 public:
  RocksForm() { Open(); }
  Log& log() override { return *log_; }
  // The lock keeps others out: elsewhere can only be in this process.
  void AppendElsewhere(const std::string& entry) override {
    ASSERT_EQ(log_->Append(log_->size(), {&entry, 1}), AppendOutcome::kDurable);
  }
  // The record reaches the file either way; without `written` power fails as well.
  void FailNextAppend(bool written) override {
    files_.fs->FailSync(".log");
    power_fails_ = !written;
  }
  void Reopen() override {
    if (power_fails_) {
      const std::filesystem::path after = directory_ / std::to_string(++copies_);
      files_.fs->CopyAsSynced(path_, after);
      path_ = after;
      power_fails_ = false;
    }
    log_.reset();
    files_.fs->Heal();
    Open();
  }

 private:
  void Open() {
    auto opened = RocksLog::Open(path_, files_.resources, {});
    ASSERT_TRUE(opened) << opened.error().detail;
    log_ = *std::move(opened);
  }

  testing::TempDir directory_;
  std::filesystem::path path_ = directory_ / "0";
  testing::FaultyResources files_;
  int copies_ = 0;
  bool power_fails_ = false;
  std::unique_ptr<RocksLog> log_;
};

INSTANTIATE_TEST_SUITE_P(
    Forms, LogConformance,
    ::testing::Values(FormCase{"Memory", [] { return std::make_unique<MemoryForm>(); }},
                      FormCase{"Rocks", [] { return std::make_unique<RocksForm>(); }}),
    NameOf);

}  // namespace
}  // namespace latchkey::log
