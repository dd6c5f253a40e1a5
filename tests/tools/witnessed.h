// A witness in a directory of a test's own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"
#include "tools/witness/witness.h"

namespace latchkey::tools::testing {

class Witnessed {
 public:
  explicit Witnessed(std::vector<log::NoteKey> logs, rocksdb::Env* env = rocksdb::Env::Default())
      : data_(directory_ / "witness"), logs_(std::move(logs)), env_(env) {
    StartAgain();
  }

  Witness& witness() { return *witness_; }
  const std::filesystem::path& data() const { return data_; }
  latchkey::testing::FakeClock& clock() { return clock_; }
  const std::vector<std::string>& told() const { return told_; }

  WitnessAnswer Add(const std::string& body) { return witness_->AddCheckpoint(body); }
  std::string Latest(const log::NoteKey& log) {
    const WitnessAnswer answer = witness_->Latest(OriginHash(log.name));
    return answer.status == 200 ? answer.body : "";
  }

  Result<std::unique_ptr<Witness>> Open(const std::filesystem::path& data,
                                        const std::vector<log::NoteKey>& logs) {
    auto directory = WitnessDirectory::Open(data, "", env_);
    if (!directory) return directory.error();
    return Witness::Open(*std::move(directory),
                         {.logs = logs, .clock = &clock_, .tell = [this](const std::string& words) {
                            told_.push_back(words);
                          }});
  }
  void Stop() { witness_.reset(); }
  void StartAgain() {
    Stop();
    auto opened = Open(data_, logs_);
    ASSERT_TRUE(opened) << opened.error().detail;
    witness_ = *std::move(opened);
  }

 private:
  latchkey::testing::TempDir directory_;
  std::filesystem::path data_;
  std::vector<log::NoteKey> logs_;
  rocksdb::Env* env_;
  latchkey::testing::FakeClock clock_;
  std::vector<std::string> told_;
  std::unique_ptr<Witness> witness_;
};

}  // namespace latchkey::tools::testing
