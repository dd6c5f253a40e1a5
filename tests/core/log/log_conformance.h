// The contract of the log as a suite: the tests are in log_conformance_test.cc, and each program
// that has a form of the log instantiates them for it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "core/log/log.h"
#include "tests/core/log/acknowledged.h"
#include "tests/support/fakes.h"

namespace latchkey::log {

// One implementation of the log, with what the suite needs beyond the contract.
class Form {
 public:
  virtual ~Form() = default;
  virtual Log& log() = 0;
  virtual void AppendElsewhere(const std::string& entry) = 0;
  virtual void FailNextAppend(bool written) = 0;
  virtual void Reopen() = 0;  // as a restart of the process
};

struct FormCase {
  const char* name;
  std::function<std::unique_ptr<Form>()> make;
};

class LogConformance : public ::testing::TestWithParam<FormCase> {
 protected:
  Log& log() { return form_->log(); }
  void Acknowledge(std::size_t count) { acknowledged_.AppendTo(log(), count); }
  void ExpectWhole() { acknowledged_.ExpectExactly(log()); }

  Acknowledged acknowledged_;
  testing::SeededRandom random_;
  std::unique_ptr<Form> form_ = GetParam().make();
};

inline std::string NameOf(const ::testing::TestParamInfo<FormCase>& form) {
  return form.param.name;
}

}  // namespace latchkey::log
