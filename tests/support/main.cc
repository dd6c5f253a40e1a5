#include <cstdio>

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  std::printf("seed %llu (LATCHKEY_SEED=%llu runs the same again)\n",
              static_cast<unsigned long long>(latchkey::testing::Seed()),
              static_cast<unsigned long long>(latchkey::testing::Seed()));
  return RUN_ALL_TESTS();
}

// RocksDB and protobuf come from the system without instrumentation: containers that cross into
// them would be reported wrongly.
extern "C" const char* __asan_default_options() { return "detect_container_overflow=0"; }
