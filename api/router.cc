#include "api/router.h"

namespace latchkey::api {
namespace {

// The rest of a path, whatever it is: its handler reads the segments.
constexpr std::string_view kRest = "{+tile}";

bool Matches(std::string_view pattern, const Target& target,
             std::array<std::string_view, 2>* params) {
  std::size_t next_param = 0;
  std::size_t i = 0;
  pattern.remove_prefix(1);
  for (; i < target.segment_count(); ++i) {
    const std::size_t slash = pattern.find('/');
    const std::string_view want = pattern.substr(0, slash);
    const std::string_view have = target.segment(i);
    if (want == kRest) return true;
    if (want.starts_with('{')) {
      if (have.empty()) return false;
      (*params)[next_param++] = have;
    } else if (want != have) {
      return false;
    }
    if (slash == std::string_view::npos) return i + 1 == target.segment_count();
    pattern.remove_prefix(slash + 1);
  }
  return false;
}

}  // namespace

Found FindRoute(std::span<const RouteRow> routes, Method method, const Target& uri) {
  Found found;
  if (uri.segment_count() > limits::kMaxPathSegments) return found;
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  std::array<std::string_view, 2> params{};
  for (const RouteRow& row : routes) {
    // Of two patterns that match, such as /events/stream and /events/{sequence}, the first row wins
    // for all methods.
    const Route& route = row.route;
    if (found.same_path != nullptr && found.same_path->pattern != route.pattern) continue;
    if (!Matches(route.pattern, uri, &params)) continue;
    found.same_path = &route;
    if (route.method != wanted) continue;
    found.row = &row;
    found.params = params;
    break;
  }
  return found;
}

std::string AllowedMethods(std::span<const RouteRow> routes, const Route& route) {
  std::string allow;
  for (const RouteRow& row : routes) {
    if (row.route.pattern != route.pattern) continue;
    if (!allow.empty()) allow += ", ";
    allow += MethodName(row.route.method);
    if (row.route.method == Method::kGet) allow += ", HEAD";
  }
  return allow;
}

std::span<const RouteRow> RoutesOf(Listener listener) {
  return listener == Listener::kManagement ? ManagementRoutes() : GatewayRoutes();
}

}  // namespace latchkey::api
