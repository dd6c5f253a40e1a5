#include "events/actor_text.h"

#include <cstddef>

#include "core/base/hex.h"
#include "core/base/ids.h"

namespace latchkey::events {
namespace {

constexpr std::size_t kDigestBytes = 32;

// The rest of the text after `kind`, if the text begins with it.
std::optional<std::string_view> Behind(std::string_view text, std::string_view kind) {
  if (!text.starts_with(kind)) return std::nullopt;
  return text.substr(kind.size());
}

}  // namespace

std::string ActorText(const Actor& actor, std::string_view address) {
  switch (actor.kind()) {
    case Actor::TOKEN:
      return std::string(kTokenActor) + text::TokenId(actor.token());
    case Actor::PERSON:
      return std::string(kPersonActor) + text::PersonId(actor.person());
    case Actor::CERTIFICATE:
      return std::string(kCertificateActor) + text::ToHex(actor.certificate_sha256());
    case Actor::ADDRESS:
      return std::string(kAddressActor) + std::string(address.empty() ? "erased" : address);
    default:  // SYSTEM; protobuf enums are open
      return std::string(kSystemActor);
  }
}

std::string ActorText(const Event& event, const Personal* personal) {
  return ActorText(event.actor(), personal == nullptr ? "" : personal->address());
}

std::optional<NamedActor> ParseActor(std::string_view text) {
  NamedActor named;
  if (text == kSystemActor) {
    named.actor.set_kind(Actor::SYSTEM);
    return named;
  }
  if (const auto id = Behind(text, kTokenActor)) {
    const std::optional<std::uint64_t> token = text::ParseTokenId(*id);
    if (!token) return std::nullopt;
    named.actor.set_kind(Actor::TOKEN);
    named.actor.set_token(*token);
    return named;
  }
  if (const auto id = Behind(text, kPersonActor)) {
    std::optional<std::string> person = text::ParsePersonId(*id);
    if (!person) return std::nullopt;
    named.actor.set_kind(Actor::PERSON);
    named.actor.set_person(*std::move(person));
    return named;
  }
  if (const auto hex = Behind(text, kCertificateActor)) {
    std::optional<std::string> digest = text::FromHex(*hex);
    if (!digest || digest->size() != kDigestBytes) return std::nullopt;
    named.actor.set_kind(Actor::CERTIFICATE);
    named.actor.set_certificate_sha256(*std::move(digest));
    return named;
  }
  const auto address = Behind(text, kAddressActor);
  if (!address || address->empty()) return std::nullopt;
  named.actor.set_kind(Actor::ADDRESS);
  named.address = *address;
  return named;
}

}  // namespace latchkey::events
