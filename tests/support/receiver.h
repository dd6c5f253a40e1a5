// A receiver of webhooks on loopback, over TLS: it keeps what it was sent, and answers as it is
// told to. It checks nothing: tests do.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace latchkey::testing {

struct Received {
  std::string target;
  std::string type;  // Content-Type
  std::string id;
  std::string timestamp;
  std::string signature;
  std::string body;
  std::size_t connection = 0;  // the number of the one that it came by

  boost::json::object Event() const;  // the body, which must be an object
};

struct Reply {
  enum class How { kAnswer, kSilent, kHalf, kCut };
  int status = 200;
  How how = How::kAnswer;  // else nothing, half of an answer, or an end without one
  std::vector<std::pair<std::string, std::string>> headers{};
  std::size_t body_bytes = 0;
  bool close = false;  // the connection, after the answer
};

class Receiver {
 public:
  // Listens at a port of its own with a certificate for localhost and 127.0.0.1 of a CA of its own,
  // which it writes to `ca_file`.
  explicit Receiver(const std::filesystem::path& ca_file);
  ~Receiver();

  std::string url(const std::string& host = "localhost") const;  // https://HOST:PORT/in?x=1

  // How it answers from now on, told the number of the request (from 0). From several threads.
  void AnswerBy(std::function<Reply(std::size_t request)> reply);
  void Answer(Reply reply);

  // Waits until it has got `count` requests, for at most half a minute; and all it has got.
  std::vector<Received> Await(std::size_t count);
  std::vector<Received> received() const;
  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether one of the signatures is right for this secret (whsec_…), by Standard Webhooks.
bool IsSignedBy(const Received& received, const std::string& secret);

}  // namespace latchkey::testing
