// Verifies the certificates of a ledger on all processors: that the CA in force has signed each,
// and that it names its gateway alone.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/domain/invariants.h"

namespace latchkey::tools {

struct SignatureToCheck {
  std::uint64_t sequence = 0;
  std::string_view fact;                  // its name; outlives the check
  std::string certificate;                // DER
  std::shared_ptr<const std::string> ca;  // DER, in force
  std::string name;                       // SPIFFE; empty: whatever it names
};

// One thread calls it.
class SignatureCheck {
 public:
  SignatureCheck();  // as many threads as processors
  ~SignatureCheck();

  // Waits while much is waiting to be verified.
  void Add(SignatureToCheck signature);
  // Waits until all are verified; what was found, in no order.
  std::vector<domain::Violation> Drain();

  // These after Drain.
  std::uint64_t count() const { return count_; }
  double seconds() const { return seconds_; }  // of processor time, all threads together

 private:
  using Batch = std::vector<SignatureToCheck>;

  void HandOver();
  void Run();
  static void Check(const SignatureToCheck& signature, std::vector<domain::Violation>* found);

  Batch next_;
  std::uint64_t count_ = 0;
  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  unsigned busy_ = 0;
  bool stopping_ = false;
  std::vector<domain::Violation> found_;
  double seconds_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace latchkey::tools
