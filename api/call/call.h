// One request on its way through the server, as handlers see it: what is asked, who asks, what is
// answered. Plain data: no socket, no thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "api/call/caller.h"
#include "api/call/route.h"
#include "api/http/message.h"
#include "api/http/target.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/crypto/wiping_memory.h"

namespace latchkey::api {

// A request, and what is read out of it.
struct Request : HttpRequest {
  std::string id;                          // 16 bytes
  Time received;                           // wall clock
  Time ledger_time;                        // by which expiry is judged (Sequencer::LedgerTime)
  Micros started{0};                       // steady clock
  Target uri;                              // of `target`, once parsed
  const Route* route = nullptr;            // once found
  std::array<std::string_view, 2> params;  // of the path, in order
  // The object in `body`; null when none was sent. Keys and tokens stand in it.
  boost::json::value json = boost::json::value(crypto::WipingMemory());
};

// What keeps someone from trying more; see api/auth/throttle.h.
enum class LimitedBy { kAddress, kGateway, kSignIn, kRefusals, kDownloads, kStreams, kMessages };
inline constexpr std::array kAllLimits = {
    LimitedBy::kAddress,   LimitedBy::kGateway, LimitedBy::kSignIn,  LimitedBy::kRefusals,
    LimitedBy::kDownloads, LimitedBy::kStreams, LimitedBy::kMessages};
std::string_view LimitedByName(LimitedBy by);  // as metrics and log lines have it

// What became clear on the way and is for metrics, limits and the log line alone.
struct Notes {
  std::uint64_t gateway = 0;  // the one concerned
  // Number and generation of the key whose secret was right; or of a gateway that renews, and 0.
  std::optional<std::uint64_t> proven_key;
  bool key_unknown = false;          // a key was presented whose secret was not proven
  bool credential_refused = false;   // a credential was presented and is not valid
  std::optional<LimitedBy> limited;  // why the call was refused as rate_limited
  bool identity_ended = false;       // of the certificate that the connection is by
  bool possible_rollback = false;    // a sign that this ledger is an old copy
  enum class Issuance { kNone, kFirst, kRepeated };  // of a certificate
  Issuance redemption = Issuance::kNone;
  Issuance renewal = Issuance::kNone;
  std::optional<Error> trouble;  // of the machine; the answer does not show it
};

struct Call {
  explicit Call(const Connection& its_connection) : connection(its_connection) {}

  const Connection& connection;
  Request request;
  Caller caller;
  Response response;
  Notes notes;

  // Whether the caller has proved to be an operator or a gateway, or to hold a key that was given
  // out here.
  bool IsKnown() const { return caller.who || caller.certificate || notes.proven_key; }

  // Ready for the next request of the same connection; wipes secrets.
  void Clear();
};

}  // namespace latchkey::api
