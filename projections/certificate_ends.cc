#include "projections/certificate_ends.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "core/base/hex.h"

namespace latchkey::projections {
namespace {

constexpr std::size_t kCaBytes = 4;
constexpr const char* kNumberKey = "n";

std::string CaKey(char table, std::uint32_t ca) {
  std::string key(1, table);
  PutNumber(ca, kCaBytes, &key);
  return key;
}

std::string InForceKey(std::string_view sha256) { return "c" + std::string(sha256); }

std::string NumberOf(std::uint64_t number, std::size_t width) {
  std::string bytes;
  PutNumber(number, width, &bytes);
  return bytes;
}

std::string OpenKey(std::uint64_t gateway) { return "o" + NumberOf(gateway, 8); }

std::string EndKey(std::uint32_t ca, std::int64_t not_after_us, std::string_view serial) {
  std::string key = CaKey('e', ca);
  PutNumber(static_cast<std::uint64_t>(not_after_us), kTimeBytes, &key);
  return key.append(serial);
}

std::int64_t TimeAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::int64_t>(GetNumber(bytes.substr(at, kTimeBytes)));
}

// The certificates, by their SHA-256, that an event ends before their time; whatever ends one has
// its line here.
using Why = EndedCertificate::Why;
std::vector<std::pair<std::string_view, Why>> EndedBy(const events::Event& event) {
  if (event.has_registration_confirmed()) {
    return {{event.registration_confirmed().replaced_certificate_sha256(), Why::kReplaced}};
  }
  if (event.has_gateway_deregistered()) {
    return {{event.gateway_deregistered().certificate_sha256(), Why::kEnded}};
  }
  if (event.has_registration_abandoned()) {
    return {{event.registration_abandoned().certificate_sha256(), Why::kEnded}};
  }
  if (event.has_installation_failed()) {
    return {{event.installation_failed().certificate_sha256(), Why::kEnded}};
  }
  if (event.has_certificate_renewed()) {
    return {{event.certificate_renewed().previous_certificate_sha256(), Why::kReplaced}};
  }
  if (event.has_renewal_issued()) {
    return {{event.renewal_issued().superseded_certificate_sha256(), Why::kReplaced}};
  }
  return {};
}

// Whether the event ends the gateway's identity, and with it a renewal that was not used yet, which
// it does not name.
bool EndsIdentity(const events::Event& event) {
  return event.has_gateway_deregistered() ||
         !event.registration_confirmed().replaced_certificate_sha256().empty();
}

// A certificate that an event brings into the world.
struct Made {
  std::string_view sha256;
  std::string_view serial_hex;
  std::int64_t not_after_us;
};
template <typename Fact>
Made MadeOf(const Fact& fact) {
  return {fact.certificate_sha256(), fact.serial(), fact.not_after_us()};
}
std::optional<Made> MadeBy(const events::Event& event) {
  if (event.has_key_redeemed()) return MadeOf(event.key_redeemed());
  if (event.has_renewal_issued()) return MadeOf(event.renewal_issued());
  return std::nullopt;
}

}  // namespace

// The changes of one batch, over the rows before it.
class CertificateEnds::Step {
 public:
  Step(const StoredRows& stored, std::uint32_t ca) : stored_(stored), ca_(ca) {}

  void Take(const events::Event& event) {
    if (event.has_ledger_created()) rows_[kNumberKey] = NumberOf(0, kCaBytes);
    if (event.has_ca_rotated()) rows_[kNumberKey] = NumberOf(++ca_, kCaBytes);
    if (const auto made = MadeBy(event)) Add(*made);
    for (const auto& [sha256, why] : EndedBy(event)) End(sha256, event.time_us(), why);
    const std::string open = OpenKey(event.gateway());
    if (EndsIdentity(event)) End(Get(open).value_or(""), event.time_us(), Why::kEnded);
    if (event.has_renewal_issued()) rows_[open] = event.renewal_issued().certificate_sha256();
    if ((EndsIdentity(event) || event.has_certificate_renewed()) && Get(open)) {
      rows_[open] = std::nullopt;
    }
  }

  void WriteTo(rocksdb::WriteBatch* out) const {
    for (const auto& [key, value] : rows_) {
      Must(value ? out->Put(stored_.family, key, *value) : out->Delete(stored_.family, key),
           "adding a row");
    }
  }

  std::uint32_t ca() const { return ca_; }
  std::uint64_t ended() const { return ended_; }

 private:
  std::optional<std::string> Get(const std::string& key) const {
    const auto changed = rows_.find(key);
    return changed != rows_.end() ? changed->second : stored_.Get(key);
  }

  void Add(const Made& made) {
    const std::string not_after =
        NumberOf(static_cast<std::uint64_t>(made.not_after_us), kTimeBytes);
    rows_[InForceKey(made.sha256)] = NumberOf(ca_, kCaBytes)
                                         .append(not_after)
                                         .append(text::FromHex(made.serial_hex).value_or(""));
    const std::string last = CaKey('a', ca_);
    rows_[last] = std::max(Get(last).value_or(""), not_after);
  }

  void End(std::string_view sha256, std::int64_t time_us, Why why) {
    const std::string in_force = InForceKey(sha256);
    const std::optional<std::string> row = sha256.empty() ? std::nullopt : Get(in_force);
    if (!row) return;
    const std::string_view bytes = *row;
    const auto ca = static_cast<std::uint32_t>(GetNumber(bytes.substr(0, kCaBytes)));
    std::string ended = NumberOf(static_cast<std::uint64_t>(time_us), kTimeBytes);
    ended.push_back(static_cast<char>(why));
    rows_[EndKey(ca, TimeAt(bytes, kCaBytes), bytes.substr(kCaBytes + kTimeBytes))] = ended;
    rows_[in_force] = std::nullopt;
    ++ended_;
  }

  const StoredRows& stored_;
  std::uint32_t ca_;
  std::uint64_t ended_ = 0;
  std::map<std::string, std::optional<std::string>> rows_;
};

Status CertificateEnds::Load(std::uint64_t) {
  ca_ = static_cast<std::uint32_t>(GetNumber(stored_.Get(kNumberKey).value_or("")));
  return {};
}

void CertificateEnds::Apply(const EventBatch& batch, rocksdb::WriteBatch* out) {
  Step step(stored_, ca_);
  for (const events::Event& event : batch.events) step.Take(event);
  step.WriteTo(out);
  ca_ = step.ca();
  ended_ = step.ended();
}

void CertificateEnds::Publish() { count_.fetch_add(ended_, std::memory_order_release); }

void CertificateEnds::Compare(const Projection& other, Differences* out) const {
  const auto& that = dynamic_cast<const CertificateEnds&>(other);
  CompareRows(
      kFamily, stored_, that.stored_, [](std::string_view, std::string_view) { return false; },
      out);
}

void CertificateEnds::Visit(std::uint32_t ca, Time now,
                            const std::function<bool(const EndedCertificate&)>& visit) const {
  const std::string table = CaKey('e', ca);
  stored_.Walk(EndKey(ca, ToMicros(now) + 1, ""), [&](std::string_view key, std::string_view row) {
    if (!key.starts_with(table)) return false;
    EndedCertificate ended;
    ended.not_after = FromMicros(TimeAt(key, table.size()));
    ended.serial = key.substr(table.size() + kTimeBytes);
    ended.ended_at = FromMicros(TimeAt(row, 0));
    ended.why = static_cast<Why>(row.at(kTimeBytes));
    return visit(ended);
  });
}

Time CertificateEnds::LastEnd(std::uint32_t ca) const {
  return FromMicros(TimeAt(stored_.Get(CaKey('a', ca)).value_or(""), 0));
}

}  // namespace latchkey::projections
