// Events that break the invariants: each breaks one, on top of a good history, and no other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "events/event.pb.h"
#include "tests/core/domain/rule_table.h"

namespace latchkey::testing::forged {

// paris is registered and connected, lyon its secondary with an active key, nice registering, brest
// removed, lille has a superseded key and an active one, toulon is about to be replaced, and metz
// has an open renewal.
enum Gateway : std::uint64_t { kParis = 1, kLyon, kNice, kBrest, kLille, kToulon, kMetz, kNew };

// What happened before the forged event.
std::vector<Step> History();

using Forge = std::function<void(TestLedger&, events::Event*)>;

struct Forgery {
  std::string invariant;
  std::string how;
  std::uint64_t gateway;  // 0 for none
  Forge forge;
};

// One for each way to break one of them.
std::vector<Forgery> Forgeries();
std::vector<Forgery> MessageForgeries();
std::vector<Forgery> WebhookForgeries();

// A KeyRedeemed that would be right for an active key.
void Redeemed(const std::string& der, std::uint32_t generation, events::Event* event);
Forge RevokedToken(std::uint64_t token);
Forge ExpiredToken(std::uint64_t token);
// After these tokens were created: 2 expires in an hour and is an owner, 3 is revoked.
Forge WithTokens(std::chrono::seconds later, Forge forge);
// After token 2 has expired by an event.
Forge AfterExpiry(Forge forge);

}  // namespace latchkey::testing::forged
