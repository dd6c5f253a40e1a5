// The operations of the contract that the commands use, and what each command needs of an answer.
#pragma once

#include "tools/client/answer.h"

namespace latchkey::tools::operations {

using Kind = Member::Kind;

inline constexpr Member kAccount[] = {{"/account"}, {"/opened_at"}};
inline constexpr Member kGateway[] = {
    {"/id"},     {"/account"},      {"/name"},       {"/role"},
    {"/status"}, {"/registration"}, {"/created_at"}, {"/sequence", Kind::kNumber}};
inline constexpr Member kAddedGateway[] = {
    {"/id"}, {"/name"}, {"/role"}, {"/key"}, {"/registration_key/expires_at"}};
inline constexpr Member kKey[] = {{"/key"}, {"/generation", Kind::kNumber}, {"/expires_at"}};
inline constexpr Member kToken[] = {{"/id"},
                                    {"/name", Kind::kTextOrNull},
                                    {"/role"},
                                    {"/accounts", Kind::kTextsOrNull},
                                    {"/expires_at", Kind::kTextOrNull},
                                    {"/created_at"}};
inline constexpr Member kNewToken[] = {{"/id"},
                                       {"/name", Kind::kTextOrNull},
                                       {"/role"},
                                       {"/accounts", Kind::kTextsOrNull},
                                       {"/expires_at", Kind::kTextOrNull},
                                       {"/token"}};
inline constexpr Member kLedger[] = {
    {"/id"}, {"/epoch"}, {"/size", Kind::kNumber}, {"/ca_sha256"}, {"/server_ca_sha256"}};
inline constexpr Member kEvent[] = {{"/sequence", Kind::kNumber}, {"/type"}, {"/time"}, {"/actor"}};
inline constexpr Member kPreflightAnswer[] = {
    {"/account"}, {"/gateway"}, {"/name"}, {"/role"}, {"/redeemed", Kind::kFlag}};
inline constexpr Member kRegistration[] = {{"/gateway"},
                                           {"/account"},
                                           {"/name"},
                                           {"/certificate"},
                                           {"/ca"},
                                           {"/confirm_by"},
                                           {"/check_in_seconds", Kind::kNumber}};
inline constexpr Member kSelf[] = {{"/id"}, {"/registration"}};
inline constexpr Member kCheckInAnswer[] = {
    {"/gateway"}, {"/registration"}, {"/check_in_seconds", Kind::kNumber}};
inline constexpr Member kRenewal[] = {
    {"/certificate"}, {"/ca"}, {"/not_after"}, {"/sequence", Kind::kNumber}};

// For operators.
inline constexpr Operation kOpenAccount{"PUT", "/v1/accounts/{account}", 201, 200, kAccount};
inline constexpr Operation kListAccounts{"GET", "/v1/accounts", 200, 0, kAccount, "accounts"};
inline constexpr Operation kListAllGateways{"GET", "/v1/gateways", 200, 0, kGateway, "gateways"};
inline constexpr Operation kAddGateway{"POST", "/v1/accounts/{account}/gateways", 201, 0,
                                       kAddedGateway};
inline constexpr Operation kListGateways{
    "GET", "/v1/accounts/{account}/gateways", 200, 0, kGateway, "gateways"};
inline constexpr Operation kShowGateway{"GET", "/v1/gateways/{gateway}", 200, 0, kGateway};
inline constexpr Operation kChangeGateway{"PATCH", "/v1/gateways/{gateway}", 200, 0, kGateway};
inline constexpr Operation kRemoveGateway{"DELETE", "/v1/gateways/{gateway}", 204, 0, {}, {}, {}};
inline constexpr Operation kDeregisterGateway{"POST", "/v1/gateways/{gateway}/deregister", 200, 0,
                                              kGateway};
inline constexpr Operation kAcceptGateway{"POST", "/v1/gateways/{gateway}/accept", 200, 0,
                                          kGateway};
inline constexpr Operation kAcceptRegistrations{"POST", "/v1/registrations/accept", 204, 0, {}, {},
                                                {}};
inline constexpr Member kMessage[] = {{"/id"}, {"/gateway"}, {"/kind"}, {"/state"}};
inline constexpr Operation kSendMessage{"POST", "/v1/gateways/{gateway}/messages", 201, 0,
                                        kMessage};
inline constexpr Operation kListMessages{
    "GET", "/v1/gateways/{gateway}/messages", 200, 0, kMessage, "messages"};
inline constexpr Operation kShowMessage{"GET", "/v1/gateways/{gateway}/messages/{message}", 200, 0,
                                        kMessage};
inline constexpr Operation kCancelMessage{
    "DELETE", "/v1/gateways/{gateway}/messages/{message}", 204, 0, {}, {}, {}};
inline constexpr Member kWebhook[] = {{"/id"}};
inline constexpr Member kNewWebhook[] = {{"/id"}, {"/secret"}};
inline constexpr Member kTested[] = {{"/delivered", Kind::kFlag}};
inline constexpr Operation kAddWebhook{"POST", "/v1/webhooks", 201, 0, kNewWebhook};
inline constexpr Operation kListWebhooks{"GET", "/v1/webhooks", 200, 0, kWebhook, "webhooks"};
inline constexpr Operation kShowWebhook{"GET", "/v1/webhooks/{webhook}", 200, 0, kWebhook};
inline constexpr Operation kChangeWebhook{"PATCH", "/v1/webhooks/{webhook}", 200, 0, kWebhook};
inline constexpr Operation kRotateWebhook{"POST", "/v1/webhooks/{webhook}/rotate", 200, 0,
                                          kNewWebhook};
inline constexpr Operation kTestWebhook{"POST", "/v1/webhooks/{webhook}/test", 200, 0, kTested};
inline constexpr Operation kReplayWebhook{"POST", "/v1/webhooks/{webhook}/replay", 200, 0,
                                          kWebhook};
inline constexpr Operation kRemoveWebhook{"DELETE", "/v1/webhooks/{webhook}", 204, 0, {}, {}, {}};
inline constexpr Operation kShowKey{"POST", "/v1/gateways/{gateway}/key/reveal", 200, 0, kKey};
inline constexpr Operation kGenerateKey{"POST", "/v1/gateways/{gateway}/key", 201, 0, kKey};
inline constexpr Operation kRevokeKey{"DELETE", "/v1/gateways/{gateway}/key", 204, 0, {}, {}, {}};
inline constexpr Operation kCreateToken{"POST", "/v1/tokens", 201, 0, kNewToken};
inline constexpr Operation kListTokens{"GET", "/v1/tokens", 200, 0, kToken, "tokens"};
inline constexpr Operation kShowToken{"GET", "/v1/tokens/{token}", 200, 0, kToken};
inline constexpr Operation kShowOwnToken{"GET", "/v1/tokens/self", 200, 0, kToken};
inline constexpr Operation kRotateToken{"POST", "/v1/tokens/{token}/rotate", 200, 0, kNewToken};
inline constexpr Operation kRevokeToken{"DELETE", "/v1/tokens/{token}", 204, 0, {}, {}, {}};
inline constexpr Member kSession[] = {{"/id"},           {"/operator/id"},
                                      {"/signed_in_at"}, {"/last_used_at"},
                                      {"/ends_at"},      {"/current", Kind::kFlag}};
inline constexpr Operation kListSessions{"GET", "/v1/sessions", 200, 0, kSession, "sessions"};
inline constexpr Operation kEndSession{"DELETE", "/v1/sessions/{session}", 204, 0, {}, {}, {}};
inline constexpr Operation kEndSessionsOf{
    "DELETE", "/v1/sessions?operator={operator}", 204, 0, {}, {}, {}};
inline constexpr Operation kShowLedger{"GET", "/v1/ledger", 200, 0, kLedger};
inline constexpr Operation kListEvents{"GET", "/v1/events", 200, 0, kEvent, "events"};
inline constexpr Operation kFollowEvents{"GET", "/v1/events/stream", 200, 0, {}, {}, kStreamType};

// For installers and gateways.
inline constexpr Operation kPreflight{"POST", "/v1/registrations/preflight", 200, 0,
                                      kPreflightAnswer};
inline constexpr Operation kRedeem{"POST", "/v1/registrations", 201, 200, kRegistration};
inline constexpr Operation kShowSelf{"GET", "/v1/self", 200, 0, kSelf};
inline constexpr Operation kReportFailure{"POST", "/v1/registration/failure", 204, 0, {}, {}, {}};
inline constexpr Operation kCheckIn{"POST", "/v1/check-in", 200, 0, kCheckInAnswer};
inline constexpr Operation kRenew{"POST", "/v1/certificate", 201, 200, kRenewal};
inline constexpr Operation kDeregisterSelf{"POST", "/v1/self/deregister", 204, 0, {}, {}, {}};

}  // namespace latchkey::tools::operations
