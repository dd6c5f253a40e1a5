#include "core/domain/invariants.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/domain/decide_connections.h"
#include "core/domain/invariants_messages.h"
#include "core/domain/invariants_webhooks.h"
#include "core/domain/judge.h"
#include "core/domain/renewals.h"
#include "core/domain/trust_domain.h"
#include "events/codec.h"

namespace latchkey::domain {
namespace {

using events::Event;

// Returns "" when the invariant holds, otherwise what is wrong.
using Piece = std::string (*)(const View&);

std::string SequencesHaveNoHoles(const View& v) {
  const std::uint64_t expected = v.previous ? v.previous->sequence() + 1 : 0;
  if (v.event.sequence() == expected) return "";
  return "carries sequence " + std::to_string(v.event.sequence()) + " at place " +
         std::to_string(expected);
}

std::string TimeNeverGoesBack(const View& v) {
  if (!v.previous || v.event.time_us() >= v.previous->time_us()) return "";
  return "is earlier than the event in front";
}

std::string LedgerIsCreatedOnce(const View& v) {
  if (v.event.has_ledger_created() == (v.previous == nullptr)) return "";
  return v.previous ? "creates a ledger that exists" : "comes before the ledger was created";
}

std::string OnlyWhatStandsIsAdopted(const View& v) {
  if (!v.event.has_checkpoint_adopted()) return "";
  const std::uint64_t size = v.event.checkpoint_adopted().size();
  return size != 0 && size <= v.event.sequence() ? "" : "adopts events that do not stand before it";
}

std::string RestoreBeginsAnEpoch(const View& v) {
  if (!v.event.has_ledger_restored()) return "";
  const events::LedgerRestored& fact = v.event.ledger_restored();
  const LedgerRow ledger = ReadLedger(v.state).value_or(LedgerRow());
  if (fact.size() != v.event.sequence()) return "does not follow the backup that it names";
  if (fact.known_size() < fact.size()) return "knows less than the backup holds";
  if (fact.previous_origin() != ledger.origin()) return "does not name the origin before it";
  if (fact.epoch() == ledger.epoch() || fact.origin() == ledger.origin() ||
      fact.checkpoint_public_key() == ledger.checkpoint_public_key()) {
    return "goes on with the epoch, origin or key before it";
  }
  return "";
}

std::string OnlyRestoredAreAccepted(const View& v) {
  if (!v.event.has_registration_accepted()) return "";
  const std::optional<EpochRow> epoch = ReadEpoch(v.state);
  if (!epoch) return "accepts registrations of a ledger that was never restored";
  if (v.event.gateway() == 0) return "";
  if (IsRestored(v.gateway) && v.gateway.current().certificate_sha256() ==
                                   v.event.registration_accepted().certificate_sha256()) {
    return "";
  }
  return "accepts a registration that needs no acceptance";
}

std::string CaIsNew(const View& v) {
  if (!v.event.has_ca_rotated()) return "";
  const events::CaRotated& fact = v.event.ca_rotated();
  const LedgerRow ledger = ReadLedger(v.state).value_or(LedgerRow());
  if (crypto::Sha256(fact.ca_certificate()) != fact.ca_sha256()) {
    return "holds a CA that does not have its digest";
  }
  if (crypto::Sha256(ledger.ca_certificate()) != fact.previous_ca_sha256()) {
    return "does not name the CA that was in force";
  }
  const bool known = fact.ca_certificate() == ledger.ca_certificate() ||
                     std::any_of(ledger.former_cas().begin(), ledger.former_cas().end(),
                                 [&](const FormerCa& former) {
                                   return former.certificate() == fact.ca_certificate();
                                 });
  return known ? "puts a CA in force that was so before" : "";
}

std::string TrustDomainIsNamedOnce(const View& v) {
  if (!v.event.has_trust_domain_named()) return "";
  if (!IsTrustDomain(v.event.trust_domain_named().name())) return "names an impossible domain";
  const LedgerRow ledger = ReadLedger(v.state).value_or(LedgerRow());
  return ledger.trust_domain().empty() ? "" : "names the trust domain of a ledger that has one";
}

std::string AccountsAreOpenedOnce(const View& v) {
  if (!v.event.has_account_opened() && !v.event.has_gateway_added()) return "";
  const bool open = ReadAccount(v.state, v.event.account()).has_value();
  if (v.event.has_account_opened() && open) return "opens an account that is open";
  if (v.event.has_gateway_added() && !open) return "adds to an account that is not open";
  return "";
}

std::string GatewayCountsItsEvents(const View& v) {
  if (v.event.gateway() == 0) return "";
  if (v.event.gateway_event() == v.gateway.events() + 1) return "";
  return "is event " + std::to_string(v.event.gateway_event()) + " of a gateway that has " +
         std::to_string(v.gateway.events());
}

std::string GatewayIsAddedFirst(const View& v) {
  if (v.event.gateway() == 0) return "";
  const bool known = v.gateway.number() != 0;
  if (v.event.has_gateway_added() == known) {
    return known ? "adds a gateway that exists" : "names a gateway that was never added";
  }
  if (known && v.gateway.account() != v.event.account()) return "names another account";
  return "";
}

std::string RemovedGatewayIsLeftAlone(const View& v) {
  if (!v.gateway.removed() || v.event.has_redemption_refused()) return "";
  return "concerns a gateway that was removed";
}

std::string RemovalLeavesNothing(const View& v) {
  if (!v.event.has_gateway_removed()) return "";
  if (v.gateway.secondaries() > 0) return "removes a gateway that has secondaries";
  if (v.gateway.has_current() || v.gateway.has_pending()) return "leaves a certificate in force";
  if (v.gateway.key().state() == KEY_ACTIVE) return "leaves a key active";
  if (!v.gateway.open_messages().empty()) return "leaves a message open";
  return "";
}

std::string NamesAreUnique(const View& v) {
  std::string name;
  if (v.event.has_gateway_added()) name = v.event.gateway_added().name();
  if (v.event.has_gateway_renamed()) name = v.event.gateway_renamed().name();
  if (name.empty() || !ReadName(v.state, v.event.account(), name)) return "";
  return "takes a name that another gateway has";
}

std::string LabelsAreInOrder(const View& v) {
  const auto& labels = v.event.gateway_labelled().labels();
  const auto unordered = std::adjacent_find(
      labels.begin(), labels.end(),
      [](const events::Label& a, const events::Label& b) { return a.key() >= b.key(); });
  if (unordered == labels.end() && labels.size() <= static_cast<int>(ledger_limits::kMaxLabels))
    return "";
  return "gives a gateway labels out of order, twice, or too many";
}

std::string SecondariesAreBounded(const View& v) {
  if (!v.event.has_gateway_added() || v.event.gateway_added().primary() == 0) return "";
  const auto primary = ReadGateway(v.state, v.event.gateway_added().primary());
  if (primary && !primary->removed() && primary->primary() == 0 &&
      primary->account() == v.event.account() &&
      primary->secondaries() < ledger_limits::kMaxSecondaries) {
    return "";
  }
  return "adds a secondary to what can take none";
}

std::string GenerationsCountUp(const View& v) {
  const events::IssuedKey* key = nullptr;
  if (v.event.has_key_issued()) key = &v.event.key_issued().key();
  if (v.event.has_key_regenerated()) key = &v.event.key_regenerated().key();
  if (!key || key->generation() == v.gateway.key().generation() + 1) return "";
  return "issues generation " + std::to_string(key->generation()) + " after " +
         std::to_string(v.gateway.key().generation());
}

std::string NewKeyEndsTheOld(const View& v) {
  if (!v.event.has_key_regenerated()) return "";
  if (v.gateway.has_pending()) return "issues a key while a registration is pending";
  const KeyRow& key = v.gateway.key();
  const std::uint32_t active = key.state() == KEY_ACTIVE ? key.generation() : 0;
  if (v.event.key_regenerated().superseded_generation() == active) return "";
  return "does not name the active key that it ends";
}

std::string KeyIsRedeemedOnce(const View& v) {
  if (!v.event.has_key_redeemed()) return "";
  const auto key = ReadKey(v.state, v.gateway, v.event.key_redeemed().generation());
  if (!key) return "redeems a key that was never issued";
  if (key->state() == KEY_REDEEMED) return "redeems a key for the second time";
  if (key->state() != KEY_ACTIVE) return "redeems a key that had ended";
  // Expiry is judged by the wall clock, which may be that much behind the time of the events, and
  // even before the key was issued when it was set back and then accepted.
  const Time latest =
      FromMicros(std::max(key->expires_us(), key->issued_us())) + ledger_limits::kMaxClockStep;
  if (FromMicros(v.event.time_us()) >= latest) return "redeems a key that had expired";
  if (v.gateway.has_pending()) return "redeems a key while a registration is pending";
  return "";
}

std::string SpentKeyStaysSpent(const View& v) {
  std::uint32_t generation = 0;
  if (v.event.has_key_revealed()) generation = v.event.key_revealed().generation();
  if (v.event.has_key_revoked()) generation = v.event.key_revoked().generation();
  if (v.event.has_key_expired()) generation = v.event.key_expired().generation();
  if (generation == 0) return "";
  if (v.gateway.key().generation() == generation && v.gateway.key().state() == KEY_ACTIVE) {
    return "";
  }
  return "concerns a key that is not active";
}

template <typename Fact>
std::string HoldsNewCertificate(const View& v, const Fact& fact) {
  if (crypto::Sha256(fact.certificate()) != fact.certificate_sha256()) {
    return "holds a certificate that does not have its digest";
  }
  if (ReadCertificate(v.state, fact.certificate_sha256())) {
    return "holds a certificate that was recorded before";
  }
  return "";
}

std::string CertificateIsNew(const View& v) {
  if (v.event.has_key_redeemed()) return HoldsNewCertificate(v, v.event.key_redeemed());
  if (v.event.has_renewal_issued()) return HoldsNewCertificate(v, v.event.renewal_issued());
  return "";
}

std::string OnlyRegisteredRenew(const View& v) {
  if (!v.event.has_renewal_issued()) return "";
  const events::RenewalIssued& fact = v.event.renewal_issued();
  if (!v.gateway.has_current()) return "renews for a gateway that is not registered";
  if (IsRestored(v.gateway)) return "renews a registration that is not accepted";
  if (fact.generation() != v.gateway.current().generation()) return "names another registration";
  if (fact.superseded_certificate_sha256() != v.gateway.renewal().certificate_sha256()) {
    return "does not name the open renewal that it ends";
  }
  // The limit is judged by the wall clock, which may be that much before the time of the events.
  const Time latest = LatestLedgerTime(v.event);
  return NextRenewal(v.gateway, latest) > latest ? "is one renewal too many within a day" : "";
}

std::string OpenRenewalIsWhatIsUsed(const View& v) {
  if (!v.event.has_certificate_renewed()) return "";
  const events::CertificateRenewed& fact = v.event.certificate_renewed();
  if (!v.gateway.has_current() || !v.gateway.has_renewal() ||
      fact.certificate_sha256() != v.gateway.renewal().certificate_sha256()) {
    return "uses a renewal that is not open";
  }
  if (fact.generation() != v.gateway.current().generation()) return "names another registration";
  const bool current =
      fact.previous_certificate_sha256() == v.gateway.current().certificate_sha256();
  return current ? "" : "ends a certificate that is not current";
}

std::string PendingIsWhatEnds(const View& v) {
  std::string certificate;
  if (v.event.has_registration_confirmed()) {
    certificate = v.event.registration_confirmed().certificate_sha256();
  } else if (v.event.has_installation_failed()) {
    certificate = v.event.installation_failed().certificate_sha256();
  } else if (v.event.has_registration_abandoned()) {
    certificate = v.event.registration_abandoned().certificate_sha256();
  } else {
    return "";
  }
  if (v.gateway.has_pending() && v.gateway.pending().certificate_sha256() == certificate) return "";
  return "concerns a registration that is not pending";
}

std::string CurrentIsWhatIsDeregistered(const View& v) {
  std::string certificate;
  if (v.event.has_gateway_deregistered()) {
    certificate = v.event.gateway_deregistered().certificate_sha256();
  } else if (v.event.has_registration_confirmed()) {
    certificate = v.event.registration_confirmed().replaced_certificate_sha256();
    if (certificate.empty() && !v.gateway.has_current()) return "";
  } else {
    return "";
  }
  if (v.gateway.has_current() && v.gateway.current().certificate_sha256() == certificate) return "";
  return "ends an identity that is not current";
}

std::string VoidIsNotConfirmed(const View& v) {
  if (!v.event.has_registration_confirmed() || !v.gateway.has_pending()) return "";
  return IsVoid(v.state, v.gateway.pending())
             ? "confirms a registration from before the ledger was restored"
             : "";
}

std::string OnlyRegisteredConnect(const View& v) {
  if (v.event.has_gateway_connected()) {
    if (!v.gateway.has_current()) return "connects a gateway that is not registered";
    if (v.gateway.connected()) return "connects a gateway that is connected";
  }
  if (v.event.has_gateway_disconnected() && !v.gateway.connected()) {
    return "disconnects a gateway that is not connected";
  }
  return "";
}

std::string ConnectionFactsAreBounded(const View& v) {
  const bool counted =
      v.event.gateway_connected().counted() || v.event.gateway_disconnected().counted();
  if (!counted && !v.event.has_gateway_flapping()) return "";
  // As for renewals.
  const bool over =
      v.gateway.connection_facts_us_size() >= ledger_limits::kMaxConnectionFactsPerHour;
  const Time latest = LatestLedgerTime(v.event);
  if (counted && NextConnectionFact(v.gateway, latest) > latest)
    return "is one too many in an hour";
  if (v.event.has_gateway_flapping() && !over) return "comes before the gateway flaps";
  return "";
}

std::string SharingIsSuspectedOnce(const View& v) {
  if (!v.event.has_certificate_shared_suspected()) return "";
  const std::string& certificate = v.event.certificate_shared_suspected().certificate_sha256();
  if (!v.gateway.has_current() || v.gateway.current().certificate_sha256() != certificate) {
    return "concerns a certificate that is not current";
  }
  return v.gateway.current().shared_sequence() == 0 ? "" : "was said of this certificate before";
}

std::string TokensCountUp(const View& v) {
  const auto recorded = [&](const std::string& sha256) {
    return v.state.Get(TokenHashKey(sha256)).has_value();
  };
  if (v.event.has_operator_token_created()) {
    const events::OperatorTokenCreated& fact = v.event.operator_token_created();
    const std::uint64_t last = ReadCounters(v.state).tokens();
    if (fact.token() != last + 1) {
      return "creates token " + std::to_string(fact.token()) + " after " + std::to_string(last);
    }
    if (recorded(fact.token_sha256())) return "takes a secret that was recorded before";
  }
  if (v.event.has_operator_token_rotated() &&
      recorded(v.event.operator_token_rotated().token_sha256())) {
    return "takes a secret that was recorded before";
  }
  return "";
}

// The token that the event ends or changes; 0 when it does neither.
std::uint64_t TokenConcerned(const Event& event) {
  if (event.has_operator_token_rotated()) return event.operator_token_rotated().token();
  return event.operator_token_revoked().token();
}

std::string RevokedTokenStaysRevoked(const View& v) {
  if (!v.event.has_operator_token_rotated() && !v.event.has_operator_token_revoked()) return "";
  const auto token = ReadToken(v.state, TokenConcerned(v.event));
  if (!token) return "concerns a token that was never created";
  return token->revoked_us() == 0 ? "" : "concerns a token that was revoked";
}

std::string RevokedTokenDoesNothing(const View& v) {
  if (v.event.actor().kind() != events::Actor::TOKEN) return "";
  const auto token = ReadToken(v.state, v.event.actor().token());
  if (!token) return "was done by a token that was never created";
  return token->revoked_us() == 0 ? "" : "was done by a token that was revoked";
}

std::string TokenExpiresWhenDue(const View& v) {
  if (!v.event.has_operator_token_expired()) return "";
  const auto token = ReadToken(v.state, v.event.operator_token_expired().token());
  if (!token) return "concerns a token that was never created";
  if (token->revoked_us() != 0) return "concerns a token that was revoked";
  if (token->expired_us() != 0) return "expires a token for the second time";
  if (token->expires_us() == 0) return "concerns a token that does not expire";
  const bool due = LatestLedgerTime(v.event) >= FromMicros(token->expires_us());
  return due ? "" : "comes before the token's time has passed";
}

std::string ExpiredTokenDoesNothing(const View& v) {
  if (v.event.actor().kind() != events::Actor::TOKEN) return "";
  const auto token = ReadToken(v.state, v.event.actor().token());
  return token && token->expired_us() != 0 ? "was done by a token that had expired" : "";
}

std::string PersonSignsInFirst(const View& v) {
  const bool by_person = v.event.actor().kind() == events::Actor::PERSON;
  if (v.event.has_person_signed_in()) {
    if (by_person && v.event.actor().person() == v.event.person_signed_in().person()) return "";
    return "was not done by the person who signed in";
  }
  if (!by_person || ReadPerson(v.state, v.event.actor().person())) return "";
  return "was done by a person who had never signed in";
}

std::string AnOwnerRemains(const View& v) {
  const auto token = ReadToken(v.state, TokenConcerned(v.event));
  if (!token || !IsFullOwner(*token)) return "";
  const auto end = [](std::int64_t expires_us) { return expires_us == 0 ? INT64_MAX : expires_us; };
  if (token->expired_us() != 0) return "";
  if (ToMicros(LatestLedgerTime(v.event)) >= end(token->expires_us())) return "";
  if (v.event.has_operator_token_rotated() &&
      end(v.event.operator_token_rotated().expires_us()) >= end(token->expires_us())) {
    return "";
  }
  const OwnersRow owners = ReadOwners(v.state);
  const bool remains =
      std::any_of(owners.tokens().begin(), owners.tokens().end(), [&](std::uint64_t number) {
        const auto other = ReadToken(v.state, number);
        if (number == token->number() || !other || other->expired_us() != 0) return false;
        // As for keys: the wall clock may be behind the time of the events, or was set back.
        const Time latest =
            FromMicros(std::max({other->expires_us(), other->created_us(), other->rotated_us()})) +
            ledger_limits::kMaxClockStep;
        return other->expires_us() == 0 || FromMicros(v.event.time_us()) < latest;
      });
  return remains ? "" : "leaves no owner";
}

struct Named {
  const char* name;
  Piece piece;
};

constexpr Named kInvariants[] = {
    {"sequences-have-no-holes", SequencesHaveNoHoles},
    {"time-never-goes-back", TimeNeverGoesBack},
    {"ledger-is-created-once", LedgerIsCreatedOnce},
    {"restore-begins-an-epoch", RestoreBeginsAnEpoch},
    {"only-restored-are-accepted", OnlyRestoredAreAccepted},
    {"ca-is-new", CaIsNew},
    {"trust-domain-is-named-once", TrustDomainIsNamedOnce},
    {"only-what-stands-is-adopted", OnlyWhatStandsIsAdopted},
    {"accounts-are-opened-once", AccountsAreOpenedOnce},
    {"gateway-counts-its-events", GatewayCountsItsEvents},
    {"gateway-is-added-first", GatewayIsAddedFirst},
    {"removed-gateway-is-left-alone", RemovedGatewayIsLeftAlone},
    {"removal-leaves-nothing", RemovalLeavesNothing},
    {"names-are-unique", NamesAreUnique},
    {"labels-are-in-order", LabelsAreInOrder},
    {"secondaries-are-bounded", SecondariesAreBounded},
    {"generations-count-up", GenerationsCountUp},
    {"new-key-ends-the-old", NewKeyEndsTheOld},
    {"key-is-redeemed-once", KeyIsRedeemedOnce},
    {"spent-key-stays-spent", SpentKeyStaysSpent},
    {"certificate-is-new", CertificateIsNew},
    {"only-registered-renew", OnlyRegisteredRenew},
    {"open-renewal-is-what-is-used", OpenRenewalIsWhatIsUsed},
    {"pending-is-what-ends", PendingIsWhatEnds},
    {"void-is-not-confirmed", VoidIsNotConfirmed},
    {"current-is-what-is-deregistered", CurrentIsWhatIsDeregistered},
    {"only-registered-connect", OnlyRegisteredConnect},
    {"connection-facts-are-bounded", ConnectionFactsAreBounded},
    {"sharing-is-suspected-once", SharingIsSuspectedOnce},
    {"messages-count-up", MessagesCountUp},
    {"messages-end-once", MessagesEndOnce},
    {"webhooks-count-up", WebhooksCountUp},
    {"removed-webhook-is-left-alone", RemovedWebhookIsLeftAlone},
    {"tokens-count-up", TokensCountUp},
    {"revoked-token-stays-revoked", RevokedTokenStaysRevoked},
    {"revoked-token-does-nothing", RevokedTokenDoesNothing},
    {"token-expires-when-due", TokenExpiresWhenDue},
    {"expired-token-does-nothing", ExpiredTokenDoesNothing},
    {"person-signs-in-first", PersonSignsInFirst},
    {"an-owner-remains", AnOwnerRemains},
};

}  // namespace

std::vector<Violation> FindViolations(const StateReader& state, const Event* previous,
                                      const Event& event) {
  GatewayRow gateway;
  if (event.gateway() != 0) gateway = ReadGateway(state, event.gateway()).value_or(GatewayRow());
  const View view{state, previous, event, gateway};
  std::vector<Violation> violations;
  for (const Named& invariant : kInvariants) {
    std::string problem = invariant.piece(view);
    if (problem.empty()) continue;
    violations.push_back({previous ? previous->sequence() + 1 : 0, invariant.name,
                          std::string(events::TypeName(event.fact_case())) + " " + problem});
  }
  return violations;
}

}  // namespace latchkey::domain
