// The parts of one ledger that the server works with. Handlers get what they may use of it
// (api/dispatch.h).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/auth/people.h"
#include "api/auth/sessions.h"
#include "api/call/trust_documents.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/domain/key_mint.h"
#include "core/domain/state.h"
#include "core/log/checkpointer.h"
#include "core/log/log.h"
#include "core/log/recovery_record.h"
#include "core/sequencer/sequencer.h"
#include "core/subjects/subjects.h"
#include "core/witness/witnesses.h"
#include "projections/gateway_counts.h"
#include "projections/presence.h"
#include "projections/projections.h"
#include "projections/restored_count.h"

namespace latchkey::api {

// All outlive the server and are safe to use from its threads.
struct Parts {
  const log::Log& log;
  Sequencer& sequencer;
  projections::Projections& projections;
  projections::Presence& presence;
  Subjects& subjects;
  const domain::KeyMint& mint;
  const crypto::CertificateAuthority& ca;
  const Clock& clock;
  Random& random;
  OperatorSessions& sessions;
  std::string epoch;              // as in positions
  std::chrono::seconds check_in;  // the interval told to gateways
  std::chrono::seconds confirm_window;
  std::chrono::seconds certificate_lifetime;
  // The CAs before `ca`, newest first: certificates that they signed are looked up as well.
  std::string former_cas_pem{};
  std::optional<std::string> provider{};  // by which people may sign in, as they are to see it
  People* people = nullptr;               // there is one where there is a provider
  const log::Checkpointer* checkpoints = nullptr;  // null: none are written
  // Of a read-only server: the one valid token. It is not in the ledger, whose own tokens are not
  // valid then.
  std::optional<domain::TokenRow> only_token{};
  // What is known of backups and drills, read anew at each call; empty: nothing is.
  std::function<log::RecoveryRecord()> recovery{};
  const projections::RestoredCount* restored = nullptr;  // null: the ledger was never restored
  const TrustDocuments* trust = nullptr;                 // null where gateways are not served
  // By which clients verify the server, when it is not `ca`: while the server's certificate of a CA
  // whose key is lost goes on being presented. DER; empty: it is `ca`.
  std::string server_ca{};
  // The latest one that is published; empty, or null: there is none.
  std::function<std::shared_ptr<const log::PublishedCheckpoint>()> checkpoint{};
  std::function<std::vector<witness::WitnessState>()> witnesses{};  // empty: there are none
  bool checkpoint_copy = false;  // a second checkpoint is kept outside the directory
  const projections::GatewayCounts* gateway_counts = nullptr;  // null where gateways are not served
};

}  // namespace latchkey::api
