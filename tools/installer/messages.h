// What an agent does with messages: each is handed to a command, and the server is told how that
// ended.
#pragma once

#include <deque>
#include <filesystem>
#include <future>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace latchkey::tools {

// Of which messages the outcome is known: DIR/messages.json, so that a message that comes again is
// acknowledged and not run again.
inline constexpr const char* kMessagesFile = "messages.json";
inline constexpr std::size_t kMaxOutcomes = 1'000;  // remembered, the oldest go first

// One thread; the command runs beside it.
class MessageRunner {
 public:
  // `command` gets each message as JSON on its standard input: {id, kind, body, sent_at,
  // expires_at}. Exit status 0 is done, anything else failed, and its last line is the detail.
  // `notes` gets a line for each.
  MessageRunner(std::string command, std::filesystem::path directory, std::ostream& notes);
  ~MessageRunner();  // waits for the command
  MessageRunner(const MessageRunner&) = delete;
  MessageRunner& operator=(const MessageRunner&) = delete;

  // The messages of an answer to `gateway` of the server at `url`. Those that are new are run one
  // after the other.
  void Take(const std::string& url, const std::string& gateway, const boost::json::array& messages);

  // What to acknowledge next, as the API takes it; the same until Acknowledged.
  boost::json::array Outcomes();
  void Acknowledged(const boost::json::array& outcomes);

  bool running();  // a command is at work

 private:
  struct Ended {
    std::string id;
    std::string result;  // done, failed
    std::string detail;
  };
  void Load(const std::string& owner);
  void Collect();  // what has ended, and begins the next
  void Remember(Ended ended);
  bool Knows(const std::string& id) const;

  const std::string command_;
  const std::filesystem::path directory_;
  std::ostream& notes_;
  std::string owner_;           // url and gateway whose messages these are
  std::deque<Ended> outcomes_;  // oldest first
  std::vector<std::string> to_acknowledge_;
  std::deque<boost::json::value> waiting_;
  std::string running_;  // id; empty: none
  std::future<Ended> run_;
};

}  // namespace latchkey::tools
