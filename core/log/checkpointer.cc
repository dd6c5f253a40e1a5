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
  while (!wake_.wait_for(lock, options_.every, [this] { return stopping_; })) {
    lock.unlock();
    (void)Write();  // problem() has it
    lock.lock();
  }
}

Status Checkpointer::Write() {
  const std::lock_guard writing(writing_);
  const Head head = log_.head();
  if (const auto before = published(); before && before->head.size == head.size && !problem()) {
    AddCosignatures();
    return {};
  }
  PublishedCheckpoint checkpoint{
      head, SignNote(CheckpointText({options_.origin, head}), options_.origin, options_.signer),
      options_.clock.Now()};
  const Status written = WriteNow(checkpoint);
  const Status copied = written ? WriteCopy(checkpoint) : Status();
  if (written) Publish(std::move(checkpoint));
  const std::lock_guard lock(mutex_);
  problem_.reset();
  if (!written) problem_ = written.error();
  if (!copied) problem_ = copied.error();
  return written;
}

Status Checkpointer::WriteNow(const PublishedCheckpoint& checkpoint) {
  if (Status synced = head_.Sync(); !synced) return synced;
  return rocks::WriteSmallFile(options_.path, checkpoint.note, options_.env);
}

Status Checkpointer::WriteCopy(const PublishedCheckpoint& checkpoint) {
  if (options_.copy.empty()) return {};
  return rocks::WriteSmallFile(options_.copy, checkpoint.note, options_.env);
}

void Checkpointer::Publish(PublishedCheckpoint checkpoint) {
  if (options_.cosigners != nullptr) {
    options_.cosigners->Submit(checkpoint.head, checkpoint.note);
    checkpoint.note += options_.cosigners->LinesFor(checkpoint.head);
  }
  const std::lock_guard lock(mutex_);
  published_ = std::make_shared<const PublishedCheckpoint>(std::move(checkpoint));
}

void Checkpointer::AddCosignatures() {
  if (options_.cosigners == nullptr) return;
  const auto before = published();
  PublishedCheckpoint now = *before;
  now.note =
      SignNote(CheckpointText({options_.origin, now.head}), options_.origin, options_.signer);
  Publish(std::move(now));
}

std::shared_ptr<const PublishedCheckpoint> Checkpointer::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

std::optional<Error> Checkpointer::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace latchkey::log
