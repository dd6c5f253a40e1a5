#include "tools/verify/verify.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/crypto/certificates.h"
#include "core/domain/apply.h"
#include "core/domain/trust_domain.h"
#include "core/log/proof.h"
#include "core/log/tree.h"
#include "events/codec.h"
#include "tools/verify/spilling_state.h"

namespace latchkey::tools {

// One pass over a log.
class Verifier::Pass {
 public:
  explicit Pass(VerifyOptions options)
      : options_(std::move(options)), state_(options_.scratch, options_.max_rows) {}

  Status Extend(const log::Log& log, const Subjects* subjects) {
    log_ = &log;
    subjects_ = subjects;
    head_ = log.head();
    report_.size = head_.size;
    log_epoch_start_ = log.epoch_start();
    if (ended_) return {};
    const Status scanned = log.Scan(
        next_, report_.size,
        [&](std::uint64_t sequence, std::string_view entry) { return Visit(sequence, entry); });
    if (problem_) return *problem_;
    if (!scanned && scanned.error().code == ErrorCode::kIo) return scanned.error();
    ended_ = next_ < report_.size;
    if (!scanned) Add(next_, "entry-readable", scanned.error().detail);
    if (!Full() && scanned && next_ < report_.size) {
      Add(next_, "no-holes",
          fmt::format("the log ends before its head, which is {}", report_.size));
    }
    return {};
  }

  VerifyReport Finish() {
    const log::Head& head = head_;
    if (!options_.outside && next_ == head.size && head.size != 0 &&
        epoch_start_ != log_epoch_start_) {
      Add(epoch_start_, "epoch-begins-here",
          fmt::format("the ledger says that its epoch began with event {}", log_epoch_start_));
    }
    report_.root = tree_.Root();
    if (next_ == head.size && report_.root != head.root) {
      // Full tiles were compared already, so the entries in them are right.
      const std::uint64_t from = head.size / log::kTileWidth * log::kTileWidth;
      Add(std::min(from, head.size - 1), "root",
          "from here on an entry is not what it was: the root over all entries is not the stored "
          "one");
    }
    std::stable_sort(report_.violations.begin(), report_.violations.end(),
                     [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    return std::move(report_);
  }

 private:
  bool Full() const { return report_.violations.size() >= kMaxViolations; }

  void Add(std::uint64_t sequence, std::string invariant, std::string detail) {
    if (!Full()) report_.violations.push_back({sequence, std::move(invariant), std::move(detail)});
  }

  bool Visit(std::uint64_t sequence, std::string_view entry) {
    if (sequence != next_) {
      Add(next_, "no-holes", fmt::format("the next entry that is there is {}", sequence));
      return false;
    }
    ++next_;
    Hash(sequence, entry);
    if (problem_ || !VerifyEvent(sequence, entry)) return false;
    if (options_.progress && (next_ % kProgressEvery == 0 || next_ == report_.size)) {
      options_.progress(next_, report_.size);
    }
    return !Full();
  }

  // Tiles are compared as they become full.
  void Hash(std::uint64_t sequence, std::string_view entry) {
    tiles_.clear();
    tree_.Add(log::LeafHash(entry), &tiles_);
    for (const log::FullTile& tile : tiles_) {
      const Result<std::string> stored = log_->Tile(tile.level, tile.index);
      if (stored && *stored == tile.hashes) continue;
      if (!stored && stored.error().code == ErrorCode::kIo) {
        problem_ = stored.error();
        continue;
      }
      Add(FirstDifference(tile, stored, sequence), "tile",
          fmt::format("the stored tile {} of level {} is not the one that its entries give",
                      tile.index, tile.level));
    }
  }

  // The first entry whose hash differs from the tile; for higher levels the first entry under the
  // differing hash.
  static std::uint64_t FirstDifference(const log::FullTile& tile, const Result<std::string>& stored,
                                       std::uint64_t last) {
    std::uint64_t span = 1;  // entries under one hash of this level
    for (std::uint32_t level = 0; level < tile.level; ++level) span *= log::kTileWidth;
    if (!stored || stored->size() != tile.hashes.size()) return last;
    const auto at = static_cast<std::uint64_t>(
        std::mismatch(tile.hashes.begin(), tile.hashes.end(), stored->begin()).first -
        tile.hashes.begin());
    return (tile.index * log::kTileWidth + at / log::kHashBytes) * span;
  }

  // Verifies and applies one event. Bytes that are not an event end the pass, as nothing after them
  // can be verified.
  bool VerifyEvent(std::uint64_t sequence, std::string_view entry) {
    events::Event event;
    if (Status decoded = events::DecodeInto(entry, &event); !decoded) {
      Add(sequence, "entry-decodes", std::move(decoded).error().detail);
      return false;
    }
    if (event.sequence() != sequence) {
      Add(sequence, "sequence", fmt::format("the event says it is {}", event.sequence()));
    }
    for (domain::Violation& violation :
         domain::FindViolations(state_, sequence == 0 ? nullptr : &previous_, event)) {
      Add(violation.sequence, std::move(violation.invariant), std::move(violation.detail));
    }
    VerifyCertificates(sequence, event);
    VerifyEpoch(sequence, event);
    LookForKey(sequence, event);
    if (Status written = state_.Write(domain::Apply(state_, event)); !written) {
      problem_ = written.error();
      return false;
    }
    previous_ = std::move(event);
    return true;
  }

  void LookForKey(std::uint64_t sequence, const events::Event& event) {
    if (subjects_ == nullptr || !event.has_sealed()) return;
    const std::string& subject = event.sealed().subject();
    if (!looked_for_.insert(subject).second) return;
    const Result<bool> there = subjects_->Has(subject);
    if (!there || !*there) report_.lost_keys.push_back({sequence, subject, event.account()});
  }

  // Gateways' certificates must be signed by the CA in force, and a new CA, where it has a
  // cross-certificate, by the previous one.
  void VerifyCertificates(std::uint64_t sequence, const events::Event& event) {
    if (event.has_ledger_created()) ca_ = event.ledger_created().ca_certificate();
    if (event.has_trust_domain_named()) trust_domain_ = event.trust_domain_named().name();
    if (event.has_key_redeemed()) VerifyGateway(sequence, event, event.key_redeemed());
    if (event.has_renewal_issued()) VerifyGateway(sequence, event, event.renewal_issued());
    if (!event.has_ca_rotated()) return;
    const events::CaRotated& fact = event.ca_rotated();
    if (!fact.cross_certificate().empty() && !crypto::IsIssuedBy(fact.cross_certificate(), ca_)) {
      Add(sequence, "ca-is-signed-by-the-one-before",
          "CaRotated holds a cross-certificate that the CA in force did not sign");
    }
    ca_ = fact.ca_certificate();
  }

  // From the trust domain on, each certificate names its gateway in it, and nothing else. `fact`
  // holds the certificate.
  template <typename Fact>
  void VerifyGateway(std::uint64_t sequence, const events::Event& event, const Fact& fact) {
    const std::string type(events::TypeName(event.fact_case()));
    if (!crypto::IsIssuedBy(fact.certificate(), ca_)) {
      Add(sequence, "certificate-is-of-the-ca",
          type + " holds a certificate that the CA in force did not sign");
    }
    if (trust_domain_.empty()) return;
    const std::string name = domain::SpiffeId(trust_domain_, event.account(), event.gateway());
    if (crypto::IsNamedAlone(fact.certificate(), name)) return;
    Add(sequence, "certificate-names-its-gateway",
        type + " holds a certificate that does not name its gateway alone");
  }

  // A restore names the root of the events before it. The tiles from which that is computed have
  // been compared.
  void VerifyEpoch(std::uint64_t sequence, const events::Event& event) {
    if (event.has_ledger_created()) NoteKeyOf(event.ledger_created());
    if (!event.has_ledger_restored()) return;
    NoteKeyOf(event.ledger_restored());
    epoch_start_ = sequence;
    const Result<std::string> root = log::RootAt(*log_, sequence);
    if (root && *root == event.ledger_restored().root()) return;
    Add(sequence, "restore-names-its-backup",
        "LedgerRestored names another root than the events before it have");
  }

  template <typename Fact>
  void NoteKeyOf(const Fact& fact) {
    report_.key = {fact.origin(), fact.checkpoint_public_key()};
  }

  const VerifyOptions options_;
  const log::Log* log_ = nullptr;       // of the present Extend
  const Subjects* subjects_ = nullptr;  // the same
  log::Head head_;                      // of that log, and where its epoch began
  std::uint64_t log_epoch_start_ = 0;
  SpillingState state_;
  VerifyReport report_;
  log::Tree tree_;
  std::vector<log::FullTile> tiles_;
  events::Event previous_;
  std::string ca_;                              // DER, of the CA in force
  std::string trust_domain_;                    // empty until it is named
  std::unordered_set<std::string> looked_for_;  // subjects
  std::uint64_t next_ = 0;
  std::uint64_t epoch_start_ = 0;
  bool ended_ = false;  // nothing after next_ can be verified
  std::optional<Error> problem_;
};

Verifier::Verifier(VerifyOptions options) : pass_(std::make_unique<Pass>(std::move(options))) {}
Verifier::~Verifier() = default;

Status Verifier::Extend(const log::Log& log, const Subjects* subjects) {
  return pass_->Extend(log, subjects);
}

VerifyReport Verifier::Finish() { return pass_->Finish(); }

Result<VerifyReport> Verify(const log::Log& log, const VerifyOptions& options) {
  Verifier verifier(options);
  if (Status extended = verifier.Extend(log, options.subjects); !extended) {
    return extended.error();
  }
  return verifier.Finish();
}

}  // namespace latchkey::tools
