#include "core/rocks/diary.h"

#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

#include <rocksdb/file_system.h>

namespace latchkey::rocks {
namespace {

class Diary final : public rocksdb::Logger {
 public:
  explicit Diary(std::FILE* file) : file_(file) {}

  using Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    const std::time_t seconds = micros / kMicros;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char time[32];
    std::strftime(time, sizeof time, "%FT%T", &utc);
    ::flockfile(file_.get());
    // Lines that cannot be written are dropped: nothing depends on the diary.
    const int before =
        std::fprintf(file_.get(), "%s.%06dZ ", time, static_cast<int>(micros % kMicros));
    const int line = std::vfprintf(file_.get(), format, arguments);
    (void)std::fputc('\n', file_.get());
    (void)std::fflush(file_.get());
    ::funlockfile(file_.get());
    if (before > 0 && line > 0) bytes_ += static_cast<std::size_t>(before + line + 1);
  }
  std::size_t GetLogFileSize() const override { return bytes_; }

 private:
  static constexpr std::int64_t kMicros = 1'000'000;  // of a second

  struct Closer {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Closer> file_;
  std::atomic<std::size_t> bytes_{0};
};

class FilesWithDiary final : public rocksdb::FileSystemWrapper {
 public:
  FilesWithDiary() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FilesWithDiary"; }

  rocksdb::IOStatus NewLogger(const std::string& name, const rocksdb::IOOptions&,
                              std::shared_ptr<rocksdb::Logger>* result,
                              rocksdb::IODebugContext*) override {
    std::FILE* file = std::fopen(name.c_str(), "we");
    if (file == nullptr) return rocksdb::IOStatus::IOError("the diary cannot be opened");
    *result = std::make_shared<Diary>(file);
    return rocksdb::IOStatus::OK();
  }
};

}  // namespace

rocksdb::Env* EnvWithCalmDiary() {
  static rocksdb::Env* const env =
      rocksdb::NewCompositeEnv(std::make_shared<FilesWithDiary>()).release();
  return env;
}

}  // namespace latchkey::rocks
