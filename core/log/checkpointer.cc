#include "core/log/checkpointer.h"

#include <utility>

#include "core/rocks/small_file.h"

namespace latchkey::log {

Result<Head> OpenCheckpoint(std::string_view note, const NoteKey& key) {
  Result<Checkpoint> checkpoint =
      OpenNote(note, key).and_then([](const std::string& text) { return ParseCheckpoint(text); });
  if (!checkpoint) return checkpoint.error();
  if (checkpoint->origin != key.name) {
    return Refuse(ErrorCode::kUnusable, "it is a checkpoint of another log");
  }
  return std::move(checkpoint->head);
}

Checkpointer::Checkpointer(const Log& log, HeadFile& head, Options options)
    : log_(log), head_(head), options_(std::move(options)) {}

Checkpointer::~Checkpointer() { Stop(); }

void Checkpointer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Checkpointer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kCheckpointEvery, [this] { return stopping_; })) {
    lock.unlock();
    (void)Write();  // problem() has it
    lock.lock();
  }
}

Status Checkpointer::Write() {
  const std::lock_guard writing(writing_);
  const Head head = log_.head();
  if (const auto before = last(); before && before->size == head.size) return {};
  const Status written = WriteNow(head);
  const std::lock_guard lock(mutex_);
  problem_.reset();
  if (written) {
    last_ = head;
  } else {
    problem_ = written.error();
  }
  return written;
}

Status Checkpointer::WriteNow(const Head& head) {
  if (Status synced = head_.Sync(); !synced) return synced;
  return rocks::WriteSmallFile(
      options_.path,
      SignNote(CheckpointText({options_.origin, head}), options_.origin, options_.signer),
      options_.env);
}

std::optional<Head> Checkpointer::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::optional<Error> Checkpointer::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace latchkey::log
