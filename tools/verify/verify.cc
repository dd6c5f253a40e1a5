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
#include "tools/verify/effort.h"
#include "tools/verify/progress.pb.h"
#include "tools/verify/signature_check.h"
#include "tools/verify/spilling_state.h"
#include "tools/verify/tree_check.h"

namespace latchkey::tools {
namespace {

constexpr std::uint64_t kSaveEvery = 1'000'000;  // events

}  // namespace

// One pass over a log. Hashes and signatures are verified in threads of their own; what needs the
// state goes on here.
class Verifier::Pass {
 public:
  explicit Pass(VerifyOptions options)
      : options_(std::move(options)), state_(options_.scratch, options_.max_bytes) {}

  Status Extend(const log::Log& log, const Subjects* subjects) {
    log_ = &log;
    subjects_ = subjects;
    head_ = log.head();
    report_.size = head_.size;
    log_epoch_start_ = log.epoch_start();
    // What was sealed under lost keys is looked for from the beginning.
    if (!options_.resume.empty() && subjects == nullptr && next_ == 0 && !state_.kept()) {
      const Status resumed = state_.KeepIn(options_.resume).and_then([&] { return Resume(); });
      if (!resumed) return resumed;
    }
    if (ended_) return {};
    const Status scanned = log.Scan(
        next_, report_.size,
        [&](std::uint64_t sequence, std::string_view entry) { return Visit(sequence, entry); });
    if (Status drained = Drain(); !drained) return drained;
    if (problem_) return *problem_;
    if (!scanned && scanned.error().code == ErrorCode::kIo) return scanned.error();
    ended_ = next_ < report_.size;
    if (!scanned) Add(next_, "entry-readable", scanned.error().detail);
    if (!Full() && scanned && next_ < report_.size) {
      Add(next_, "no-holes",
          fmt::format("the log ends before its head, which is {}", report_.size));
    }
    return state_.kept() ? Save() : Status();
  }

  VerifyReport Finish() {
    const log::Head& head = head_;
    if (!options_.outside && next_ == head.size && head.size != 0 &&
        epoch_start_ != log_epoch_start_) {
      Add(epoch_start_, "epoch-begins-here",
          fmt::format("the ledger says that its epoch began with event {}", log_epoch_start_));
    }
    const std::vector<domain::Violation>& tiles = tree_.found();
    report_.violations.insert(report_.violations.end(), tiles.begin(), tiles.end());
    report_.root = tree_.tree().Root();
    if (next_ == head.size && report_.root != head.root) {
      // Full tiles were compared already, so the entries in them are right.
      const std::uint64_t from = head.size / log::kTileWidth * log::kTileWidth;
      report_.violations.push_back(
          {std::min(from, head.size - 1), "root",
           "from here on an entry is not what it was: the root over all entries is not the stored "
           "one"});
    }
    std::stable_sort(report_.violations.begin(), report_.violations.end(),
                     [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    if (report_.violations.size() > kMaxViolations) report_.violations.resize(kMaxViolations);
    report_.effort = {tree_.seconds(), ThreadSeconds() - begun_, signatures_.count(),
                      signatures_.seconds()};
    return std::move(report_);
  }

 private:
  bool Full() const { return report_.violations.size() >= kMaxViolations; }

  void Add(std::uint64_t sequence, std::string invariant, std::string detail) {
    if (!Full()) report_.violations.push_back({sequence, std::move(invariant), std::move(detail)});
  }

  Status Drain() {
    for (domain::Violation& violation : signatures_.Drain()) {
      report_.violations.push_back(std::move(violation));
    }
    return tree_.Drain();
  }

  bool Visit(std::uint64_t sequence, std::string_view entry) {
    if (sequence != next_) {
      Add(next_, "no-holes", fmt::format("the next entry that is there is {}", sequence));
      return false;
    }
    ++next_;
    tree_.Add(entry, *log_);
    if (!VerifyEvent(sequence, entry)) return false;
    if (options_.progress && (next_ % kProgressEvery == 0 || next_ == report_.size)) {
      options_.progress(next_, report_.size);
    }
    if (state_.kept() && (next_ % kSaveEvery == 0 || state_.full()) && !SaveSoFar()) return false;
    return !Full();
  }

  // Verifies and applies one event. Bytes that are not an event end the pass, as nothing after them
  // can be verified.
  bool VerifyEvent(std::uint64_t sequence, std::string_view entry) {
    events::Event& event = event_;
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
    previous_.Swap(&event);
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
  // cross-certificate, by the previous one. From the trust domain on, each names its gateway in it,
  // and nothing else.
  void VerifyCertificates(std::uint64_t sequence, const events::Event& event) {
    if (event.has_ledger_created()) UseCa(event.ledger_created().ca_certificate());
    if (event.has_trust_domain_named()) trust_domain_ = event.trust_domain_named().name();
    if (event.has_key_redeemed()) VerifyGateway(sequence, event, event.key_redeemed());
    if (event.has_renewal_issued()) VerifyGateway(sequence, event, event.renewal_issued());
    if (!event.has_ca_rotated()) return;
    const events::CaRotated& fact = event.ca_rotated();
    if (!fact.cross_certificate().empty() && !crypto::IsIssuedBy(fact.cross_certificate(), *ca_)) {
      Add(sequence, "ca-is-signed-by-the-one-before",
          "CaRotated holds a cross-certificate that the CA in force did not sign");
    }
    UseCa(fact.ca_certificate());
  }

  void UseCa(const std::string& der) { ca_ = std::make_shared<const std::string>(der); }

  // `fact` holds the certificate.
  template <typename Fact>
  void VerifyGateway(std::uint64_t sequence, const events::Event& event, const Fact& fact) {
    signatures_.Add({sequence, events::TypeName(event.fact_case()), fact.certificate(), ca_,
                     trust_domain_.empty()
                         ? ""
                         : domain::SpiffeId(trust_domain_, event.account(), event.gateway())});
  }

  // A restore names the root of the events before it. The tiles from which that is computed are
  // compared.
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

  // Goes on where an earlier pass was, if that was over the beginning of this log.
  Status Resume() {
    VerifyProgress progress;
    if (!progress.ParseFromString(state_.Mark()) || progress.next() == 0) return state_.Clear();
    const std::uint64_t next = progress.next();
    const auto root = next <= head_.size ? log::RootAt(*log_, next) : Result<std::string>("");
    if (!root) return root.error();
    if (*root != progress.root()) return state_.Clear();
    auto tree = log::Tree::Load(
        next, [&](std::uint32_t level, std::uint64_t index) { return log_->Tile(level, index); },
        [&](std::uint64_t sequence) { return log_->Read(sequence).map(log::LeafHash); });
    if (!tree) return tree.error();
    Result<events::Event> previous = log_->Read(next - 1).and_then(events::Decode);
    if (!previous) return previous.error();
    tree_.Begin(*std::move(tree));
    previous_ = *std::move(previous);
    UseCa(progress.ca());
    trust_domain_ = progress.trust_domain();
    epoch_start_ = progress.epoch_start();
    report_.key = {progress.origin(), progress.checkpoint_public_key()};
    report_.resumed_at = next_ = next;
    return {};
  }

  // Only what is good is worth going on from.
  Status Save() {
    if (!report_.violations.empty() || !tree_.found().empty() || next_ == 0) {
      return state_.Keep("");
    }
    VerifyProgress progress;
    progress.set_next(next_);
    progress.set_root(tree_.tree().Root());
    progress.set_ca(*ca_);
    progress.set_trust_domain(trust_domain_);
    progress.set_epoch_start(epoch_start_);
    progress.set_origin(report_.key.name);
    progress.set_checkpoint_public_key(report_.key.public_key);
    return state_.Keep(progress.SerializeAsString());
  }

  bool SaveSoFar() {
    const Status saved = Drain().and_then([&] { return Save(); });
    if (!saved) problem_ = saved.error();
    return bool(saved);
  }

  const VerifyOptions options_;
  const log::Log* log_ = nullptr;       // of the present Extend
  const Subjects* subjects_ = nullptr;  // the same
  log::Head head_;                      // of that log, and where its epoch began
  std::uint64_t log_epoch_start_ = 0;
  SpillingState state_;
  VerifyReport report_;
  TreeCheck tree_;
  SignatureCheck signatures_;
  events::Event event_;  // its memory is used again
  events::Event previous_;
  std::shared_ptr<const std::string> ca_;       // DER, of the CA in force
  std::string trust_domain_;                    // empty until it is named
  std::unordered_set<std::string> looked_for_;  // subjects
  std::uint64_t next_ = 0;
  std::uint64_t epoch_start_ = 0;
  bool ended_ = false;  // nothing after next_ can be verified
  std::optional<Error> problem_;
  const double begun_ = ThreadSeconds();
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
