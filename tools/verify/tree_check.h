// Hashes the entries of a log into its tree, in a thread of its own, and compares each tile that
// becomes full with the stored one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/domain/invariants.h"
#include "core/log/log.h"
#include "core/log/tree.h"

namespace latchkey::tools {

// One thread calls it.
class TreeCheck {
 public:
  TreeCheck();
  ~TreeCheck();

  // Goes on from a tree that was verified before. Before the first Add.
  void Begin(log::Tree tree);
  // The next entry of `log`, which outlives the next Drain.
  void Add(std::string_view entry, const log::Log& log);
  // Waits until all that was added is compared. Refuses with kIo when tiles could not be read.
  Status Drain();

  // These after Drain: the tree so far, what was found, and the processor time that it took.
  const log::Tree& tree() const { return tree_; }
  const std::vector<domain::Violation>& found() const { return found_; }
  double seconds() const { return seconds_; }

 private:
  // Entries of about one tile, joined.
  struct Batch {
    const log::Log* log = nullptr;
    std::string bytes{};
    std::vector<std::size_t> ends{};
  };

  void HandOver();
  void Run();
  void Check(const Batch& batch);
  void Compare(const log::FullTile& tile, const log::Log& log);

  Batch next_;
  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  bool busy_ = false;
  bool stopping_ = false;
  // Of the thread, until Drain.
  log::Tree tree_;
  std::vector<log::FullTile> full_;
  std::vector<domain::Violation> found_;
  std::optional<Error> problem_;
  double seconds_ = 0;
  std::thread thread_;
};

}  // namespace latchkey::tools
