#include "tools/bench/fair_rows.h"

namespace latchkey::tools {
namespace {

constexpr FairRow kManagementRows[] = {
    {"GET /v1/accounts", "/v1/accounts?limit=1000"},
    {"GET /v1/accounts/{account}", "/v1/accounts/{account}"},
    {"PUT /v1/accounts/{account}", "/v1/accounts/fair-{n}"},
    // Every row of the account is looked at, and none is shown.
    {"GET /v1/accounts/{account}/gateways", "/v1/accounts/{account}/gateways?name=zzzz&limit=1"},
    {"GET /v1/accounts/{account}/gateways", "/v1/accounts/{account}/gateways?limit=1000"},
    {"GET /v1/accounts/{account}/gateways", "/v1/accounts/{account}/gateways?restored=true"},
    {"POST /v1/accounts/{account}/gateways", "/v1/accounts/{account}/gateways",
     R"({"name":"fair-{n}"})"},
    {"GET /v1/gateways/{gateway}", "/v1/gateways/{gateway}"},
    {"PATCH /v1/gateways/{gateway}", "/v1/gateways/{gateway}", R"({"name":"renamed-{n}"})"},
    {"DELETE /v1/gateways/{gateway}", "/v1/gateways/{doomed}"},
    {"POST /v1/gateways/{gateway}/key", "/v1/gateways/{gateway}/key", R"({"replace":true})"},
    {"POST /v1/gateways/{gateway}/key/reveal", "/v1/gateways/{gateway}/key/reveal"},
    {"DELETE /v1/gateways/{gateway}/key", "/v1/gateways/{gateway}/key"},
    {"POST /v1/gateways/{gateway}/deregister", "/v1/gateways/{gateway}/deregister",
     R"({"reason":"fair"})"},
    {"POST /v1/gateways/{gateway}/accept", "/v1/gateways/{gateway}/accept"},
    {"GET /v1/gateways/{gateway}/messages", "/v1/gateways/{gateway}/messages?limit=1000"},
    {"POST /v1/gateways/{gateway}/messages", "/v1/gateways/{gateway}/messages",
     R"({"kind":"fair","body":{"n":{n}},"expires_in_seconds":1})"},
    {"GET /v1/gateways/{gateway}/messages/{message}",
     "/v1/gateways/{gateway}/messages/msg_00000001"},
    {"DELETE /v1/gateways/{gateway}/messages/{message}",
     "/v1/gateways/{gateway}/messages/msg_00000001"},
    {"POST /v1/registrations/accept", "/v1/registrations/accept", R"({"account":"{account}"})"},
    // Three conditions whose lists are long and have nothing in common.
    {"GET /v1/events",
     "/v1/events?account={account}&gateway={gateway}&type=OperatorTokenCreated&limit=1000"},
    {"GET /v1/events", "/v1/events?order=desc&limit=1000"},
    {"GET /v1/events/stream", "/v1/events/stream?after={first}", "", true},
    {"GET /v1/events/stream", "/v1/events/stream?after={first}&type=OperatorTokenCreated", "",
     true},
    {"GET /v1/events/{sequence}", "/v1/events/1000"},
    {"GET /v1/events/{sequence}/entry", "/v1/events/1000/entry"},
    {"GET /v1/ledger", "/v1/ledger"},
    {"GET /v1/tokens", "/v1/tokens?limit=1000"},
    {"POST /v1/tokens", "/v1/tokens",
     R"({"name":"fair-{n}","role":"auditor","accounts":["{account}"]})"},
    {"GET /v1/tokens/self", "/v1/tokens/self"},
    {"GET /v1/tokens/{token}", "/v1/tokens/{token}"},
    {"POST /v1/tokens/{token}/rotate", "/v1/tokens/{token}/rotate"},
    {"DELETE /v1/tokens/{token}", "/v1/tokens/{token}"},
    {"GET /v1/session", "/v1/session"},
    {"POST /v1/session", "/v1/session", R"({"token":"{secret}"})"},
    {"DELETE /v1/session", "/v1/session"},
    {"GET /v1/session/provider", "/v1/session/provider"},
    {"GET /v1/session/callback", "/v1/session/callback?code={n}&state={n}"},
    {"GET /healthz", "/healthz"},
    {"GET /readyz", "/readyz"},
    {"GET /metrics", "/metrics"},
    {"GET /openapi.yaml", "/openapi.yaml"},
    {kNoRoute, "/v1/nothing"},
    {kNoRoute, "/v1/ledger?%zz"},
};

constexpr FairRow kGatewayRows[] = {
    {"POST /v1/registrations/preflight", "/v1/registrations/preflight", R"({"key":"{key}"})"},
    {"POST /v1/registrations", "/v1/registrations", "{redemption}"},
    {"POST /v1/check-in", "/v1/check-in", R"({"version":"fair {n}"})"},
    {"POST /v1/check-in", "/v1/check-in", R"({"wait_seconds":1})"},
    {"POST /v1/registration/failure", "/v1/registration/failure",
     R"({"reason":"fair","detail":"{n}"})"},
    {"POST /v1/certificate", "/v1/certificate", "{redemption}"},
    {"POST /v1/self/deregister", "/v1/self/deregister", R"({"reason":"fair {n}"})"},
    {"GET /v1/self", "/v1/self"},
    {"GET /.well-known/est/cacerts", "/.well-known/est/cacerts"},
    {"GET /.well-known/est/csrattrs", "/.well-known/est/csrattrs"},
    {"POST /.well-known/est/simpleenroll", "/.well-known/est/simpleenroll", "{n}"},
    {"POST /.well-known/est/simplereenroll", "/.well-known/est/simplereenroll", "{n}"},
    {"GET /ca.pem", "/ca.pem"},
    {"GET /spiffe-bundle.json", "/spiffe-bundle.json"},
    {"GET /crl.der", "/crl.der"},
    {"GET /healthz", "/healthz"},
    {"GET /openapi.yaml", "/openapi.yaml"},
    {kNoRoute, "/nothing"},
    {kNoRoute, "/v1/self?%zz"},
};

}  // namespace

std::span<const FairRow> FairManagementRows() { return kManagementRows; }
std::span<const FairRow> FairGatewayRows() { return kGatewayRows; }

}  // namespace latchkey::tools
