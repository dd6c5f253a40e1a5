#include "api/handlers/stream_hub.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>

namespace latchkey::api {
namespace {

using projections::HistoryQuery;

template <typename T>
bool IsAmong(const std::vector<T>& allowed, const T& value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

// Addresses are sealed, and looking into them is the stream's own work.
bool MayBe(const events::Actor& wanted, const events::Actor& actor) {
  return wanted.kind() == actor.kind() && wanted.token() == actor.token() &&
         wanted.person() == actor.person() &&
         wanted.certificate_sha256() == actor.certificate_sha256();
}

bool MayConcern(const HistoryQuery& query, const Shown::One& one) {
  return (!query.gateway || *query.gateway == one.gateway) &&
         (!query.account || *query.account == one.account) &&
         IsAmong(query.accounts, one.account) && IsAmong(query.types, one.fact) &&
         (!query.actor || MayBe(query.actor->actor, one.actor));
}

template <typename Map, typename Key>
void EraseIfEmpty(Map* lists, const Key& key) {
  const auto found = lists->find(key);
  if (found != lists->end() && found->second.empty()) lists->erase(found);
}

}  // namespace

StreamHub::Place::Place(StreamHub& hub, const HistoryQuery& query, LoopTimer& timer)
    : hub_(hub), query_(query), timer_(timer) {
  hub_.Add(this);
}

StreamHub::Place::~Place() { hub_.Remove(this); }

Task<bool> StreamHub::Place::Wait(std::chrono::steady_clock::time_point deadline) {
  if (concerned_) co_return true;
  timer_.expires_at(deadline);
  const auto [cancelled] = co_await timer_.async_wait(boost::asio::as_tuple(kUseTask));
  co_return cancelled || concerned_;
}

StreamHub::StreamHub(Loop& loop, HeadWatch& watch)
    : watch_(watch), follower_([this, &loop](const std::shared_ptr<const Shown>& shown) {
        boost::asio::post(loop.io(), [this, shown] { Look(*shown); });
      }) {}

StreamHub::~StreamHub() {
  if (!all_.empty()) watch_.Remove(&follower_);
}

template <typename Change>
void StreamHub::ForLists(const HistoryQuery& query, const Change& change) {
  if (query.gateway) return change(places_.of_gateway[*query.gateway]);
  if (query.account) return change(places_.of_account[*query.account]);
  for (const std::string& account : query.accounts) change(places_.of_account[account]);
  if (query.accounts.empty()) change(places_.others);
}

void StreamHub::Add(Place* place) {
  if (all_.empty()) watch_.Add(&follower_);
  all_.push_back(place);
  ForLists(place->query_, [place](std::vector<Place*>& list) { list.push_back(place); });
}

void StreamHub::Remove(Place* place) {
  const HistoryQuery& query = place->query_;
  ForLists(query, [place](std::vector<Place*>& list) { std::erase(list, place); });
  if (query.gateway) EraseIfEmpty(&places_.of_gateway, *query.gateway);
  if (query.account) EraseIfEmpty(&places_.of_account, *query.account);
  for (const std::string& account : query.accounts) EraseIfEmpty(&places_.of_account, account);
  std::erase(all_, place);
  if (all_.empty()) watch_.Remove(&follower_);
}

void StreamHub::Look(const Shown& shown) {
  if (shown.callers) {
    for (Place* place : all_) Wake(place);
  }
  for (const Shown::One& one : shown.events) {
    const auto gateway = places_.of_gateway.find(one.gateway);
    if (gateway != places_.of_gateway.end()) Tell(gateway->second, one);
    const auto account = places_.of_account.find(one.account);
    if (account != places_.of_account.end()) Tell(account->second, one);
    Tell(places_.others, one);
  }
  size_ = std::max(size_, shown.size);
}

void StreamHub::Tell(const std::vector<Place*>& places, const Shown::One& one) {
  for (Place* place : places) {
    if (!place->concerned_ && MayConcern(place->query_, one)) Wake(place);
  }
}

void StreamHub::Wake(Place* place) {
  if (std::exchange(place->concerned_, true)) return;
  place->timer_.cancel();
}

}  // namespace latchkey::api
