// The two tables. A new route is one row here, its handler, and its place in openapi.yaml.
#include "api/handlers/handlers.h"
#include "api/router.h"

namespace latchkey::api {
namespace {

using enum Method;
using enum Who;
using enum Access;

constexpr BodyRule kNoBody = BodyRule::kNone;
constexpr BodyRule kMayBody = BodyRule::kOptional;
constexpr BodyRule kMustBody = BodyRule::kRequired;
constexpr BodyRule kPkcs10 = BodyRule::kPkcs10;

constexpr RouteRow kManagement[] = {
    {{kGet, "/v1/accounts", kOperator, kRead, kNoBody}, ListAccounts},
    {{kGet, "/v1/overview", kOperator, kRead, kNoBody}, ListOverview},
    {{kGet, "/v1/accounts/{account}", kOperator, kRead, kNoBody}, GetAccount},
    {{kPut, "/v1/accounts/{account}", kOperator, kManage, kMayBody}, PutAccount},
    {{kGet, "/v1/accounts/{account}/gateways", kOperator, kRead, kNoBody}, ListGateways},
    {{kPost, "/v1/accounts/{account}/gateways", kOperator, kManage, kMustBody}, PostGateway},
    {{kGet, "/v1/gateways", kOperator, kRead, kNoBody}, ListAllGateways},
    {{kGet, "/v1/gateways/{gateway}", kOperator, kRead, kNoBody}, GetGateway},
    {{kPatch, "/v1/gateways/{gateway}", kOperator, kManage, kMustBody}, PatchGateway},
    {{kDelete, "/v1/gateways/{gateway}", kOperator, kManage, kMayBody}, DeleteGateway},
    {{kPost, "/v1/gateways/{gateway}/key", kOperator, kKeys, kMayBody, {"replace", kManage}},
     PostKey},
    {{kDelete, "/v1/gateways/{gateway}/key", kOperator, kManage, kMayBody}, DeleteKey},
    {{kPost, "/v1/gateways/{gateway}/key/reveal", kOperator, kKeys, kMayBody}, PostReveal},
    {{kPost, "/v1/gateways/{gateway}/deregister", kOperator, kManage, kMayBody}, PostDeregister},
    {{kPost, "/v1/gateways/{gateway}/accept", kOperator, kManage, kMayBody}, PostAccept},
    {{kGet, "/v1/gateways/{gateway}/messages", kOperator, kRead, kNoBody}, ListMessages},
    {{kPost, "/v1/gateways/{gateway}/messages", kOperator, kManage, kMustBody}, PostMessage},
    {{kGet, "/v1/gateways/{gateway}/messages/{message}", kOperator, kRead, kNoBody}, GetMessage},
    {{kDelete, "/v1/gateways/{gateway}/messages/{message}", kOperator, kManage, kMayBody},
     DeleteMessage},
    {{kPost, "/v1/registrations/accept", kOperator, kManage, kMustBody}, PostAcceptAll},
    {{kGet, "/v1/events", kOperator, kRead, kNoBody}, ListEvents},
    {{kGet, "/v1/events/stream", kOperator, kRead, kNoBody}, StreamEvents},
    {{kGet, "/v1/events/{sequence}", kOperator, kRead, kNoBody}, GetEvent},
    {{kGet, "/v1/events/{sequence}/entry", kOperator, kRead, kNoBody}, GetEntry},
    {{kGet, "/v1/events/{sequence}/proof", kOperator, kRead, kNoBody}, GetEventProof},
    {{kGet, "/v1/ledger", kOperator, kRead, kNoBody}, GetLedger},
    {{kGet, "/v1/ledger/consistency", kOperator, kRead, kNoBody}, GetConsistency},
    {{kGet, "/tlog/checkpoint", kAnyone, kRead, kNoBody}, GetCheckpoint},
    {{kGet, "/tlog/tile/entries/{+tile}", kOperator, kRead, kNoBody}, GetEntryBundle},
    {{kGet, "/tlog/tile/{level}/{+tile}", kAnyone, kRead, kNoBody}, GetTile},
    {{kGet, "/v1/tokens", kOperator, kRead, kNoBody}, ListTokens},
    {{kPost, "/v1/tokens", kOperator, kOwn, kMustBody}, PostToken},
    {{kGet, "/v1/tokens/self", kOperator, kRead, kNoBody}, GetOwnToken},
    {{kGet, "/v1/tokens/{token}", kOperator, kRead, kNoBody}, GetToken},
    {{kDelete, "/v1/tokens/{token}", kOperator, kOwn, kMayBody}, DeleteToken},
    {{kPost, "/v1/tokens/{token}/rotate", kOperator, kOwn, kMayBody}, PostRotate},
    {{kGet, "/v1/webhooks", kOperator, kOwn, kNoBody}, ListWebhooks},
    {{kPost, "/v1/webhooks", kOperator, kOwn, kMustBody}, PostWebhook},
    {{kGet, "/v1/webhooks/{webhook}", kOperator, kOwn, kNoBody}, GetWebhook},
    {{kPatch, "/v1/webhooks/{webhook}", kOperator, kOwn, kMustBody}, PatchWebhook},
    {{kDelete, "/v1/webhooks/{webhook}", kOperator, kOwn, kMayBody}, DeleteWebhook},
    {{kPost, "/v1/webhooks/{webhook}/rotate", kOperator, kOwn, kMayBody}, PostWebhookRotate},
    {{kPost, "/v1/webhooks/{webhook}/test", kOperator, kOwn, kMayBody}, PostWebhookTest},
    {{kPost, "/v1/webhooks/{webhook}/replay", kOperator, kOwn, kMustBody}, PostWebhookReplay},
    {{kGet, "/v1/session", kAnyone, kRead, kNoBody}, GetSession},
    {{kPost, "/v1/session", kAnyone, kRead, kMustBody}, PostSession},
    {{kDelete, "/v1/session", kAnyone, kRead, kMayBody}, DeleteSession},
    {{kGet, "/v1/sessions", kOperator, kRead, kNoBody}, ListSessions},
    {{kDelete, "/v1/sessions", kOperator, kRead, kMayBody}, DeleteSessions},
    {{kDelete, "/v1/sessions/{session}", kOperator, kRead, kMayBody}, DeleteNamedSession},
    {{kGet, "/v1/session/provider", kAnyone, kRead, kNoBody}, GetProvider},
    {{kGet, "/v1/session/callback", kAnyone, kRead, kNoBody}, GetCallback},
    {{kGet, "/healthz", kAnyone, kRead, kNoBody}, GetHealth},
    {{kGet, "/readyz", kAnyone, kRead, kNoBody}, GetReady},
    {{kGet, "/metrics", kAnyone, kRead, kNoBody}, GetMetrics},
    {{kGet, "/openapi.yaml", kAnyone, kRead, kNoBody}, GetOpenApi},
};

constexpr RouteRow kGateways[] = {
    {{kPost, "/v1/registrations/preflight", kAnyone, kRead, kMustBody, {}, Counted::kAll},
     PostPreflight},
    {{kPost, "/v1/registrations", kAnyone, kRead, kMustBody, {}, Counted::kRefusals},
     PostRegistration},
    {{kPost, "/v1/check-in", kCheckIn, kRead, kMayBody}, PostCheckIn},
    {{kPost, "/v1/registration/failure", kCertificate, kRead, kMustBody}, PostFailure},
    {{kPost, "/v1/certificate", kRenewer, kRead, kMustBody, {}, Counted::kRefusalsOfGateway},
     PostCertificate},
    {{kPost, "/v1/self/deregister", kCertificate, kRead, kMayBody}, PostDeregisterSelf},
    {{kGet, "/v1/self", kCertificate, kRead, kNoBody}, GetSelf},
    {{kGet, "/.well-known/est/cacerts", kAnyone, kRead, kNoBody}, GetEstCas},
    {{kGet, "/.well-known/est/csrattrs", kAnyone, kRead, kNoBody}, GetEstAttributes},
    {{kPost, "/.well-known/est/simpleenroll", kAnyone, kRead, kPkcs10, {}, Counted::kRefusals},
     PostEstEnrol},
    {{kPost,
      "/.well-known/est/simplereenroll",
      kRenewer,
      kRead,
      kPkcs10,
      {},
      Counted::kRefusalsOfGateway},
     PostEstReenrol},
    {{kGet, "/ca.pem", kAnyone, kRead, kNoBody}, GetCa},
    {{kGet, "/spiffe-bundle.json", kAnyone, kRead, kNoBody}, GetSpiffeBundle},
    {{kGet, "/crl.der", kAnyone, kRead, kNoBody}, GetRevocations},
    {{kGet, "/healthz", kAnyone, kRead, kNoBody}, GetHealth},
    {{kGet, "/openapi.yaml", kAnyone, kRead, kNoBody}, GetOpenApi},
};

}  // namespace

std::span<const RouteRow> ManagementRoutes() { return kManagement; }
std::span<const RouteRow> GatewayRoutes() { return kGateways; }

}  // namespace latchkey::api
