// api/openapi.yaml as an oracle: whether an answer is one that the contract describes, and which
// parts of the contract a run of tests has seen. Test programs only.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

namespace latchkey::testing {

enum class Listener { kManagement, kGateways };

// A request as it was sent and the answer to it, as far as the contract speaks of them.
struct Exchange {
  Listener listener;
  std::string method;
  std::string target;  // path and query
  int status;
  std::vector<std::pair<std::string, std::string>> headers;  // of the answer
  std::string body;                                          // of the answer
};

struct Operation {
  Listener listener;
  std::string method;  // GET, never HEAD
  std::string path;    // as the contract writes it: /v1/gateways/{gateway}
  auto operator<=>(const Operation&) const = default;
};

inline void PrintTo(const Operation& operation, std::ostream* out) {
  *out << (operation.listener == Listener::kManagement ? "management " : "gateways ")
       << operation.method << " " << operation.path;
}

// One of the answers that the contract lists for an operation; no code below status 400.
struct Listed {
  Operation operation;
  int status;
  std::string code;
  auto operator<=>(const Listed&) const = default;
};

// A text in the body of a request whose length the contract bounds, in characters.
struct BoundedText {
  Operation operation;
  std::string pointer;  // a JSON pointer into the body
  std::size_t max;
};

// Thread-safe.
class OpenApi {
 public:
  // The contract of this source tree; loaded once. Stops the process when it cannot be read.
  static OpenApi& Instance();

  // Stops the process when the file cannot be read, refers to nothing, or uses a schema keyword
  // that this class does not check.
  explicit OpenApi(const std::filesystem::path& yaml);

  std::vector<Operation> Operations() const;
  std::vector<Listed> AllListed() const;
  std::vector<BoundedText> BoundedTexts() const;

  // Everything about the answer that the contract does not describe, in words; empty when it fits.
  // Remembers what it has seen.
  std::vector<std::string> Check(const Exchange& exchange);

  std::set<Listed> Seen() const;

 private:
  const boost::json::value& Described(const Operation& operation) const;
  const boost::json::object* FindPath(Listener listener, std::string_view path,
                                      std::string* name) const;
  std::vector<std::string> CheckAnswer(const boost::json::value& response,
                                       const Exchange& exchange) const;

  boost::json::value document_;  // references within responses, headers and parameters resolved
  mutable std::mutex mutex_;
  std::set<Listed> seen_;
};

}  // namespace latchkey::testing
