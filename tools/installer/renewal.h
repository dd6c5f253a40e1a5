// Another certificate for a gateway that has one.
//
// Safe to kill at any point: the key pair is on disk, synced, before anything is sent, and the same
// certificate is always renewed with the same key pair, so that a repeat gets the same certificate.
// The one before stays in force on the server until the new one is used, by whom ever.
#pragma once

#include <string>

#include "tools/installer/gateway_client.h"
#include "tools/process/exit_code.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

// Asks for the certificate with `client`'s identity and puts it in force in the directory; the next
// check-in uses it (Confirm). Steps: key_pair, renewed, stored, in_place. Fails as
// GatewayClient::Ask (kKeyRefused also when it is too late to renew), and with
//   kTryAgain          `register` is at work there, or has put another identity in place
//   kFailed, kLedger   the directory cannot be written or trusted
CliResult<void> Renew(GatewayClient& client, const StepHook& step);

// The renewal was used. Removes the key pairs before it, all but the last. Fails as above.
CliResult<void> ConfirmRenewal(const Identity& renewal);

// `other` (ReadOtherPairs) is in force instead of `identity`. Fails as above.
CliResult<void> PutInForce(const Identity& identity, const Identity& other);

// Adds these CAs (PEM) to ca.crt, if the directory says to verify the server by that. Returns
// whether there were new ones. Fails as above.
CliResult<bool> TrustCas(const Identity& identity, const std::string& ca_pem);

}  // namespace latchkey::tools
