#include "tests/core/domain/random_history.h"

namespace latchkey::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const std::vector<seconds> kMessageLifetimes{seconds(1), hours(4), hours(24 * 7), hours(24 * 90)};
const std::vector<std::string> kKinds{"config.changed", "log_level", "restart"};
const std::vector<std::string> kDetails{"", "no room", "level 3"};

// As ReferenceMessages::Show, of the row and of the event that the row names.
std::string ShowMessage(const TestLedger& ledger, std::uint64_t gateway, std::uint64_t message) {
  const auto row = domain::ReadMessage(ledger.state(), gateway, message);
  if (!row) return "none";
  const std::map<domain::MessageState, std::string> words{{domain::MESSAGE_OPEN, "open"},
                                                          {domain::MESSAGE_DONE, "done"},
                                                          {domain::MESSAGE_FAILED, "failed"},
                                                          {domain::MESSAGE_EXPIRED, "expired"},
                                                          {domain::MESSAGE_CANCELLED, "cancelled"}};
  const events::Event& sent = ledger.events().at(row->sequence());
  std::string text = row->kind() + " " + Unsealed(sent.sealed()).body() + " to gateway " +
                     std::to_string(row->gateway()) + ", sent " + std::to_string(row->sent_us()) +
                     " until " + std::to_string(row->expires_us()) + ", " + words.at(row->state());
  if (row->ended_us() != 0) text += ", ended " + std::to_string(row->ended_us());
  if (row->acknowledged_us() != 0) {
    text += ", acknowledged " + std::to_string(row->acknowledged_us());
  }
  if (row->has_personal()) text += ": " + Unsealed(row->personal()).detail();
  return text;
}

}  // namespace

std::uint64_t RandomHistory::AnyMessage(std::uint64_t gateway) {
  const ReferenceMessages& messages = model_.messages();
  if (OneIn(8)) return 1 + Below(messages.size() + 1);
  const std::vector<std::uint64_t> open = messages.Open(gateway);
  if (!open.empty() && !OneIn(3)) return Any(open);
  const std::vector<std::uint64_t> all = messages.Of(gateway);
  return all.empty() ? messages.size() + 1 : Any(all);
}

void RandomHistory::Messages() {
  const std::uint64_t what = Below(10);
  if (what >= 6) return Acknowledge();
  const std::uint64_t gateway = AnyGateway();
  const bool stale = MaybeIfMatch(gateway);
  if (what >= 4) {
    Cancel(gateway, stale);
  } else if (Send(gateway, stale) && OneIn(12)) {
    // Now and then so many that no more are taken.
    for (std::uint64_t more = Below(120); more > 0; --more) Send(gateway, false);
  }
  CheckMessages(gateway);
}

bool RandomHistory::Send(std::uint64_t gateway, bool stale) {
  const std::string body = R"({"level":)" + std::to_string(Below(100)) + "}";
  const std::string& kind = Any(kKinds);
  const seconds lifetime = Any(kMessageLifetimes);
  const Outcome outcome =
      ledger_.Submit(domain::SendMessage{gateway, kind, body, lifetime}, Operator());
  const std::string word = model_.SendMessage(gateway, {kind, body, lifetime}, stale);
  Same(outcome, word, gateway, "send " + kind);
  if (!outcome.answer) return false;
  EXPECT_EQ(outcome.answer->message, model_.messages().size()) << last_;
  return true;
}

void RandomHistory::Cancel(std::uint64_t gateway, bool stale) {
  const std::uint64_t message = AnyMessage(gateway);
  const Outcome outcome = ledger_.Cancel(gateway, message);
  Same(outcome, model_.CancelMessage(gateway, message, stale), gateway,
       "cancel message " + std::to_string(message));
}

// By a certificate that is valid, or was; now and then by none. Of one that ended the caller knows
// whether that was just now, and what it was given.
void RandomHistory::Acknowledge() {
  std::uint64_t gateway = AnyGateway();
  std::string certificate;
  ReferenceModel::Which which = AnyCertificate(gateway, &certificate);
  for (int again = 0; again < 5 && certificate.empty(); ++again) {
    gateway = AnyGateway();
    which = AnyCertificate(gateway, &certificate);
  }
  const bool ended = model_.Worth(gateway, which) == "certificate_revoked" && OneIn(2);
  domain::AcknowledgeMessages command{certificate, ended, {}};
  std::vector<ReferenceMessages::Report> reports;
  std::string what = ended ? "acknowledge late" : "acknowledge";
  for (std::uint64_t left = 1 + Below(4); left > 0; --left) {
    const std::uint64_t message = AnyMessage(gateway);
    const bool done = !OneIn(3);
    const std::string& detail = Any(kDetails);
    command.acknowledgements.push_back({message, done, detail});
    reports.push_back({message, done, detail});
    what += (done ? " done " : " failed ") + std::to_string(message);
  }
  const Outcome outcome = ledger_.Submit(std::move(command), Holder(certificate));
  const std::string word = model_.Acknowledge(gateway, which, reports, ended);
  Same(outcome, word, gateway, what);
  CheckMessages(gateway);
  for (const ReferenceMessages::Report& report : reports) {
    const std::uint64_t other = model_.messages().GatewayOf(report.message);
    if (other != 0) CheckMessages(other);
  }
}

// Every message of the gateway, and which are open, in order.
void RandomHistory::CheckMessages(std::uint64_t gateway) {
  const ReferenceMessages& messages = model_.messages();
  for (const std::uint64_t message : messages.Of(gateway)) {
    ASSERT_EQ(ShowMessage(ledger_, gateway, message), messages.Show(message))
        << "message " << message << " after: " << last_;
  }
  std::vector<std::uint64_t> open;
  const domain::GatewayRow row = ledger_.Row(gateway);
  for (const domain::OpenMessage& message : row.open_messages()) {
    open.push_back(message.number());
  }
  EXPECT_EQ(open, messages.Open(gateway)) << "open of gateway " << gateway << " after: " << last_;
}

}  // namespace latchkey::testing
