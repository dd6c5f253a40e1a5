// A ledger served on loopback in a directory of its own, and the command line run beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "events/event.pb.h"
#include "tests/support/temp_dir.h"
#include "tools/serve/composition.h"

namespace latchkey::tools::testing {

// Options for tests: free ports, housekeeping only when asked for.
ServiceOptions OptionsFor(const std::filesystem::path& data);

// Starts a service, or fails the test.
std::unique_ptr<Service> StartService(const ServiceOptions& options);

struct Ran {
  int exit = -1;
  std::string out;
  std::string err;
};
// Runs one command line in this process, with `input` on its standard input (which is no terminal).
Ran Cli(const std::vector<std::string>& arguments, const std::string& input = "");

// The text behind `label` in what a command printed, up to the end of its word.
std::string WordAfter(const std::string& text, const std::string& label);

std::string FirstLine(const std::string& text);

struct Killed {};  // thrown where a test ends the process

// The file of a backup that holds the first entries.
inline constexpr const char* kFirstVolume = "00000000000000000000.entries";

// The only write-ahead log of a small ledger.
std::filesystem::path WriteAheadLog(const std::filesystem::path& data);

// All events of the served ledger, in order.
std::vector<events::Event> AllEvents(Service& service);
std::size_t CountOf(Service& service, events::Event::FactCase fact, std::uint64_t gateway = 0);

// A served ledger with an open account `acme`.
class Served {
 public:
  Served();
  // With options changed before the start.
  explicit Served(const std::function<void(ServiceOptions&)>& change);

  Service& service() { return *service_; }
  const std::filesystem::path& data() const { return data_; }
  std::filesystem::path Scratch(const std::string& name) const { return directory_ / name; }
  std::string Token() const;
  // A command against this ledger: `--data` is added.
  Ran Run(std::vector<std::string> arguments) const;
  // Adds a gateway and returns its key.
  std::string AddGateway(const std::string& name) const;
  // Adds a gateway and registers it; its identity is in Scratch(name).
  void AddRegistered(const std::string& name);
  std::string Status(const std::string& name) const;  // green, red, gray

  void Stop() { service_.reset(); }
  void StartAgain();

 private:
  latchkey::testing::TempDir directory_;
  std::filesystem::path data_;
  ServiceOptions options_;
  std::unique_ptr<Service> service_;
};

}  // namespace latchkey::tools::testing
