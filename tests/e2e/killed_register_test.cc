// `register` killed by SIGKILL at each of its steps, and run again: one key, one certificate.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "core/base/hex.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "tests/e2e/e2e_ledger.h"
#include "tools/installer/registration.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

class KilledRegisterTest : public E2eTest {
 protected:
  fs::path Out(const std::string& name) { return directory() / ("out-" + name); }

  tools::CliResult<void> Register(const AddedGateway& gateway, tools::StepHook step) {
    tools::RegisterOptions options;
    options.url = "https://" + server().Gateways(1).address;
    options.trust.ca_file = data() / "run" / "ca.crt";
    options.out = Out(gateway.name);
    options.command = "true";
    options.step = std::move(step);
    std::ostringstream said;
    return tools::Register(
        options,
        [&](bool) -> tools::CliResult<std::optional<crypto::Secret>> {
          return std::optional<crypto::Secret>(crypto::Secret(gateway.key));
        },
        said, said);
  }

  // In a process of its own, which nobody can stop from dying behind that step.
  void RegisterAndDieAfter(const std::string& last, const AddedGateway& gateway) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      (void)Register(gateway, [&](std::string_view step) {
        if (step == last) ::kill(::getpid(), SIGKILL);
      });
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it lived on: " << status;
  }
};

TEST_F(KilledRegisterTest, AndRunAgainEndsWithOneCertificate) {
  OpenAccount("acme");
  std::vector<std::string> steps;
  const auto whole = Register(AddGateway("acme", "whole"),
                              [&](std::string_view step) { steps.emplace_back(step); });
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_GE(steps.size(), 8u);
  for (const std::string& last : steps) {
    SCOPED_TRACE("killed after " + last);
    const AddedGateway gateway = AddGateway("acme", last);
    RegisterAndDieAfter(last, gateway);
    const fs::path key_file = directory() / "key";
    ASSERT_TRUE(crypto::WriteFileDurably(key_file, gateway.key + "\n", true));
    ASSERT_EQ(RunLatchkey({"register", "--url", "https://" + server().Gateways(1).address, "--ca",
                           data() / "run" / "ca.crt", "--key-file", key_file, "--out", Out(last),
                           "--run", "true"}),
              0);
    EXPECT_EQ(CountEvents("type=KeyRedeemed&gateway=" + gateway.id), 1u);
    EXPECT_EQ(CountEvents("type=RegistrationConfirmed&gateway=" + gateway.id), 1u);
    EXPECT_EQ(CountEvents("type=RedemptionRefused&gateway=" + gateway.id), 0u);
    const boost::json::value shown = Get("/v1/gateways/" + gateway.id);
    EXPECT_EQ(shown.at("status"), "green");
    const auto certificate =
        crypto::ReadCertificate(crypto::ReadSmallFile(Out(last) / "gateway.crt").value_or(""));
    ASSERT_TRUE(certificate);
    EXPECT_EQ(shown.at("certificate").at("sha256").as_string(), text::ToHex(certificate->sha256));
    const fs::directory_iterator attempts(Out(last) / "attempts");
    EXPECT_EQ(std::distance(begin(attempts), end(attempts)), 1);
  }
}

}  // namespace
}  // namespace latchkey::testing
