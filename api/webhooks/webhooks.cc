#include "api/webhooks/webhooks.h"

#include <set>
#include <utility>

#include "core/domain/state.h"

namespace latchkey::api {
namespace {

using namespace std::chrono_literals;

constexpr Micros kReopenStoreEvery = 10s;

}  // namespace

Result<std::unique_ptr<Webhooks>> Webhooks::Start(
    const std::filesystem::path& directory, const rocks::Resources& resources,
    const LedgerView& ledger, HeadWatch& head, Random& random, SenderOptions options,
    std::function<void(std::string_view event, const std::string& detail)> say) {
  auto store = ProgressStore::Open(directory, resources);
  if (!store) return store.error();
  std::unique_ptr<Webhooks> webhooks(
      new Webhooks(*std::move(store), ledger, head, random, std::move(options), std::move(say)));
  if (webhooks->store_->discarded()) {
    webhooks->shared_.say("webhook_progress_discarded",
                          "What webhooks had delivered could not be read. Everything is sent again "
                          "from where each was added.");
  }
  webhooks->Refresh();
  return webhooks;
}

Webhooks::Webhooks(std::unique_ptr<ProgressStore> store, const LedgerView& ledger, HeadWatch& head,
                   Random& random, SenderOptions options,
                   std::function<void(std::string_view, const std::string&)> say)
    : store_(std::move(store)), shared_{ledger,        head,    *store_,
                                        random,        options, AddressRule(options.allowed),
                                        std::move(say)} {}

Webhooks::~Webhooks() { Stop(); }

void Webhooks::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [webhook, sender] : senders_) sender->Stop();
}

void Webhooks::Refresh() {
  ReopenStore();
  std::set<std::uint64_t> there;
  shared_.ledger.projections.Scan(domain::Webhooks(), [&](std::string_view key, std::string_view) {
    there.insert(domain::TrailingNumber(key));
    return true;
  });
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  std::erase_if(leaving_, [](const auto& sender) { return sender->ended(); });
  for (auto it = senders_.begin(); it != senders_.end();) {
    if (there.contains(it->first)) {
      ++it;
      continue;
    }
    it->second->Stop();
    leaving_.push_back(std::move(it->second));
    it = senders_.erase(it);
  }
  for (const std::uint64_t webhook : there) {
    if (!senders_.contains(webhook)) {
      senders_.emplace(webhook, std::make_shared<Sender>(webhook, shared_));
    }
  }
}

void Webhooks::ReopenStore() {
  {
    const std::lock_guard lock(mutex_);
    const Micros now = shared_.ledger.clock.Steady();
    if (!store_->failed() || now < reopen_at_) return;
    reopen_at_ = now + kReopenStoreEvery;
  }
  const Status opened = store_->Reopen();
  shared_.say(opened ? "webhook_progress_reopened" : "webhook_progress_not_written",
              opened ? "The disk refused a write. Deliveries go on." : opened.error().detail);
}

std::shared_ptr<Sender> Webhooks::Find(std::uint64_t webhook) {
  for (const bool refreshed : {false, true}) {
    if (refreshed) Refresh();
    const std::lock_guard lock(mutex_);
    const auto found = senders_.find(webhook);
    if (found != senders_.end()) return found->second;
  }
  return nullptr;
}

Result<WebhookStatus> Webhooks::Look(std::uint64_t webhook) {
  const auto sender = Find(webhook);
  if (sender == nullptr) return Refuse(ErrorCode::kNotFound, "There is no such webhook.");
  return sender->Look();
}

std::vector<WebhookAttempt> Webhooks::Refused(std::uint64_t webhook) const {
  return store_->Refused(webhook);
}

void Webhooks::Resume(std::uint64_t webhook) {
  if (const auto sender = Find(webhook)) sender->Resume();
}

Status Webhooks::Test(std::uint64_t webhook, Sender::Tested done) {
  const auto sender = Find(webhook);
  if (sender == nullptr) return Refuse(ErrorCode::kNotFound, "There is no such webhook.");
  return sender->Test(std::move(done));
}

Status Webhooks::Replay(std::uint64_t webhook, std::uint64_t sequence, Sender::Replayed done) {
  const auto sender = Find(webhook);
  if (sender == nullptr) return Refuse(ErrorCode::kNotFound, "There is no such webhook.");
  return sender->Replay(sequence, std::move(done));
}

std::map<WebhookState, std::uint64_t> Webhooks::CountByState() {
  std::vector<std::shared_ptr<Sender>> senders;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [webhook, sender] : senders_) senders.push_back(sender);
  }
  std::map<WebhookState, std::uint64_t> counts;
  for (const auto& sender : senders) ++counts[sender->Look().state];
  return counts;
}

}  // namespace latchkey::api
