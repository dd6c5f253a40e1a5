// The entries that a test has seen acknowledged, and the check that a log holds them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/log/log.h"
#include "tests/support/fakes.h"

namespace latchkey::log {

// Copyable: a copy is what was acknowledged by then.
class Acknowledged {
 public:
  std::uint64_t size() const { return entries_.size(); }
  const std::string& entry(std::uint64_t sequence) const { return entries_[sequence]; }
  std::string Root() const;  // by the reference

  // Entries of random bytes, 1 to `max_bytes` each.
  std::vector<std::string> Make(std::size_t count, std::size_t max_bytes = 400);
  void Add(const std::vector<std::string>& entries);

  // Appends that many and expects success.
  void AppendTo(Log& log, std::size_t count, std::size_t max_bytes = 400);

  // `log` has exactly these entries: size, bytes by Read and Scan, root and tiles by the reference.
  void ExpectExactly(const Log& log) const;

 private:
  std::shared_ptr<testing::SeededRandom> random_ = std::make_shared<testing::SeededRandom>();
  std::vector<std::string> entries_;
  std::vector<std::string> leaves_;
};

}  // namespace latchkey::log
