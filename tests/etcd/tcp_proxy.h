// A proxy on loopback between a client and a server, which tests use to lose or hold back what one
// says to the other. It knows nothing of what it passes on.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace latchkey::testing {

class TcpProxy {
 public:
  enum class Mode {
    kPass,
    kLoseAnswers,   // the server gets everything, the client nothing any more
    kHoldRequests,  // the client's bytes are kept until they are let go
  };

  explicit TcpProxy(std::string server);  // HOST:PORT, an IPv4 address
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::string url() const { return "https://" + address_; }

  // Thread-safe. A mode begins with the bytes that come after it.
  void Set(Mode mode);
  // Waits until the client has sent something in this mode.
  void AwaitRequest();
  // The client's bytes that were held reach the server, and more pass again.
  void LetGo();
  // Ends every connection to the client and loses what was held; connections made later end at once
  // until Heal.
  void Cut();
  void Heal();

 private:
  struct Connection {
    int client;
    int server;
    std::string held;
  };

  void Run();
  void Accept();
  bool FromClient(Connection* connection);  // false: it has ended
  bool FromServer(Connection* connection);
  void EndAll();
  void Wake();

  const std::string server_;
  std::string address_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  Mode mode_ = Mode::kPass;
  bool requested_ = false;
  bool cut_ = false;
  bool ending_ = false;
  std::list<Connection> connections_;

  std::thread thread_;
};

}  // namespace latchkey::testing
