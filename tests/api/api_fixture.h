// Both listeners on loopback over a small ledger of the test's own, with a clock that stands still.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/limits.h"
#include "api/server.h"
#include "core/domain/key_mint.h"
#include "core/domain/operator_token.h"
#include "events/event.pb.h"
#include "tests/support/fakes.h"
#include "tests/support/gated_log.h"
#include "tests/support/http_client.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {

// What was logged.
class LogLines final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::string Text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    text_.append(message.payload.data(), message.payload.size()).append("\n");
  }
  void flush_() override {}

  std::string text_;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest();
  ~ApiTest() override;

  // By the owner, on the management listener.
  HttpClient Owner() { return Client(Listener::kManagement, token()); }
  HttpClient Client(Listener listener, std::string token = "");
  std::string token() const { return std::string(token_.view()); }
  api::Server& server() { return *server_; }
  testing::MemoryLog& log() { return log_; }
  GatedLog& gate() { return gated_; }  // the log that all but the projections use
  const crypto::CertificateAuthority& ca() const { return *ca_; }
  Sequencer& sequencer() { return *sequencer_; }
  const projections::Projections& projections() const { return *projections_; }
  FakeClock& clock() { return clock_; }
  api::TrustDocuments& documents() { return documents_; }

  // A complete request as bytes, with the owner's token and a Host.
  std::string Bytes(std::string_view method, std::string_view target, std::string_view headers = "",
                    std::string_view body = "") const;
  // Opens a stream of events with `token` (the owner's by default) and reads its head.
  HttpClient Follow(std::string_view target, std::string token = "");
  // Reads a stream until it contains `text`, or ends.
  static std::string ReadUntil(HttpClient* client, const std::string& text);
  // The number in the line of /metrics that begins with `series`; "" when there is none.
  std::string Metric(const std::string& series);
  // Waits until the metric is `value`; false after 20 s.
  bool AwaitMetric(const std::string& series, const std::string& value);
  // Waits for the first log line with this text; "" after 20 s.
  std::string AwaitLine(const std::string& text);
  // Restarts with one more token in the ledger: like the owner's, with `change` applied.
  std::string AddToken(const std::function<void(events::OperatorTokenCreated&)>& change);
  // The last event of this kind, with the envelope of the next event.
  events::Event Next(events::Event::FactCase fact);

  // Restarts with other time limits.
  void ServeWith(const api::limits::Patience& patience);
  // Stops the server, lets `meanwhile` write to the log, and serves again.
  void Restart(const std::function<void()>& meanwhile);

 private:
  void Open();
  void CreateLedger();
  void Serve();

  TempDir directory_;
  FakeClock clock_;
  SeededRandom random_;
  rocks::Resources resources_;
  testing::MemoryLog log_;
  GatedLog gated_{log_};
  std::string ledger_id_;
  std::string epoch_;
  crypto::Secret token_;
  std::unique_ptr<crypto::CertificateAuthority> ca_;
  std::unique_ptr<Subjects> subjects_;
  std::unique_ptr<projections::Projections> projections_;
  std::unique_ptr<projections::Presence> presence_;
  std::unique_ptr<domain::KeyMint> mint_;
  std::unique_ptr<Sequencer> sequencer_;
  api::OperatorSessions sessions_{clock_, random_};
  api::TrustDocuments documents_;
  std::optional<api::Parts> parts_;
  api::limits::Patience patience_;
  std::shared_ptr<LogLines> lines_ = std::make_shared<LogLines>();
  std::unique_ptr<api::Server> server_;
};

}  // namespace latchkey::testing
