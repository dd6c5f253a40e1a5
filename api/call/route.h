// What the table of routes says of one route, but for its handler.
#pragma once

#include <string_view>

#include "api/http/message.h"

namespace latchkey::api {

// Who may ask.
enum class Who {
  kAnyone,       // nobody has to prove who they are
  kOperator,     // an operator whose role has the route's access, by token or by session
  kCertificate,  // a gateway, by a certificate that the ledger holds as valid
  kRenewer,      // the same, also for a while past the certificate's end
  kCheckIn,      // the same as kCertificate; one that was revoked may acknowledge messages
};

// What an operator's role must allow (kOperator only); docs/access.md says which role allows what.
enum class Access {
  kRead,    // see what there is; never a key
  kKeys,    // show registration keys and generate them
  kManage,  // accounts and gateways, and whatever ends something
  kOwn,     // the tokens of others
};

// A member of the body that needs more access than its route when it is true.
struct BodySwitch {
  std::string_view member{};  // empty: the route has none
  Access access = Access::kRead;
};

enum class BodyRule {
  kNone,      // a body is read and ignored
  kOptional,  // an object, or nothing
  kRequired,  // an object
  kPkcs10,    // a signing request as EST sends it (RFC 7030 §4.2.1): answers are plain text, too
};

// Which answers of a route count against the caller; see api/auth/throttle.h.
enum class Counted {
  kNothing,
  kRefusals,
  kAll,
  kRefusalsOfGateway,  // against the gateway alone
};

struct Route {
  Method method;             // kGet answers HEAD as well
  std::string_view pattern;  // "/v1/gateways/{gateway}"
  Who who;
  Access access;
  BodyRule body;
  BodySwitch body_switch{};
  Counted counted = Counted::kNothing;

  bool writes() const { return method != Method::kGet; }
  bool counts_against_address() const {
    return counted == Counted::kRefusals || counted == Counted::kAll;
  }
};

}  // namespace latchkey::api
