// What a receiver is sent: an event as a CloudEvent (CloudEvents 1.0, JSON format), signed as
// Standard Webhooks says (https://www.standardwebhooks.com, version 1: HMAC-SHA-256).
//
//   webhook-id: ID              the event's position, the same at every attempt
//   webhook-timestamp: SECONDS  of this attempt
//   webhook-signature: v1,BASE64 …  one for each secret that is good at this time, over
//                               "ID.SECONDS.BODY"
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/ledger_view.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"
#include "events/event.pb.h"

namespace latchkey::api {

inline constexpr std::string_view kCloudEventType = "application/cloudevents+json";

struct Notice {
  std::string id;
  std::string body;
};

// The data are those of the history, and the name that the gateway has now: a receiver cannot look
// it up.
Notice NoticeOf(const events::Event& event, const LedgerView& ledger);
// One that says nothing, of the type WebhookTest; `id` is fresh.
Notice TestNotice(std::uint64_t webhook, std::string id, Time now, const LedgerView& ledger);

std::vector<std::string> SignatureHeaders(const Notice& notice, Time now,
                                          std::span<const crypto::Secret> secrets);

// A secret as its receiver is told it: whsec_ and base64.
crypto::Secret SecretText(const crypto::Secret& secret);

}  // namespace latchkey::api
