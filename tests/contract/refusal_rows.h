// A table of refusals: how each is caused, and how it is answered.
#pragma once

#include <functional>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {

struct Refusal {
  std::string name;
  std::function<HttpAnswer(ContractLedger&)> ask;
  int status;
  std::string code;
  std::string says = "";  // somewhere in the answer
};

inline void PrintTo(const Refusal& row, std::ostream* out) { *out << row.name; }

class RefusalTest : public ::testing::TestWithParam<Refusal> {
 protected:
  void Run() {
    const HttpAnswer answer = GetParam().ask(ContractLedger::Instance());
    EXPECT_EQ(answer.status, GetParam().status) << answer.body;
    EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
    EXPECT_NE(answer.body.find(GetParam().says), std::string::npos) << answer.body;
  }
};

inline std::string RowName(const ::testing::TestParamInfo<Refusal>& row) { return row.param.name; }

}  // namespace latchkey::testing
