// The two tables. A new route is one row here, its handler, and its place in openapi.yaml.
#include "api/handlers.h"
#include "api/router.h"

namespace latchkey::api {
namespace {

using enum Method;
using enum Who;
using enum Access;

constexpr BodyRule kNoBody = BodyRule::kNone;
constexpr BodyRule kMayBody = BodyRule::kOptional;
constexpr BodyRule kMustBody = BodyRule::kRequired;

constexpr Route kManagement[] = {
    {kGet, "/v1/accounts", kToken, kRead, kNoBody, ListAccounts},
    {kGet, "/v1/accounts/{account}", kToken, kRead, kNoBody, GetAccount},
    {kPut, "/v1/accounts/{account}", kToken, kManage, kMayBody, PutAccount},
    {kGet, "/v1/accounts/{account}/gateways", kToken, kRead, kNoBody, ListGateways},
    {kPost, "/v1/accounts/{account}/gateways", kToken, kManage, kMustBody, PostGateway},
    {kGet, "/v1/gateways/{gateway}", kToken, kRead, kNoBody, GetGateway},
    {kPatch, "/v1/gateways/{gateway}", kToken, kManage, kMustBody, PatchGateway},
    {kDelete, "/v1/gateways/{gateway}", kToken, kManage, kMayBody, DeleteGateway},
    {kPost, "/v1/gateways/{gateway}/key", kToken, kKeys, kMayBody, PostKey, {"replace", kManage}},
    {kDelete, "/v1/gateways/{gateway}/key", kToken, kManage, kMayBody, DeleteKey},
    {kPost, "/v1/gateways/{gateway}/key/reveal", kToken, kKeys, kMayBody, PostReveal},
    {kPost, "/v1/gateways/{gateway}/deregister", kToken, kManage, kMayBody, PostDeregister},
    {kGet, "/v1/events", kToken, kRead, kNoBody, ListEvents},
    {kGet, "/v1/events/stream", kToken, kRead, kNoBody, StreamEvents},
    {kGet, "/v1/events/{sequence}", kToken, kRead, kNoBody, GetEvent},
    {kGet, "/v1/events/{sequence}/entry", kToken, kRead, kNoBody, GetEntry},
    {kGet, "/v1/ledger", kToken, kRead, kNoBody, GetLedger},
    {kGet, "/v1/tokens", kToken, kRead, kNoBody, ListTokens},
    {kPost, "/v1/tokens", kToken, kOwn, kMustBody, PostToken},
    {kGet, "/v1/tokens/self", kToken, kRead, kNoBody, GetOwnToken},
    {kGet, "/v1/tokens/{token}", kToken, kRead, kNoBody, GetToken},
    {kDelete, "/v1/tokens/{token}", kToken, kOwn, kMayBody, DeleteToken},
    {kPost, "/v1/tokens/{token}/rotate", kToken, kOwn, kMayBody, PostRotate},
    {kGet, "/healthz", kAnyone, kRead, kNoBody, GetHealth},
    {kGet, "/readyz", kAnyone, kRead, kNoBody, GetReady},
    {kGet, "/metrics", kAnyone, kRead, kNoBody, GetMetrics},
    {kGet, "/openapi.yaml", kAnyone, kRead, kNoBody, GetOpenApi},
};

constexpr Route kGateways[] = {
    {kPost,
     "/v1/registrations/preflight",
     kAnyone,
     kRead,
     kMustBody,
     PostPreflight,
     {},
     Counted::kAll},
    {kPost,
     "/v1/registrations",
     kAnyone,
     kRead,
     kMustBody,
     PostRegistration,
     {},
     Counted::kRefusals},
    {kPost, "/v1/check-in", kCertificate, kRead, kMayBody, PostCheckIn},
    {kPost, "/v1/registration/failure", kCertificate, kRead, kMustBody, PostFailure},
    {kGet, "/v1/self", kCertificate, kRead, kNoBody, GetSelf},
    {kGet, "/ca.pem", kAnyone, kRead, kNoBody, GetCa},
    {kGet, "/healthz", kAnyone, kRead, kNoBody, GetHealth},
    {kGet, "/openapi.yaml", kAnyone, kRead, kNoBody, GetOpenApi},
};

}  // namespace

std::span<const Route> ManagementRoutes() { return kManagement; }
std::span<const Route> GatewayRoutes() { return kGateways; }

}  // namespace latchkey::api
