// A ledger served by the real binary for one test. Every test ends as docs/design.md §9 asks: the
// server is stopped, then `latchkey verify` and `latchkey replay --check` look over what it left.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tools/bench/load_client.h"
#include "tools/bench/load_keys.h"
#include "tools/bench/load_server.h"

namespace latchkey::testing {

// For waits without a limit of their own, on a slow machine.
inline constexpr std::chrono::seconds kPatience{60};
// For a command of the program that runs to its end.
inline constexpr std::chrono::seconds kCommandPatience{600};

// A number from an environment variable, or `otherwise`.
std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise);

// The latchkey under test: LATCHKEY_PROGRAM in the environment (another build of it), else ours.
std::filesystem::path Program();

struct AddedGateway {
  std::string id;
  std::string name;
  std::string key;
};

// A gateway that has redeemed its key.
struct InstalledGateway {
  std::string id;
  tools::LoadIdentity identity;
};

boost::json::value ParseJson(std::string_view text);  // null when it is none
// Member `name` of a JSON object as text; "" when it is none.
std::string Member(std::string_view json, std::string_view name);
std::string Code(std::string_view problem);

class E2eTest : public ::testing::Test {
 protected:
  void SetUp() override { StartServer(); }
  void TearDown() override;

  // Can be called again after the server has ended or was killed.
  void StartServer(const std::vector<std::string>& arguments = {},
                   const std::string& gateways = "127.0.0.1:0");
  void StopServer();  // SIGTERM; the test fails when it does not end well
  tools::ServedLedger& server() { return *server_; }
  bool served() const { return server_.has_value(); }
  void Forget() { server_.reset(); }  // killed, if it still runs

  // `latchkey …` on the directory; fails the test unless it ends with 0.
  void CheckLedger();
  int RunLatchkey(const std::vector<std::string>& arguments, std::string* output = nullptr);

  // By the owner; fail the test unless the answer is as expected.
  void OpenAccount(const std::string& account);
  AddedGateway AddGateway(const std::string& account, const std::string& name);
  std::vector<AddedGateway> AddGateways(tools::LoadClient& client, const std::string& account,
                                        const std::string& prefix, std::uint64_t count);
  InstalledGateway Install(const AddedGateway& gateway, bool check_in = true);
  boost::json::value Get(const std::string& target, int status = 200);
  std::uint64_t CountEvents(const std::string& filter);

  std::string RedemptionRequest(const std::string& key, const std::string& csr) const {
    return tools::ComposeRequest("POST", "/v1/registrations", "", tools::RedemptionBody(key, csr));
  }

  const TempDir& directory() const { return directory_; }
  std::filesystem::path data() const { return directory_ / "data"; }
  std::filesystem::path log() const { return directory_ / "serve.log"; }

 private:
  TempDir directory_;
  std::optional<tools::ServedLedger> server_;
};

}  // namespace latchkey::testing
