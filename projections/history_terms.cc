#include "projections/history_terms.h"

#include "core/crypto/hash.h"
#include "projections/stored_rows.h"

namespace latchkey::projections {
namespace {

constexpr char kAccount = 'a';
constexpr char kGateway = 'g';
constexpr char kType = 't';
constexpr char kSystemActor = 's';
constexpr char kTokenActor = 'o';
constexpr char kCertificateActor = 'c';
constexpr char kPersonActor = 'p';
constexpr char kAddressActor = kAddressTerms.front();

constexpr std::size_t kIdBytes = 5;  // gateways and tokens are 40-bit numbers
constexpr std::size_t kTypeBytes = 2;
// Of a digest: enough that no two digests of a ledger are ever equal.
constexpr std::size_t kDigestBytes = 16;

std::string NumberTerm(char kind, std::uint64_t number, std::size_t width) {
  std::string term(1, kind);
  PutNumber(number, width, &term);
  return term;
}

std::string DigestTerm(char kind, std::string_view digest) {
  std::string term(1, kind);
  term += digest.substr(0, kDigestBytes);
  term.resize(1 + kDigestBytes, '\0');
  return term;
}

}  // namespace

std::string AccountTerm(std::string_view account) {
  return std::string(1, kAccount).append(account).append(1, '\0');
}

std::string GatewayTerm(std::uint64_t gateway) { return NumberTerm(kGateway, gateway, kIdBytes); }

std::string TypeTerm(events::Event::FactCase type) {
  return NumberTerm(kType, static_cast<std::uint64_t>(type), kTypeBytes);
}

std::optional<std::string> ActorTerms::Of(const events::Event& event) const {
  if (event.actor().kind() != events::Actor::ADDRESS) return Of({event.actor(), ""});
  if (!event.has_sealed()) return std::nullopt;
  const std::optional<events::Personal> personal = subjects_.Open(event.sealed());
  if (!personal) return std::nullopt;
  return OfAddress(personal->address());
}

std::optional<std::string> ActorTerms::Of(const events::NamedActor& named) const {
  switch (named.actor.kind()) {
    case events::Actor::SYSTEM:
      return std::string(1, kSystemActor);
    case events::Actor::TOKEN:
      return NumberTerm(kTokenActor, named.actor.token(), kIdBytes);
    case events::Actor::CERTIFICATE:
      return DigestTerm(kCertificateActor, named.actor.certificate_sha256());
    case events::Actor::PERSON:
      return DigestTerm(kPersonActor, named.actor.person());
    case events::Actor::ADDRESS:
      return OfAddress(named.address);
    case events::Actor_Kind_Actor_Kind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case events::Actor_Kind_Actor_Kind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return std::nullopt;
}

std::string ActorTerms::OfAddress(std::string_view address) const {
  return DigestTerm(kAddressActor, crypto::HmacSha256(key_, address));
}

std::string SegmentKey(std::string_view term, std::uint64_t segment) {
  std::string key;
  key.reserve(term.size() + kSegmentBytes);
  key = term;
  PutNumber(segment, kSegmentBytes, &key);
  return key;
}

std::string_view TermOf(std::string_view key) { return key.substr(0, key.size() - kSegmentBytes); }

std::uint64_t SegmentOf(std::string_view key) {
  return GetNumber(key.substr(key.size() - kSegmentBytes));
}

std::string EncodeOffsets(const Offsets& offsets) {
  std::string bytes;
  bytes.reserve(2 * offsets.size());
  std::uint16_t before = 0;
  for (const std::uint16_t offset : offsets) {
    auto distance = static_cast<std::uint16_t>(offset - before);
    for (; distance >= 0x80; distance >>= 7) bytes.push_back(static_cast<char>(distance | 0x80));
    bytes.push_back(static_cast<char>(distance));
    before = offset;
  }
  return bytes;
}

std::optional<Offsets> DecodeOffsets(std::string_view bytes) {
  Offsets offsets;
  std::uint32_t at = 0;
  std::uint32_t distance = 0;
  unsigned shift = 0;
  for (const char byte : bytes) {
    distance |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    shift += 7;
    if ((byte & 0x80) != 0) {
      if (shift > 14) return std::nullopt;
      continue;
    }
    at += distance;
    if (at > UINT16_MAX) return std::nullopt;
    offsets.push_back(static_cast<std::uint16_t>(at));
    distance = 0;
    shift = 0;
  }
  if (shift != 0) return std::nullopt;
  return offsets;
}

}  // namespace latchkey::projections
