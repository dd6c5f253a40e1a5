#include "tests/core/domain/forgeries.h"

#include "core/base/limits.h"
#include "core/crypto/hash.h"

namespace latchkey::testing::forged {

using events::Event;
using namespace std::chrono_literals;

std::vector<Step> History() {
  return {
      Open("acme"),
      Open("globex"),
      Add("paris"),
      Register("paris"),
      Add("lyon", {.under = "paris"}),
      Add("nice"),
      Redeem("nice"),
      Add("brest"),
      Remove("brest"),
      Add("lille"),
      Generate("lille"),
      Add("toulon"),
      Register("toulon"),
      Replace("toulon"),
      Redeem("toulon", 2),
      Add("metz"),
      Register("metz"),
      Renew("metz", "bob"),
  };
}

namespace {

void OpenAccount(Event* event) {
  event->set_account("initech");
  event->mutable_account_opened();
}

Forge Regenerated(std::uint32_t generation, std::uint32_t ends) {
  return [=](TestLedger&, Event* event) {
    event->mutable_key_regenerated()->mutable_key()->set_generation(generation);
    event->mutable_key_regenerated()->set_superseded_generation(ends);
  };
}

Forge Removed() {
  return [](TestLedger&, Event* event) { event->mutable_gateway_removed(); };
}

// A RenewalIssued that would be right for a gateway whose open renewal is that of `open`.
Forge Renewed(const std::string& der, const std::string& open = "", std::uint32_t generation = 1) {
  return [=](TestLedger& ledger, Event* event) {
    events::RenewalIssued& fact = *event->mutable_renewal_issued();
    fact.set_generation(generation);
    fact.set_certificate(der);
    fact.set_certificate_sha256(crypto::Sha256(der));
    if (!open.empty()) {
      fact.set_superseded_certificate_sha256(ledger.CertificateOf(event->gateway(), open));
    }
  };
}

// The use of the certificate of `party`, said to end that of `before`.
Forge UsedRenewal(const std::string& party, const std::string& before,
                  std::uint32_t generation = 1) {
  return [=](TestLedger& ledger, Event* event) {
    events::CertificateRenewed& fact = *event->mutable_certificate_renewed();
    fact.set_generation(generation);
    fact.set_certificate_sha256(ledger.CertificateOf(event->gateway(), party));
    fact.set_previous_certificate_sha256(ledger.CertificateOf(event->gateway(), before));
  };
}

// After three more renewals of metz.
Forge AfterFourRenewals(Forge forge) {
  return [=](TestLedger& ledger, Event* event) {
    for (const char* party : {"r2", "r3", "r4"}) {
      ledger.Renew(ledger.CertificateOf(kMetz, "ann"), party);
    }
    *event = ledger.NextEvent(kMetz);
    forge(ledger, event);
  };
}

Forge Added(const std::string& name, std::uint64_t primary, const std::string& account = "acme") {
  return [=](TestLedger&, Event* event) {
    event->set_gateway(kNew);
    event->set_gateway_event(1);
    event->set_account(account);
    event->mutable_gateway_added()->set_name(name);
    event->mutable_gateway_added()->set_primary(primary);
  };
}

Forge RedeemedAs(const std::string& der, std::uint32_t generation) {
  return [=](TestLedger&, Event* event) { Redeemed(der, generation, event); };
}

Forge Confirmed(std::uint64_t of, std::uint32_t generation, std::uint64_t replaced) {
  return [=](TestLedger& ledger, Event* event) {
    events::RegistrationConfirmed& fact = *event->mutable_registration_confirmed();
    fact.set_certificate_sha256(ledger.CertificateOf(of, generation));
    if (replaced != 0) fact.set_replaced_certificate_sha256(ledger.CertificateOf(replaced, 1));
  };
}

Forge Deregistered(std::uint64_t of) {
  return [=](TestLedger& ledger, Event* event) {
    event->mutable_gateway_deregistered()->set_certificate_sha256(ledger.CertificateOf(of, 1));
  };
}

Forge Created(std::uint64_t token, const std::string& secret) {
  return [=](TestLedger&, Event* event) {
    events::OperatorTokenCreated& fact = *event->mutable_operator_token_created();
    fact.set_token(token);
    fact.set_token_sha256(crypto::Sha256(secret));
  };
}

Forge Rotated(std::uint64_t token, const std::string& secret, std::int64_t expires_us = 0) {
  return [=](TestLedger&, Event* event) {
    events::OperatorTokenRotated& fact = *event->mutable_operator_token_rotated();
    fact.set_token(token);
    fact.set_token_sha256(crypto::Sha256(secret));
    fact.set_expires_us(expires_us);
  };
}

// To the CA `to`, said to come after the CA `from`, with the digest of `digest_of`.
Forge RotatedCa(const std::string& from, const std::string& to, const std::string& digest_of) {
  return [=](TestLedger& ledger, Event* event) {
    ledger.RotateCa("CA 2");
    *event = ledger.NextEvent();
    events::CaRotated& fact = *event->mutable_ca_rotated();
    fact.set_ca_certificate(to);
    fact.set_ca_sha256(crypto::Sha256(digest_of));
    fact.set_previous_ca_sha256(crypto::Sha256(from));
  };
}

Forge Labelled(const std::vector<std::string>& keys) {
  return [=](TestLedger&, Event* event) {
    events::GatewayLabelled& fact = *event->mutable_gateway_labelled();
    for (const std::string& key : keys) fact.add_labels()->set_key(key);
  };
}

Forge Adopted(std::uint64_t size) {
  return [=](TestLedger&, Event* event) { event->mutable_checkpoint_adopted()->set_size(size); };
}

// After the ledger was restored once: paris is registered and needs acceptance.
Forge AfterRestore(std::uint64_t gateway, Forge forge) {
  return [=](TestLedger& ledger, Event* event) {
    ledger.Restore();
    *event = ledger.NextEvent(gateway);
    event->set_account("acme");
    forge(ledger, event);
  };
}

Forge Accepted(const std::string& certificate_sha256) {
  return [=](TestLedger&, Event* event) {
    event->mutable_registration_accepted()->set_certificate_sha256(certificate_sha256);
  };
}

// An event by this token that would be right for a valid token.
Forge DoneBy(std::uint64_t token) {
  return [=](TestLedger&, Event* event) {
    OpenAccount(event);
    event->mutable_actor()->set_kind(events::Actor::TOKEN);
    event->mutable_actor()->set_token(token);
  };
}

Forge SignedIn(const std::string& person, const std::string& actor) {
  return [=](TestLedger&, Event* event) {
    event->mutable_person_signed_in()->set_person(PersonNamed(person));
    event->mutable_actor()->set_kind(events::Actor::PERSON);
    event->mutable_actor()->set_person(PersonNamed(actor));
  };
}

Forge Connected() {
  return [](TestLedger&, Event* event) { event->mutable_gateway_connected(); };
}

Forge NamedAgain(const std::string& name) {
  return [=](TestLedger& ledger, Event* event) {
    ledger.Submit(domain::NameTrustDomain{"example.org"}, domain::Actor());
    (*event = ledger.NextEvent()).mutable_trust_domain_named()->set_name(name);
  };
}

Forge RevealedAt(int count_off_by) {
  return [=](TestLedger&, Event* event) {
    event->mutable_key_revealed()->set_generation(1);
    event->set_gateway_event(event->gateway_event() + static_cast<std::uint64_t>(count_off_by));
  };
}

}  // namespace

void Redeemed(const std::string& der, std::uint32_t generation, Event* event) {
  events::KeyRedeemed& fact = *event->mutable_key_redeemed();
  fact.set_generation(generation);
  fact.set_certificate(der);
  fact.set_certificate_sha256(crypto::Sha256(der));
}

Forge RevokedToken(std::uint64_t token) {
  return
      [=](TestLedger&, Event* event) { event->mutable_operator_token_revoked()->set_token(token); };
}

Forge ExpiredToken(std::uint64_t token) {
  return
      [=](TestLedger&, Event* event) { event->mutable_operator_token_expired()->set_token(token); };
}

Forge AfterExpiry(Forge forge) {
  return WithTokens(3600s, [=](TestLedger& ledger, Event* event) {
    ledger.ExpireToken(2);
    *event = ledger.NextEvent();
    event->set_account("acme");
    forge(ledger, event);
  });
}

Forge WithTokens(std::chrono::seconds later, Forge forge) {
  return [=](TestLedger& ledger, Event* event) {
    ledger.CreateToken("two", domain::TokenRole::kOwner, {}, std::chrono::hours(1));
    ledger.CreateToken("three", domain::TokenRole::kOperator);
    ledger.RevokeToken("three");
    ledger.clock().Advance(later);
    *event = ledger.NextEvent();
    event->set_account("acme");
    forge(ledger, event);
  };
}

std::vector<Forgery> Forgeries() {
  return {
      {"sequences-have-no-holes", "a hole", 0,
       [](TestLedger&, Event* event) {
         OpenAccount(event);
         event->set_sequence(event->sequence() + 1);
       }},
      {"sequences-have-no-holes", "a number twice", 0,
       [](TestLedger&, Event* event) {
         OpenAccount(event);
         event->set_sequence(event->sequence() - 1);
       }},
      {"time-never-goes-back", "a microsecond back", 0,
       [](TestLedger& ledger, Event* event) {
         OpenAccount(event);
         event->set_time_us(ledger.last_event()->time_us() - 1);
       }},
      {"ledger-is-created-once", "a second ledger", 0,
       [](TestLedger&, Event* event) { event->mutable_ledger_created(); }},
      {"accounts-are-opened-once", "a second time", 0,
       [](TestLedger&, Event* event) { event->mutable_account_opened(); }},
      {"accounts-are-opened-once", "a gateway of no account", 0, Added("other", 0, "initech")},
      {"gateway-counts-its-events", "a gap", kLyon, RevealedAt(+1)},
      {"gateway-counts-its-events", "a count twice", kLyon, RevealedAt(-1)},
      {"trust-domain-is-named-once", "a second time", 0, NamedAgain("example.com")},
      {"trust-domain-is-named-once", "an impossible one", 0, NamedAgain("Example")},
      {"gateway-is-added-first", "added twice", kLyon,
       [](TestLedger&, Event* event) { event->mutable_gateway_added()->set_name("other"); }},
      {"gateway-is-added-first", "never added", kNew,
       [](TestLedger&, Event* event) { event->mutable_gateway_renamed()->set_name("other"); }},
      {"gateway-is-added-first", "under another account", kLyon,
       [](TestLedger&, Event* event) {
         event->mutable_key_revealed()->set_generation(1);
         event->set_account("globex");
       }},
      {"removed-gateway-is-left-alone", "renamed after removal", kBrest,
       [](TestLedger&, Event* event) { event->mutable_gateway_renamed()->set_name("other"); }},
      {"removed-gateway-is-left-alone", "removed twice", kBrest, Removed()},
      {"removal-leaves-nothing", "secondaries", kParis,
       [](TestLedger& ledger, Event* event) {
         ledger.Deregister(kParis);
         *event = ledger.NextEvent(kParis);
         event->mutable_gateway_removed();
       }},
      {"removal-leaves-nothing", "a current certificate", kToulon, Removed()},
      {"removal-leaves-nothing", "a pending certificate", kNice, Removed()},
      {"removal-leaves-nothing", "an active key", kLyon, Removed()},
      {"names-are-unique", "added under a taken name", 0, Added("paris", 0)},
      {"names-are-unique", "renamed to a taken name", kLyon,
       [](TestLedger&, Event* event) { event->mutable_gateway_renamed()->set_name("paris"); }},
      {"labels-are-in-order", "out of order", kLyon, Labelled({"b", "a"})},
      {"labels-are-in-order", "twice", kLyon, Labelled({"a", "a"})},
      {"labels-are-in-order", "too many", kLyon,
       Labelled(std::vector<std::string>(ledger_limits::kMaxLabels + 1, "a"))},
      {"secondaries-are-bounded", "under a secondary", 0, Added("other", kLyon)},
      {"secondaries-are-bounded", "under a removed gateway", 0, Added("other", kBrest)},
      {"secondaries-are-bounded", "under no gateway", 0, Added("other", 99)},
      {"secondaries-are-bounded", "under a gateway of another account", 0,
       Added("other", kParis, "globex")},
      {"secondaries-are-bounded", "a sixth", 0,
       [](TestLedger& ledger, Event* event) {
         ledger.Edit(kParis, [](domain::GatewayRow* row) { row->set_secondaries(5); });
         Added("other", kParis)(ledger, event);
       }},
      {"generations-count-up", "one left out", kLyon, Regenerated(3, 1)},
      {"generations-count-up", "one twice", kLille, Regenerated(2, 2)},
      {"generations-count-up", "a first key again", kLyon,
       [](TestLedger&, Event* event) {
         event->mutable_key_issued()->mutable_key()->set_generation(1);
       }},
      {"new-key-ends-the-old", "a pending registration goes on", kNice, Regenerated(2, 0)},
      {"new-key-ends-the-old", "the active key is not named", kLyon, Regenerated(2, 0)},
      {"new-key-ends-the-old", "a key that had ended is named", kBrest,
       [](TestLedger& ledger, Event* event) {
         ledger.Edit(kBrest, [](domain::GatewayRow* row) { row->set_removed(false); });
         Regenerated(2, 1)(ledger, event);
       }},
      {"key-is-redeemed-once", "a second time while current", kParis, RedeemedAs("other", 1)},
      {"key-is-redeemed-once", "a second time while pending", kNice, RedeemedAs("other", 1)},
      {"key-is-redeemed-once", "superseded", kLille, RedeemedAs("other", 1)},
      {"key-is-redeemed-once", "never issued", kLyon, RedeemedAs("other", 2)},
      {"key-is-redeemed-once", "long expired", kLyon,
       [](TestLedger& ledger, Event* event) {
         event->set_time_us(ledger.Key(kLyon, 1).expires_us() +
                            Micros(ledger_limits::kMaxClockStep).count());
         Redeemed("other", 1, event);
       }},
      {"key-is-redeemed-once", "while another is pending", kNice,
       [](TestLedger& ledger, Event* event) {
         ledger.Edit(kNice, [](domain::GatewayRow* row) {
           row->mutable_key()->set_state(domain::KEY_ACTIVE);
         });
         Redeemed("other", 1, event);
       }},
      {"spent-key-stays-spent", "a redeemed key revoked", kParis,
       [](TestLedger&, Event* event) { event->mutable_key_revoked()->set_generation(1); }},
      {"spent-key-stays-spent", "a superseded key expired", kLille,
       [](TestLedger&, Event* event) { event->mutable_key_expired()->set_generation(1); }},
      {"spent-key-stays-spent", "a redeemed key shown", kNice,
       [](TestLedger&, Event* event) { event->mutable_key_revealed()->set_generation(1); }},
      {"certificate-is-new", "the digest of another", kLyon,
       [](TestLedger&, Event* event) {
         Redeemed("other", 1, event);
         event->mutable_key_redeemed()->set_certificate("else");
       }},
      {"certificate-is-new", "recorded before", kLyon,
       [](TestLedger& ledger, Event* event) {
         for (const Event& past : ledger.events()) {
           if (past.has_key_redeemed() && past.gateway() == kParis)
             Redeemed(past.key_redeemed().certificate(), 1, event);
         }
       }},
      {"certificate-is-new", "renewed, the digest of another", kParis,
       [](TestLedger& ledger, Event* event) {
         Renewed("other")(ledger, event);
         event->mutable_renewal_issued()->set_certificate("else");
       }},
      {"certificate-is-new", "renewed, recorded before", kMetz,
       [](TestLedger& ledger, Event* event) {
         for (const Event& past : ledger.events()) {
           if (past.has_renewal_issued()) {
             Renewed(past.renewal_issued().certificate(), "bob")(ledger, event);
           }
         }
       }},
      {"only-registered-renew", "not registered", kLyon, Renewed("other")},
      {"only-registered-renew", "not accepted since a restore", kParis,
       AfterRestore(kParis, Renewed("other"))},
      {"only-registered-renew", "another registration", kParis, Renewed("other", "", 2)},
      {"only-registered-renew", "the open renewal is not named", kMetz, Renewed("other")},
      {"only-registered-renew", "the fifth of a day", kMetz,
       AfterFourRenewals(Renewed("other", "r4"))},
      {"open-renewal-is-what-is-used", "none is open", kParis, UsedRenewal("ann", "ann")},
      {"open-renewal-is-what-is-used", "not registered", kLyon, UsedRenewal("ann", "ann")},
      {"open-renewal-is-what-is-used", "not the open one", kMetz, UsedRenewal("ann", "ann")},
      {"open-renewal-is-what-is-used", "another registration", kMetz, UsedRenewal("bob", "ann", 2)},
      {"open-renewal-is-what-is-used", "after one that is not current", kMetz,
       UsedRenewal("bob", "bob")},
      {"pending-is-what-ends", "abandoned and never pending", kLyon,
       [](TestLedger&, Event* event) { event->mutable_registration_abandoned(); }},
      {"pending-is-what-ends", "failed and current", kParis,
       [](TestLedger& ledger, Event* event) {
         event->mutable_installation_failed()->set_certificate_sha256(
             ledger.CertificateOf(kParis, 1));
       }},
      {"pending-is-what-ends", "confirmed by the certificate of another", kNice,
       Confirmed(kParis, 1, 0)},
      {"current-is-what-is-deregistered", "deregistered and pending", kNice, Deregistered(kNice)},
      {"current-is-what-is-deregistered", "deregistered by the certificate of another", kParis,
       Deregistered(kNice)},
      {"current-is-what-is-deregistered", "a replacement that names nothing replaced", kToulon,
       Confirmed(kToulon, 2, 0)},
      {"current-is-what-is-deregistered", "a replacement of another", kToulon,
       Confirmed(kToulon, 2, kParis)},
      {"current-is-what-is-deregistered", "a first registration that replaces", kNice,
       Confirmed(kNice, 1, kParis)},
      {"only-registered-connect", "registering", kNice, Connected()},
      {"only-registered-connect", "connected already", kParis, Connected()},
      {"only-registered-connect", "disconnected and never connected", kLyon,
       [](TestLedger&, Event* event) { event->mutable_gateway_disconnected(); }},
      {"connection-facts-are-bounded", "the thirteenth of an hour", kParis,
       [](TestLedger& ledger, Event* event) {
         for (int i = 0; i < 6; ++i) {
           ledger.Disconnect(kParis);
           if (i < 5) ledger.CheckIn(ledger.CertificateOf(kParis, 1));
         }
         *event = ledger.NextEvent(kParis);
         event->mutable_gateway_connected()->set_counted(true);
       }},
      {"connection-facts-are-bounded", "flapping that is none", kParis,
       [](TestLedger&, Event* event) { event->mutable_gateway_flapping(); }},
      {"sharing-is-suspected-once", "of another certificate", kParis,
       [](TestLedger& ledger, Event* event) {
         event->mutable_certificate_shared_suspected()->set_certificate_sha256(
             ledger.CertificateOf(kToulon, 1));
       }},
      {"sharing-is-suspected-once", "for the second time", kParis,
       [](TestLedger& ledger, Event* event) {
         const std::string certificate = ledger.CertificateOf(kParis, 1);
         ledger.SuspectSharing(certificate, "203.0.113.9");
         *event = ledger.NextEvent(kParis);
         event->mutable_certificate_shared_suspected()->set_certificate_sha256(certificate);
       }},
      {"tokens-count-up", "one left out", 0, Created(3, "new")},
      {"ca-is-new", "the one in force", 0, RotatedCa("CA 2", "CA 2", "CA 2")},
      {"ca-is-new", "a former one", 0, RotatedCa("CA 2", "CA", "CA")},
      {"ca-is-new", "the digest of another", 0, RotatedCa("CA 2", "CA 3", "CA 4")},
      {"only-what-stands-is-adopted", "more than there is", 0, Adopted(1'000)},
      {"only-what-stands-is-adopted", "nothing", 0, Adopted(0)},
      {"ca-is-new", "after one that is not in force", 0, RotatedCa("CA", "CA 3", "CA 3")},
      {"only-restored-are-accepted", "in a ledger that was never restored", kParis, Accepted("")},
      {"only-restored-are-accepted", "that is not registered", kLyon,
       AfterRestore(kLyon, Accepted(""))},
      {"only-restored-are-accepted", "by the certificate of another", kParis,
       AfterRestore(kParis, Accepted("other"))},
      {"void-is-not-confirmed", "pending at the backup", kNice,
       AfterRestore(kNice, Confirmed(kNice, 1, 0))},
      {"key-is-redeemed-once", "active at the backup", kLyon,
       AfterRestore(kLyon, RedeemedAs("other", 1))},
      {"new-key-ends-the-old", "a key that the restore had ended is named", kLyon,
       AfterRestore(kLyon, Regenerated(2, 1))},
      {"revoked-token-does-nothing", "after a restore", 0, AfterRestore(0, DoneBy(1))},
      {"tokens-count-up", "the next number after a restore", 0, AfterRestore(0, Created(2, "new"))},
      {"tokens-count-up", "one twice", 0, Created(1, "new")},
      {"tokens-count-up", "a secret twice", 0, Created(2, "owner token")},
      {"tokens-count-up", "a secret kept in a rotation", 0, Rotated(1, "owner token")},
      {"revoked-token-stays-revoked", "rotated", 0, WithTokens(0s, Rotated(3, "new"))},
      {"revoked-token-stays-revoked", "revoked twice", 0, WithTokens(0s, RevokedToken(3))},
      {"revoked-token-stays-revoked", "never created", 0, RevokedToken(4)},
      {"revoked-token-does-nothing", "an account opened", 0, WithTokens(0s, DoneBy(3))},
      {"revoked-token-does-nothing", "by a token never created", 0, DoneBy(4)},
      {"token-expires-when-due", "long before its time", 0,
       WithTokens(3600s - 2 * ledger_limits::kMaxClockStep - 1s, ExpiredToken(2))},
      {"token-expires-when-due", "without a time", 0, ExpiredToken(1)},
      {"token-expires-when-due", "revoked", 0, WithTokens(0s, ExpiredToken(3))},
      {"token-expires-when-due", "never created", 0, ExpiredToken(4)},
      {"token-expires-when-due", "twice", 0, AfterExpiry(ExpiredToken(2))},
      {"expired-token-does-nothing", "an account opened", 0, AfterExpiry(DoneBy(2))},
      {"an-owner-remains", "revoked when the other had expired by an event", 0,
       AfterExpiry(RevokedToken(1))},
      {"person-signs-in-first", "an account opened by a stranger", 0,
       [](TestLedger&, Event* event) {
         OpenAccount(event);
         event->mutable_actor()->set_kind(events::Actor::PERSON);
         event->mutable_actor()->set_person(PersonNamed("eve"));
       }},
      {"person-signs-in-first", "signed in by another", 0, SignedIn("ann", "eve")},
      {"person-signs-in-first", "signed in by the system", 0,
       [](TestLedger&, Event* event) {
         event->mutable_person_signed_in()->set_person(PersonNamed("ann"));
       }},
      {"an-owner-remains", "the only one revoked", 0, RevokedToken(1)},
      {"an-owner-remains", "the only one rotated to an end", 0, Rotated(1, "new", INT64_MAX - 1)},
      {"an-owner-remains", "revoked when the other had long expired", 0,
       WithTokens(3600s + ledger_limits::kMaxClockStep, RevokedToken(1))},
  };
}

}  // namespace latchkey::testing::forged
