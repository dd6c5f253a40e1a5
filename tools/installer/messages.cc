#include "tools/installer/messages.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <ostream>
#include <utility>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/limits.h"
#include "core/base/printable.h"
#include "core/crypto/files.h"
#include "tools/client/json.h"
#include "tools/installer/command_output.h"
#include "tools/installer/machine.h"

namespace latchkey::tools {
namespace {

namespace json = boost::json;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

MessageRunner::MessageRunner(std::string command, std::filesystem::path directory,
                             std::ostream& notes)
    : command_(std::move(command)), directory_(std::move(directory)), notes_(notes) {}

MessageRunner::~MessageRunner() {
  if (run_.valid()) run_.wait();
}

bool MessageRunner::Knows(const std::string& id) const {
  return std::any_of(outcomes_.begin(), outcomes_.end(),
                     [&](const Ended& one) { return one.id == id; });
}

// Another gateway's ids say nothing of this one's. A file that cannot be read counts as none: a
// message may then be run again, which is what its sender has to expect.
void MessageRunner::Load(const std::string& owner) {
  if (owner == owner_) return;
  owner_ = owner;
  outcomes_.clear();
  to_acknowledge_.clear();
  waiting_.clear();
  const json::value kept = ParseJson(ReadAll(directory_ / kMessagesFile));
  if (RawTextAt(kept, "/of") != owner) return;
  const json::value& list = At(kept, "/ended");
  if (!list.is_array()) return;
  for (const json::value& one : list.get_array()) {
    outcomes_.push_back(
        {RawTextAt(one, "/message"), RawTextAt(one, "/result"), RawTextAt(one, "/detail")});
  }
}

void MessageRunner::Take(const std::string& url, const std::string& gateway,
                         const json::array& messages) {
  Load(url + " " + gateway);
  Collect();
  for (const json::value& message : messages) {
    const std::string id = RawTextAt(message, "/id");
    const auto is_it = [&](const json::value& other) { return RawTextAt(other, "/id") == id; };
    if (Knows(id)) {
      if (std::find(to_acknowledge_.begin(), to_acknowledge_.end(), id) == to_acknowledge_.end()) {
        to_acknowledge_.push_back(id);
      }
    } else if (id != running_ && std::none_of(waiting_.begin(), waiting_.end(), is_it)) {
      waiting_.push_back(message);
    }
  }
  Collect();
}

void MessageRunner::Collect() {
  if (run_.valid() && run_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    running_.clear();
    Remember(run_.get());
  }
  if (run_.valid() || waiting_.empty()) return;
  const json::value message = std::move(waiting_.front());
  waiting_.pop_front();
  running_ = RawTextAt(message, "/id");
  run_ = std::async(std::launch::async,
                    [id = running_, input = WriteJson(message), command = command_] {
                      OutputTail output;
                      const CommandEnd end = RunCommand(command, {}, &output, input);
                      std::string detail = output.LastLine(ledger_limits::kMaxMessageDetailChars);
                      if (detail.empty() && !end.succeeded)
                        detail = "The command " + end.words + ".";
                      return Ended{id, end.succeeded ? "done" : "failed", std::move(detail)};
                    });
}

// On the disk before the server is told: what is not remembered would be run again.
void MessageRunner::Remember(Ended ended) {
  notes_ << text::Printable(fmt::format("Message {}: {}{}", ended.id, ended.result,
                                        ended.detail.empty() ? "." : ", " + ended.detail))
         << std::endl;
  to_acknowledge_.push_back(ended.id);
  outcomes_.push_back(std::move(ended));
  if (outcomes_.size() > kMaxOutcomes) outcomes_.pop_front();
  json::array list;
  for (const Ended& one : outcomes_) {
    list.push_back({{"message", one.id}, {"result", one.result}, {"detail", one.detail}});
  }
  const json::value kept = {{"of", owner_}, {"ended", std::move(list)}};
  const Status written =
      crypto::WriteFileDurably(directory_ / kMessagesFile, json::serialize(kept) + "\n", true);
  if (!written) notes_ << text::Printable("Not kept: " + written.error().detail) << std::endl;
}

json::array MessageRunner::Outcomes() {
  Collect();
  json::array outcomes;
  for (const std::string& id : to_acknowledge_) {
    if (outcomes.size() == ledger_limits::kMaxAcknowledgements) break;
    const auto found = std::find_if(outcomes_.begin(), outcomes_.end(),
                                    [&](const Ended& one) { return one.id == id; });
    if (found == outcomes_.end()) continue;
    json::object one = {{"message", id}, {"result", found->result}};
    if (!found->detail.empty()) one["detail"] = found->detail;
    outcomes.push_back(std::move(one));
  }
  return outcomes;
}

void MessageRunner::Acknowledged(const json::array& outcomes) {
  for (const json::value& one : outcomes) std::erase(to_acknowledge_, RawTextAt(one, "/message"));
}

bool MessageRunner::running() {
  Collect();
  return run_.valid();
}

}  // namespace latchkey::tools
