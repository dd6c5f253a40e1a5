// What a read may use of a ledger. Nothing in it changes the ledger.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/call/trust_documents.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/crypto/hash.h"
#include "core/domain/key_mint.h"
#include "core/domain/state.h"
#include "core/log/checkpointer.h"
#include "core/log/log.h"
#include "core/log/recovery_record.h"
#include "core/subjects/subjects.h"
#include "core/witness/witnesses.h"
#include "projections/gateway_counts.h"
#include "projections/presence.h"
#include "projections/projections.h"
#include "projections/restored_count.h"

namespace latchkey::api {

// All of it outlives the server. Thread-safe.
struct LedgerView {
  const log::Log& log;
  const projections::Projections& projections;
  const projections::Presence& presence;
  const Subjects& subjects;  // opens sealed fields
  const domain::KeyMint& mint;
  const crypto::CertificateAuthority& ca;
  const Clock& clock;
  std::function<Time()> ledger_time;  // by which expiry is judged (Sequencer::LedgerTime)
  std::string epoch;                  // as in positions
  std::chrono::seconds check_in;      // the interval told to gateways
  std::string former_cas_pem;         // the CAs before `ca`, newest first
  std::string gateways_url;           // as installers reach it; empty: they cannot
  // See Parts; null where the ledger can be written.
  std::optional<domain::TokenRow> only_token{};
  std::function<log::RecoveryRecord()> recovery{};  // see Parts
  const projections::RestoredCount* restored = nullptr;
  const TrustDocuments* trust = nullptr;  // there are some where gateways are served
  std::string server_ca{};                // see Parts; empty: it is `ca`
  // The latest one that is published; empty, or null: there is none.
  std::function<std::shared_ptr<const log::PublishedCheckpoint>()> checkpoint{};
  std::function<std::vector<witness::WitnessState>()> witnesses{};  // empty: there are none
  bool checkpoint_copy = false;  // a second checkpoint is kept outside the directory
  const projections::GatewayCounts* gateway_counts = nullptr;  // see Parts

  const domain::StateReader& state() const { return projections.state(); }

  // All CAs that a client must know: the one in force, and before it that of the server.
  std::string ClientsCaPem() const {
    return ca.certificate_pem() + (server_ca.empty() ? "" : crypto::DerToPem(server_ca));
  }
  // SHA-256 of the one by which clients verify the server.
  std::string ServerCaSha256() const {
    return server_ca.empty() ? ca.sha256() : crypto::Sha256(server_ca);
  }
};

}  // namespace latchkey::api
