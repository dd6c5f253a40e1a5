// `register`, killed at each of its steps and in every way it can end.
#include "tools/installer/registration.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "core/http/http_client.h"
#include "tests/tools/served.h"
#include "tests/tools/strange_server.h"
#include "tools/client/json.h"
#include "tools/installer/out_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using testing::Cli;
using testing::CountOf;
using testing::Killed;
using testing::Ran;
using testing::Served;

// A gateway of a served ledger, and the directory its installer works in.
class Installer : public ::testing::Test {
 protected:
  Installer() { NewGateway("hq"); }

  void NewGateway(const std::string& name) {
    name_ = name;
    key_ = served_.AddGateway(name);
    out_ = served_.Scratch("out-" + name);
    ++gateways_;
  }

  RegisterOptions Options() {
    RegisterOptions options;
    options.url = served_.service().gateways_url();
    options.trust.ca_sha256 = ParseFingerprint(served_.service().ca_sha256());
    options.out = out_;
    options.patience = 0s;
    return options;
  }

  CliResult<void> Run(const RegisterOptions& options) {
    said_.str("");
    return Register(
        options,
        [this](bool) -> CliResult<std::optional<crypto::Secret>> {
          return std::optional<crypto::Secret>(crypto::Secret(key_));
        },
        said_, said_);
  }

  ExitCode ExitOf(const RegisterOptions& options) {
    const CliResult<void> ran = Run(options);
    if (ran) return ExitCode::kDone;
    failure_ = ran.error();
    return failure_.exit;
  }

  std::string NextKey(bool replace = false) {
    std::vector<std::string> arguments = {"key", "generate", "acme/" + name_, "--yes"};
    if (replace) arguments.push_back("--replace");
    const Ran ran = served_.Run(arguments);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    return ran.out.substr(0, ran.out.find('\n'));
  }

  std::size_t Count(Event::FactCase fact) { return CountOf(served_.service(), fact, gateways_); }
  std::string Content(const char* name) { return crypto::ReadSmallFile(out_ / name).value_or(""); }
  // What a gateway does with the files in place.
  bool FilesWork() {
    HttpClient client({.url = served_.service().gateways_url(),
                       .trust = Options().trust,
                       .certificate = out_ / "gateway.crt",
                       .key = out_ / "gateway.key"});
    const auto answer = client.Send({"GET", "/v1/self"});
    return answer && answer->status == 200;
  }

  Served served_;
  std::string name_, key_;
  fs::path out_;
  std::uint64_t gateways_ = 0;
  std::ostringstream said_;
  Failure failure_{};
};

TEST_F(Installer, RegistersAndChecksIn) {
  ASSERT_EQ(ExitOf(Options()), ExitCode::kDone) << failure_.message;
  EXPECT_EQ(served_.Status("hq"), "green");
  EXPECT_TRUE(FilesWork());
  EXPECT_EQ(fs::status(out_).permissions(), fs::perms::owner_all);
  for (const char* name : {"gateway.key", "gateway.crt", "ca.crt", "registration.json"}) {
    EXPECT_EQ(fs::status(out_ / name).permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << name;
  }
  const auto registration = ParseJson(Content("registration.json"));
  EXPECT_EQ(TextAt(registration, "/account"), "acme");
  EXPECT_EQ(TextAt(registration, "/name"), "hq");
  EXPECT_EQ(TextAt(registration, "/state"), "confirmed");
  EXPECT_EQ(TextAt(registration, "/registration"), "") << "that would be as it was at redemption";
}

// What a machine is called does not decide whether it can be registered.
TEST_F(Installer, WhateverTheMachineIsCalled) {
  const struct {
    std::string given;
    std::string shown;
  } rows[] = {
      {"z\xfcrich", "z?rich"},
      {"a\nb\x1b[2J", "a?b?[2J"},
      {std::string(64, 'h'), std::string(64, 'h')},
      {std::string(300, 'h'), std::string(252, 'h') + "…"},
      {std::string(251, 'h') + "ü", std::string(251, 'h') + "…"},
      {"", ""},
  };
  int number = 0;
  for (const auto& row : rows) {
    NewGateway("host-" + std::to_string(++number));
    RegisterOptions options = Options();
    options.machine = {row.given, row.given};
    options.version = row.given;
    ASSERT_EQ(ExitOf(options), ExitCode::kDone) << row.given << failure_.message;
    const Ran shown = served_.Run({"gateway", "show", "acme/" + name_, "-o", "json"});
    const boost::json::value gateway = ParseJson(shown.out);
    EXPECT_EQ(TextAt(gateway, "/host/hostname"), row.shown) << shown.out;
    EXPECT_EQ(TextAt(gateway, "/host/os"), row.shown);
    EXPECT_EQ(TextAt(gateway, "/version"), row.shown);
  }
}

TEST_F(Installer, AKeyInAnOddFileIsStillThatKey) {
  const std::string file = served_.Scratch("key").string();
  const std::vector<std::string> command = {"register",
                                            "--url",
                                            served_.service().gateways_url(),
                                            "--ca-fingerprint",
                                            served_.service().ca_sha256(),
                                            "--key-file",
                                            file,
                                            "--out",
                                            out_.string()};
  std::ofstream(file) << "\xef\xbb\xbf" << key_ << "\u0416\r\n";
  const Ran refused = Cli(command);
  EXPECT_EQ(refused.exit, 2) << refused.err;
  EXPECT_NE(refused.err.find("U+0416 at place 52"), std::string::npos) << refused.err;
  std::ofstream(file) << "\xef\xbb\xbf\u201c" << key_ << "\u201d\r\n";
  const Ran ran = Cli(command);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.err.find("The key is for"), std::string::npos) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("Registered ")) << "progress is not a result: " << ran.out;
}

TEST_F(Installer, SaysWhenItIsSentToTheOperatorsAddress) {
  RegisterOptions options = Options();
  options.url = served_.service().management_url();
  EXPECT_EQ(ExitOf(options), ExitCode::kUsage);
  EXPECT_NE(failure_.message.find("where operators connect"), std::string::npos)
      << failure_.message;
  EXPECT_EQ(Count(Event::kKeyRedeemed), 0u);
}

TEST_F(Installer, TakesWhereAndWhomToTrustFromTheEnvironment) {
  const std::string key_file = served_.Scratch("key").string();
  std::ofstream(key_file) << key_ << '\n';
  const std::string ca = (served_.data() / "run" / "ca.crt").string();
  ::setenv("LATCHKEY_GATEWAYS_URL", served_.service().gateways_url().c_str(), 1);
  const std::vector<std::string> arguments = {"register", "--key-file", key_file, "--out",
                                              out_.string()};
  EXPECT_EQ(Cli(arguments).exit, 1) << "the roots of this system do not know the server";
  ::setenv("LATCHKEY_CA", ca.c_str(), 1);
  const Ran ran = Cli(arguments);
  ::unsetenv("LATCHKEY_GATEWAYS_URL");
  ::unsetenv("LATCHKEY_CA");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(served_.Status("hq"), "green");
}

TEST_F(Installer, WithAConfirmedCertificateDoesNothing) {
  ASSERT_EQ(ExitOf(Options()), ExitCode::kDone);
  const std::uint64_t size = served_.service().ledger().log().size();
  const std::string certificate = Content("gateway.crt");
  RegisterOptions options = Options();
  options.command = "exit 1";  // is not run again
  EXPECT_EQ(ExitOf(options), ExitCode::kDone);
  EXPECT_NE(said_.str().find("already"), std::string::npos);
  EXPECT_EQ(served_.service().ledger().log().size(), size);
  EXPECT_EQ(Content("gateway.crt"), certificate);
  // Without a key at hand as well.
  const Ran ran = Cli({"register", "--url", options.url, "--out", out_.string()});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_NE(ran.out.find("already"), std::string::npos);
}

TEST_F(Installer, KilledAtEachStepEndsWithOneCertificate) {
  std::vector<std::string> steps;
  RegisterOptions recording = Options();
  recording.command = "true";
  recording.step = [&](std::string_view step) { steps.emplace_back(step); };
  ASSERT_EQ(ExitOf(recording), ExitCode::kDone) << failure_.message;
  EXPECT_EQ(steps, (std::vector<std::string>{"key_pair", "preflight", "redeemed", "stored",
                                             "in_place", "command", "confirmed", "marked"}));
  for (const std::string& last : steps) {
    SCOPED_TRACE("killed after " + last);
    NewGateway("gw-" + last);
    RegisterOptions killed = Options();
    killed.command = "true";
    killed.step = [&](std::string_view step) {
      if (step == last) throw Killed();
    };
    EXPECT_THROW((void)Run(killed), Killed);
    RegisterOptions again = Options();
    again.command = "true";
    EXPECT_EQ(ExitOf(again), ExitCode::kDone) << failure_.message;
    EXPECT_EQ(Count(Event::kKeyRedeemed), 1u);
    EXPECT_EQ(Count(Event::kRegistrationConfirmed), 1u);
    EXPECT_EQ(Count(Event::kRedemptionRefused), 0u);
    EXPECT_EQ(served_.Status(name_), "green");
    EXPECT_TRUE(FilesWork());
  }
}

// Killed again and again, one step further each time.
TEST_F(Installer, KilledAtOneStepAfterAnotherEndsWithOneCertificate) {
  for (std::size_t allowed = 1;; ++allowed) {
    ASSERT_LT(allowed, 50u);
    RegisterOptions options = Options();
    std::size_t steps = 0;
    options.step = [&](std::string_view) {
      if (++steps == allowed) throw Killed();
    };
    try {
      ASSERT_EQ(ExitOf(options), ExitCode::kDone) << failure_.message;
      break;
    } catch (const Killed&) {
    }
  }
  EXPECT_EQ(Count(Event::kKeyRedeemed), 1u);
  EXPECT_EQ(Count(Event::kRegistrationConfirmed), 1u);
}

TEST_F(Installer, TheKeyPairIsOnDiskBeforeAnythingIsSent) {
  const std::uint64_t size = served_.service().ledger().log().size();
  RegisterOptions options = Options();
  options.url = "https://127.0.0.1:1";  // nobody there
  EXPECT_EQ(ExitOf(options), ExitCode::kTryAgain);
  EXPECT_EQ(served_.service().ledger().log().size(), size);
  std::size_t pairs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(out_)) {
    pairs += entry.path().filename() == "gateway.key";
  }
  EXPECT_EQ(pairs, 1u);
  EXPECT_FALSE(fs::exists(out_ / "gateway.crt"));
  EXPECT_EQ(ExitOf(Options()), ExitCode::kDone) << failure_.message;
}

TEST_F(Installer, ACommandThatFailsIsReportedAndANewKeyWorks) {
  RegisterOptions failing = Options();
  failing.command = "test -s \"$LATCHKEY_DIR/gateway.crt\" && exit 3";
  EXPECT_EQ(ExitOf(failing), ExitCode::kCommandFailed);
  EXPECT_NE(failure_.message.find("exit status 3"), std::string::npos) << failure_.message;
  EXPECT_EQ(Count(Event::kInstallationFailed), 1u);
  EXPECT_EQ(served_.Status("hq"), "gray");
  EXPECT_FALSE(fs::exists(out_ / "gateway.crt"));
  EXPECT_EQ(ExitOf(Options()), ExitCode::kKeyRefused) << "the key stays spent";
  EXPECT_EQ(failure_.code, "registration_ended");
  key_ = NextKey();
  EXPECT_EQ(ExitOf(Options()), ExitCode::kDone) << failure_.message;
  EXPECT_EQ(served_.Status("hq"), "green");
  EXPECT_TRUE(FilesWork());
}

TEST_F(Installer, KilledAfterReportingAFailureSaysThatTheKeyIsSpent) {
  RegisterOptions failing = Options();
  failing.command = "exit 1";
  failing.step = [](std::string_view step) {
    if (step == "failure_reported") throw Killed();
  };
  EXPECT_THROW((void)Run(failing), Killed);
  EXPECT_TRUE(fs::exists(out_ / "gateway.crt"));
  EXPECT_EQ(ExitOf(Options()), ExitCode::kKeyRefused);
  EXPECT_FALSE(fs::exists(out_ / "gateway.crt"));
}

TEST_F(Installer, AReplacementThatFailsGivesTheOldIdentityBack) {
  ASSERT_EQ(ExitOf(Options()), ExitCode::kDone);
  const std::string old_key = Content("gateway.key");
  const std::string old_certificate = Content("gateway.crt");
  key_ = NextKey(true);
  RegisterOptions failing = Options();
  failing.command = "exit 1";
  EXPECT_EQ(ExitOf(failing), ExitCode::kCommandFailed);
  EXPECT_EQ(Content("gateway.key"), old_key);
  EXPECT_EQ(Content("gateway.crt"), old_certificate);
  EXPECT_TRUE(FilesWork());
  EXPECT_EQ(served_.Status("hq"), "green");

  key_ = NextKey(true);
  EXPECT_EQ(ExitOf(Options()), ExitCode::kDone) << failure_.message;
  EXPECT_NE(Content("gateway.key"), old_key) << "a key pair of its own";
  EXPECT_NE(Content("gateway.crt"), old_certificate);
  EXPECT_TRUE(FilesWork());
  EXPECT_EQ(Count(Event::kRegistrationConfirmed), 2u);
}

TEST_F(Installer, AReplacementKilledAnywhereLeavesAnIdentityThatWorks) {
  std::vector<std::string> steps = {"key_pair", "preflight", "redeemed", "stored",
                                    "in_place", "confirmed", "marked"};
  ASSERT_EQ(ExitOf(Options()), ExitCode::kDone);
  for (const std::string& last : steps) {
    SCOPED_TRACE("killed after " + last);
    key_ = NextKey(true);
    RegisterOptions killed = Options();
    killed.step = [&](std::string_view step) {
      if (step == last) throw Killed();
    };
    EXPECT_THROW((void)Run(killed), Killed);
    EXPECT_TRUE(FilesWork()) << "at the moment of the kill";
    EXPECT_EQ(ExitOf(Options()), ExitCode::kDone) << failure_.message;
    EXPECT_TRUE(FilesWork());
  }
}

TEST_F(Installer, AKeyThatIsRefusedIsTen) {
  const std::string mistyped = key_.substr(0, key_.size() - 1) + (key_.back() == '7' ? '8' : '7');
  const struct {
    const char* name;
    std::function<void()> given;
    const char* code;
  } rows[] = {
      {"mistyped", [&] { key_ = mistyped; }, "key_mistyped"},
      {"no key at all", [&] { key_ = "hello"; }, "key_malformed"},
      {"superseded", [&] { NextKey(); }, "key_superseded"},
      {"revoked",
       [&] {
         served_.Run({"key", "revoke", "acme/" + name_, "--yes"});
       },
       "key_revoked"},
      {"removed",
       [&] {
         served_.Run({"gateway", "remove", "acme/" + name_, "--yes"});
       },
       "gateway_removed"},
      {"used by another",
       [&] {
         RegisterOptions other = Options();
         other.out = served_.Scratch("elsewhere");
         EXPECT_EQ(ExitOf(other), ExitCode::kDone);
       },
       "key_already_redeemed"},
  };
  int number = 0;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    NewGateway("refused-" + std::to_string(++number));
    row.given();
    EXPECT_EQ(ExitOf(Options()), ExitCode::kKeyRefused);
    EXPECT_EQ(failure_.code, row.code);
    EXPECT_NE(failure_.message, "");
    EXPECT_EQ(failure_.message.find(key_), std::string::npos) << "never quotes a key";
    // An attempt with a redeemed key is recorded, with both parties' names.
    const bool taken = std::string_view(row.code) == "key_already_redeemed";
    EXPECT_EQ(Count(Event::kRedemptionRefused), taken ? 1u : 0u);
    if (!taken) continue;
    const Ran history =
        served_.Run({"history", "--gateway", "acme/" + name_, "--type", "RedemptionRefused"});
    EXPECT_NE(history.out.find("key pair "), std::string::npos) << history.out;
    EXPECT_NE(history.out.find("redeemed before by key pair "), std::string::npos) << history.out;
  }
}

TEST_F(Installer, AnAttemptThatTimedOutIsTen) {
  ServiceOptions quick = testing::OptionsFor(served_.Scratch("quick"));
  quick.ledger.confirm_window = 1s;
  auto service = testing::StartService(quick);
  const std::string data = quick.ledger.data.string();
  ASSERT_EQ(Cli({"account", "open", "acme", "--data", data}).exit, 0);
  const Ran added = Cli({"gateway", "add", "acme", "slow", "--data", data});
  key_ = testing::WordAfter(added.out, "Registration key");
  RegisterOptions options = Options();
  options.url = service->gateways_url();
  options.trust.ca_sha256 = ParseFingerprint(service->ca_sha256());
  // The command goes on until the registration has been given up.
  options.command = "true";
  options.step = [&](std::string_view step) {
    if (step != "command") return;
    while (CountOf(*service, Event::kRegistrationAbandoned) == 0) {
    }
  };
  EXPECT_EQ(ExitOf(options), ExitCode::kKeyRefused);
  EXPECT_EQ(failure_.code, "registration_abandoned");
}

TEST_F(Installer, NothingIsSentToAServerThatIsNotTheRightOne) {
  testing::StrangeServer impostor;
  const auto wrong_fingerprint = [](RegisterOptions& options) {
    options.trust.ca_sha256 = std::string(32, '\x01');
  };
  const struct {
    const char* name;
    std::function<void(RegisterOptions&)> change;
  } rows[] = {
      {"another fingerprint", wrong_fingerprint},
      {"the right ledger's fingerprint", [](RegisterOptions&) {}},
      {"the system's roots", [](RegisterOptions& options) { options.trust = {}; }},
      {"another CA's file",
       [&](RegisterOptions& options) {
         options.trust = {};
         options.trust.ca_file = (served_.data() / "run" / "ca.crt").string();
       }},
      {"the right CA under another name",
       [&](RegisterOptions& options) {
         options.trust.ca_sha256 = impostor.ca_sha256();
         options.url = impostor.url("127.0.0.2");
       }},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    RegisterOptions options = Options();
    options.url = impostor.url("127.0.0.1");
    row.change(options);
    EXPECT_EQ(ExitOf(options), ExitCode::kFailed);
    EXPECT_NE(failure_.message.find("cannot be trusted"), std::string::npos) << failure_.message;
    EXPECT_NE(failure_.message.find("--ca FILE"), std::string::npos) << failure_.message;
    EXPECT_NE(failure_.message.find("--ca-fingerprint"), std::string::npos) << failure_.message;
  }
  EXPECT_EQ(impostor.received(), "") << "not one byte of a request";
  EXPECT_EQ(Count(Event::kKeyRedeemed), 0u);
  // And against the right server only the fingerprint is wrong.
  RegisterOptions options = Options();
  wrong_fingerprint(options);
  EXPECT_EQ(ExitOf(options), ExitCode::kFailed);
  EXPECT_EQ(ExitOf(Options()), ExitCode::kDone) << "the key was not spent";
}

TEST_F(Installer, ReadsTheKeyFromFileOrStandardInput) {
  const std::vector<std::string> base = {"register",
                                         "--url",
                                         served_.service().gateways_url(),
                                         "--ca-fingerprint",
                                         served_.service().ca_sha256(),
                                         "--patience",
                                         "0s"};
  auto from_input = base;
  from_input.insert(from_input.end(), {"--key-file", "-", "--out", out_.string()});
  EXPECT_EQ(Cli(from_input, "  " + key_ + " \n").exit, 0);

  NewGateway("from-file");
  std::ofstream(served_.Scratch("key")) << key_ << "\n";
  auto from_file = base;
  from_file.insert(from_file.end(), {"--key-file", served_.Scratch("key").string(), "--out",
                                     out_.string(), "--version", "4.2.0"});
  const Ran ran = Cli(from_file);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ((ran.out + ran.err).find(key_), std::string::npos) << "a key is never printed";
  const Ran shown = served_.Run({"gateway", "show", "acme/from-file", "-o", "json"});
  EXPECT_EQ(TextAt(ParseJson(shown.out), "/version"), "4.2.0");
}

TEST_F(Installer, TwoAtOnceInOneDirectoryDoNotMeet) {
  auto held = OutDirectory::Open(out_, said_);
  ASSERT_TRUE(held);
  EXPECT_EQ(ExitOf(Options()), ExitCode::kTryAgain);
}

TEST_F(Installer, FilesOfOthersAreLeftAlone) {
  fs::create_directories(out_);
  std::ofstream(out_ / "gateway.key") << "mine";
  EXPECT_EQ(ExitOf(Options()), ExitCode::kFailed);
  EXPECT_EQ(Content("gateway.key"), "mine");
}

TEST_F(Installer, ATornStoreIsMadeWhole) {
  RegisterOptions killed = Options();
  killed.step = [](std::string_view step) {
    if (step == "stored") throw Killed();
  };
  EXPECT_THROW((void)Run(killed), Killed);
  for (const auto& entry : fs::recursive_directory_iterator(out_)) {
    if (entry.path().filename() == "gateway.crt") fs::resize_file(entry.path(), 10);
    if (entry.path().filename() == "registration.json") fs::resize_file(entry.path(), 3);
  }
  EXPECT_EQ(ExitOf(Options()), ExitCode::kDone) << failure_.message;
  EXPECT_TRUE(FilesWork());
}

}  // namespace
}  // namespace latchkey::tools
