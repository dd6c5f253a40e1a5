#include "tests/tools/served.h"

#include <csignal>
#include <cstdlib>
#include <sstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "events/codec.h"
#include "tools/cli/cli.h"
#include "tools/client/json.h"
#include "tools/ledger/secrets.h"

namespace latchkey::tools::testing {

ServiceOptions OptionsFor(const std::filesystem::path& data) {
  std::signal(SIGPIPE, SIG_IGN);  // as main does: peers hang up
  ServiceOptions options;
  options.ledger.data = data;
  options.management = "127.0.0.1:0";
  options.gateways = "127.0.0.1:0";
  options.housekeeping = std::chrono::milliseconds(0);
  options.threads = 2;
  return options;
}

std::unique_ptr<Service> StartService(const ServiceOptions& options) {
  auto service = Service::Start(options);
  EXPECT_TRUE(service) << service.error().detail;
  if (!service) std::abort();
  return *std::move(service);
}

Ran Cli(const std::vector<std::string>& arguments, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out, err;
  Ran ran;
  ran.exit = RunCli(arguments, {in, out, err});
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

std::string WordAfter(const std::string& text, const std::string& label) {
  auto at = text.find(label);
  if (at == std::string::npos) return {};
  at = text.find_first_not_of(' ', at + label.size());
  if (at == std::string::npos) return {};
  return text.substr(at, text.find_first_of(" \n", at) - at);
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

std::filesystem::path WriteAheadLog(const std::filesystem::path& data) {
  std::filesystem::path found;
  for (const auto& file : std::filesystem::directory_iterator(data / "ledger")) {
    if (file.path().extension() == ".log" && file.file_size() > 0) found = file.path();
  }
  return found;
}

std::vector<events::Event> AllEvents(Service& service) {
  std::vector<events::Event> all;
  const auto scanned = service.ledger().log().Scan(
      0, service.ledger().log().size(), [&](std::uint64_t, std::string_view entry) {
        EXPECT_TRUE(events::DecodeInto(entry, &all.emplace_back()));
        return true;
      });
  EXPECT_TRUE(scanned);
  return all;
}

std::size_t CountOf(Service& service, events::Event::FactCase fact, std::uint64_t gateway) {
  std::size_t count = 0;
  for (const events::Event& event : AllEvents(service)) {
    count += event.fact_case() == fact && (gateway == 0 || event.gateway() == gateway);
  }
  return count;
}

Served::Served() : Served([](ServiceOptions&) {}) {}

Served::Served(const std::function<void(ServiceOptions&)>& change)
    : data_(directory_ / "data"), options_(OptionsFor(data_)) {
  change(options_);
  service_ = StartService(options_);
  const Ran opened = Run({"account", "open", "acme"});
  EXPECT_EQ(opened.exit, 0) << opened.err;
}

void Served::StartAgain() { service_ = StartService(options_); }

std::string Served::Token() const {
  std::string token = *crypto::ReadSmallFile(data_ / "secrets" / std::string(kOwnerTokenFile));
  token.pop_back();
  return token;
}

Ran Served::Run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--data", data_.string()});
  return Cli(arguments);
}

std::string Served::AddGateway(const std::string& name) const {
  const Ran added = Run({"gateway", "add", "acme", name});
  EXPECT_EQ(added.exit, 0) << added.err;
  return WordAfter(added.out, "Registration key");
}

void Served::AddRegistered(const std::string& name) {
  const Ran registered =
      Cli({"register", "--url", service_->gateways_url(), "--ca-fingerprint", service_->ca_sha256(),
           "--key-file", "-", "--out", Scratch(name).string()},
          AddGateway(name));
  EXPECT_EQ(registered.exit, 0) << registered.err;
}

std::string Served::Status(const std::string& name) const {
  const Ran shown = Run({"gateway", "show", "acme/" + name, "-o", "json"});
  EXPECT_EQ(shown.exit, 0) << shown.err;
  return TextAt(ParseJson(shown.out), "/status");
}

}  // namespace latchkey::tools::testing
