// Sessions in a directory of a test's own, on a disk that fails and with a clock that steps when
// told to.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "api/auth/sessions.h"
#include "core/base/ids.h"
#include "core/crypto/hash.h"
#include "events/event.pb.h"
#include "tests/support/fakes.h"
#include "tests/support/fault_fs.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {

inline api::Operator Token(std::uint64_t number) {
  api::Operator who;
  who.id = text::TokenId(number);
  who.token = number;
  who.role = domain::TokenRole::kHelpdesk;
  who.accounts = {"acme", "globex"};
  who.expires = FromMicros(1'800'000'000'000'000);
  who.rotated_sha256 = crypto::Sha256(who.id);
  return who;
}

inline api::Operator Person(char letter) {
  api::Operator who;
  who.kind = api::Operator::Kind::kPerson;
  who.person = std::string(16, letter);
  who.id = text::PersonId(who.person);
  who.role = domain::TokenRole::kOwner;
  who.name = "Ada";
  return who;
}

// Waits for what is told from the writer's thread.
template <typename Start>
Status AwaitTold(const Start& start) {
  std::promise<Status> told;
  start([&](const Status& status) { told.set_value(status); });
  return told.get_future().get();
}

class KeptSessionsTest : public ::testing::Test {
 protected:
  KeptSessionsTest()
      : subjects_(*Subjects::Open(directory_ / "subjects", rocks::Resources::Create(),
                                  Subjects::Access::kMake)) {
    events::Personal personal;
    personal.set_operator_name("Ada");
    EXPECT_TRUE(subjects_->Seal(subject_, personal, random_));
    Start();
  }

  void Start() { sessions_ = Open(path()); }
  void Restart() {
    sessions_.reset();
    Start();
  }
  std::unique_ptr<api::OperatorSessions> Open(const std::filesystem::path& path) {
    return std::make_unique<api::OperatorSessions>(
        clock_, random_,
        api::OperatorSessions::Directory{
            path, disk_.resources, belongs_to_, *subjects_,
            [this](bool, std::string_view event, const std::string&) { said_ += event; }});
  }

  api::SessionId Begin(const api::Operator& who, const api::SessionId& instead_of = "") {
    api::SessionId id;
    const Status begun = AwaitTold([&](const auto& done) {
      id = sessions_->Begin(who, {"192.0.2.1", "Browser/1", subject_}, instead_of, done).id;
    });
    EXPECT_TRUE(begun) << begun.error().detail;
    return id;
  }
  Status End(const api::SessionId& id) {
    return AwaitTold([&](const auto& done) { sessions_->End(id, done); });
  }
  // Everything that was queued is written.
  void Settle() { EXPECT_TRUE(End("")); }
  bool Holds(const api::SessionId& id,
             api::OperatorSessions::Look look = api::OperatorSessions::Look::kOnly) {
    return sessions_->Find(id, look).has_value();
  }
  std::filesystem::path path() const { return directory_ / "sessions"; }

  TempDir directory_;
  FakeClock clock_;
  SeededRandom random_;
  FaultyResources disk_;
  std::string belongs_to_ = std::string(32, 'b');
  std::string subject_ = std::string(16, 's');
  std::string said_;  // the writer's thread is not running when it is read
  std::unique_ptr<Subjects> subjects_;
  std::unique_ptr<api::OperatorSessions> sessions_;
};

}  // namespace latchkey::testing
