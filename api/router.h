// The whole API as two tables, one a listener, and how a request finds its row.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/exchange.h"

namespace latchkey::api {

// Who may ask.
enum class Who {
  kAnyone,       // no proof of who it is
  kOperator,     // an operator of the route's access, by token or by session
  kCertificate,  // a client certificate that the ledger holds as current or pending
};

// What an operator's role must allow (kOperator only); docs/access.md says which role allows what.
enum class Access {
  kRead,    // see what there is; never a key
  kKeys,    // show registration keys and generate them
  kManage,  // accounts and gateways, and what ends something
  kOwn,     // the tokens of others
};

// A member of the body that asks for more than its route does when it is true.
struct BodySwitch {
  std::string_view member{};  // empty: the route has none
  Access access = Access::kRead;
};

enum class BodyRule {
  kNone,      // what is sent is read and not looked at
  kOptional,  // an object, or nothing
  kRequired,  // an object
};

// Which answers of a route count against who asks; see api/throttle.h.
enum class Counted {
  kNothing,
  kRefusals,
  kAll,
};

struct Route {
  Method method;             // kGet answers HEAD as well
  std::string_view pattern;  // "/v1/gateways/{gateway}"
  Who who;
  Access access;
  BodyRule body;
  Handler handler;
  BodySwitch body_switch{};
  Counted counted = Counted::kNothing;

  bool writes() const { return method != Method::kGet; }
};

std::span<const Route> ManagementRoutes();
std::span<const Route> GatewayRoutes();
std::span<const Route> RoutesOf(Listener listener);

struct Found {
  const Route* route = nullptr;      // nothing: no such path, or not with this method
  const Route* same_path = nullptr;  // a row of this path, if there is one
  std::array<std::string_view, 2> params{};
};

// Finds the row for a method and a path. The parameters point into `target`.
Found FindRoute(std::span<const Route> routes, Method method, const Target& target);

// The methods of the path of `route`, as an Allow field has them.
std::string AllowedMethods(std::span<const Route> routes, const Route& route);

}  // namespace latchkey::api
