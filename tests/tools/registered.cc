#include "tests/tools/registered.h"

#include <sstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"

namespace latchkey::tools::testing {

void Registered::Register(const RegisterOptions& options) {
  const auto registered = TryToRegister(options);
  EXPECT_TRUE(registered) << registered.error().message;
}

CliResult<void> Registered::TryToRegister(const RegisterOptions& options) {
  std::ostringstream said;
  return tools::Register(
      options,
      [this](bool) -> CliResult<std::optional<crypto::Secret>> {
        return std::optional<crypto::Secret>(crypto::Secret(key_));
      },
      said, said);
}

void Registered::NewKey() {
  const Ran ran = served_.Run({"key", "generate", "acme/hq", "--replace", "--yes"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  key_ = ran.out.substr(0, ran.out.find('\n'));
}

void Registered::Deregister() {
  const Ran ran = served_.Run({"gateway", "deregister", "acme/hq", "--yes"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

std::string Registered::RegistrationJson() const {
  return crypto::ReadSmallFile(directory() / "registration.json").value_or("");
}

}  // namespace latchkey::tools::testing
