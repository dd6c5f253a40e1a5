// Certificates for gateways, whichever door they ask at: the JSON routes and EST (RFC 7030) share
// every rule.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/call/call.h"
#include "api/call/ledger_view.h"
#include "api/call/loop.h"
#include "api/handlers/writes.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/domain/commands.h"
#include "core/domain/judge.h"
#include "core/domain/state.h"

namespace latchkey::api {

// A key as it was presented, and how it stands.
struct Presented {
  std::uint64_t gateway = 0;
  std::uint32_t generation = 0;
  std::string secret_sha256;
  bool proven = false;
  Result<domain::KeyStanding> standing = Refuse(ErrorCode::kKeyUnknown, "");
};

// Refuses with what is wrong in the key's text alone.
Result<Presented> Present(const LedgerView& ledger, std::string_view key, Call* call);

// The same key again, now with the public key that comes with it. Only for keys that were proven:
// nobody else may have us read a signing request.
void JudgeAgain(const LedgerView& ledger, const Call& call, std::string_view public_key_sha256,
                Presented* presented);

// A certificate as the ledger holds it.
struct Issued {
  domain::GatewayRow gateway;
  std::string certificate;  // DER
  std::int64_t not_after_us = 0;
  std::int64_t confirm_by_us = 0;  // of a redemption
  std::uint64_t sequence = 0;      // of the event that holds it
  bool repeated = false;           // it was issued earlier
};

// Whether the CA will last for another certificate; refuses with kReadOnly.
Status CheckCa(const Writes& writes, const Call& call);

// Redeems a key that was proven. `csr` is PEM, and empty only when there is no need to read it:
// the key is spent or void, and the sequencer answers, so that the refusal is recorded and a repeat
// recognised. With `confirm`, the registration is confirmed at once.
Task<Result<Issued>> Redeem(const Writes& writes, Call& call, Presented& presented,
                            std::string_view csr, const domain::Host& host, bool confirm);

// Renews the certificate of the caller for the key pair of `csr` (PEM).
Task<Result<Issued>> Renew(const Writes& writes, Call& call, std::string_view csr);

}  // namespace latchkey::api
