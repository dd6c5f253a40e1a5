// The whole API as two tables, one a listener, and how a request finds its row.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "api/call/route.h"
#include "api/handlers/handlers.h"
#include "api/http/message.h"
#include "api/http/target.h"

namespace latchkey::api {

// One row of a table.
struct RouteRow {
  Route route;
  Handler handler;
};

std::span<const RouteRow> ManagementRoutes();
std::span<const RouteRow> GatewayRoutes();
std::span<const RouteRow> RoutesOf(Listener listener);

struct Found {
  const RouteRow* row = nullptr;     // null: no such path, or not with this method
  const Route* same_path = nullptr;  // of a row with this path, if there is one
  std::array<std::string_view, 2> params{};
};

// Finds the row for a method and a path. The parameters point into `uri`.
Found FindRoute(std::span<const RouteRow> routes, Method method, const Target& uri);

// The methods of the path of `route`, as an Allow field has them.
std::string AllowedMethods(std::span<const RouteRow> routes, const Route& route);

}  // namespace latchkey::api
