#include "tools/client/sentence.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "core/base/printable.h"
#include "events/actor_text.h"
#include "tools/client/json.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

// What a sentence adds in parentheses: a word before the value, and where the value is.
struct Detail {
  enum class Kind { kText, kTime, kDigest, kList, kLabels };
  const char* word = nullptr;
  const char* pointer = nullptr;
  Kind kind = Kind::kText;
};

struct Saying {
  const char* type;
  // A member of data, or with a slash of the event, that is neither null nor false; empty: always.
  const char* condition;
  const char* sentence;
  std::array<Detail, 6> details{};  // up to the first without a pointer
};

constexpr auto kTime = Detail::Kind::kTime;
constexpr auto kDigest = Detail::Kind::kDigest;
constexpr auto kList = Detail::Kind::kList;
constexpr auto kLabels = Detail::Kind::kLabels;

// The first whose type and condition fit is said.
constexpr Saying kSayings[] = {
    {"LedgerCreated", "", "The ledger was created"},
    {"AccountOpened", "", "{actor} opened the account {account}"},
    {"GatewayAdded", "primary", "{actor} added {name} as a secondary of {primary}"},
    {"GatewayAdded", "", "{actor} added the gateway {name}"},
    {"GatewayRenamed", "", "{actor} renamed {previous} to {name}"},
    {"GatewayLabelled",
     "",
     "{actor} changed the labels of {gateway}",
     {{{"", "/data/labels", kLabels}}}},
    {"GatewayNoted", "", "{actor} changed the note of {gateway}", {{{"", "/data/note"}}}},
    {"GatewayRemoved", "", "{actor} removed {gateway}"},
    {"KeyIssued",
     "",
     "Key {n} was issued for {gateway}",
     {{{"valid until", "/data/expires_at", kTime}}}},
    {"KeyRegenerated",
     "superseded_generation",
     "{actor} generated key {n} for {gateway}; key {old} stopped working",
     {{{"reason:", "/data/reason"}, {"valid until", "/data/expires_at", kTime}}}},
    {"KeyRegenerated",
     "replace",
     "{actor} generated key {n} to replace the machine of {gateway}",
     {{{"reason:", "/data/reason"}, {"valid until", "/data/expires_at", kTime}}}},
    {"KeyRegenerated",
     "",
     "{actor} generated key {n} for {gateway}",
     {{{"reason:", "/data/reason"}, {"valid until", "/data/expires_at", kTime}}}},
    {"KeyRevealed", "", "{actor} looked at key {n} of {gateway}"},
    {"KeyRevoked", "", "{actor} revoked key {n} of {gateway}", {{{"reason:", "/data/reason"}}}},
    {"KeyExpired", "", "Key {n} of {gateway} expired"},
    {"KeyRedeemed",
     "replacement",
     "Key {n} was redeemed by a machine that is to replace {gateway}",
     {{{"host", "/data/host/hostname"},
       {"from", "/data/address"},
       {"to be confirmed by", "/data/confirm_by", kTime}}}},
    {"KeyRedeemed",
     "",
     "Key {n} of {gateway} was redeemed",
     {{{"host", "/data/host/hostname"},
       {"from", "/data/address"},
       {"to be confirmed by", "/data/confirm_by", kTime}}}},
    {"RedemptionRefused",
     "",
     "Another attempt to redeem key {n} of {gateway} was refused: {refusal}",
     {{{"host", "/data/host/hostname"},
       {"from", "/data/address"},
       {"attempts so far:", "/data/count"},
       {"key pair", "/data/public_key_sha256", kDigest},
       {"redeemed before by key pair", "/data/holder/public_key_sha256", kDigest}}}},
    {"RegistrationConfirmed",
     "replaced_certificate_sha256",
     "The new machine of {gateway} checked in: it has replaced the old one",
     {{{"version", "/data/version"},
       {"from", "/data/address"},
       {"certificate", "/data/certificate_sha256", kDigest}}}},
    {"RegistrationConfirmed",
     "",
     "{gateway} checked in for the first time: it is registered",
     {{{"version", "/data/version"},
       {"from", "/data/address"},
       {"certificate", "/data/certificate_sha256", kDigest}}}},
    {"InstallationFailed",
     "",
     "The installation of {gateway} failed",
     {{{"", "/data/reason"}, {"", "/data/detail"}}}},
    {"RegistrationAbandoned",
     "",
     "The registration of {gateway} was abandoned: {why}",
     {{{"reason:", "/data/reason"}}}},
    {"GatewayDeregistered",
     "",
     "{actor} deregistered {gateway}",
     {{{"reason:", "/data/reason"}, {"certificate", "/data/certificate_sha256", kDigest}}}},
    {"GatewayConnected",
     "",
     "{gateway} connected",
     {{{"version", "/data/version"}, {"from", "/data/address"}}}},
    {"GatewayDisconnected",
     "",
     "{gateway} is no longer connected",
     {{{"last seen", "/data/last_seen_at", kTime}}}},
    {"OperatorTokenCreated",
     "",
     "{actor} created a token for {token}",
     {{{"role", "/data/role"},
       {"accounts:", "/data/accounts", kList},
       {"valid until", "/data/expires_at", kTime}}}},
    {"OperatorTokenRevoked", "", "{actor} revoked the token of {token}"},
    {"OperatorTokenRotated",
     "",
     "{actor} gave the token of {token} a new secret",
     {{{"valid until", "/data/expires_at", kTime}}}},
    {"OperatorTokenExpired", "", "The token of {token} expired"},
    {"PersonSignedIn",
     "",
     "{actor} signed in",
     {{{"role", "/data/role"}, {"accounts:", "/data/accounts", kList}, {"by", "/data/issuer"}}}},
    {"LedgerRestored",
     "",
     "The ledger was restored from a backup; the keys and tokens from before no longer work",
     {{{"events in the backup:", "/data/size"}}}},
    {"RegistrationAccepted", "/gateway",
     "{actor} accepted the registration of {gateway} from before the restore"},
    {"RegistrationAccepted", "/account",
     "{actor} accepted all registrations of {account} from before the restore"},
    {"RegistrationAccepted", "", "{actor} accepted all registrations from before the restore"},
    {"RenewalIssued",
     "",
     "{gateway} was given another certificate",
     {{{"SHA-256", "/data/certificate/sha256", kDigest}}}},
    {"CertificateRenewed",
     "",
     "{gateway} uses its new certificate; the one before no longer works",
     {{{"SHA-256", "/data/certificate_sha256", kDigest}}}},
    {"CertificateSharedSuspected",
     "",
     "Two machines may be using the certificate of {gateway}",
     {{{"from", "/data/address"}, {"and", "/data/other_address"}}}},
    {"MessageSent",
     "",
     "{actor} sent {gateway} a message: {kind}",
     {{{"", "/data/message"}, {"until", "/data/expires_at", kTime}}}},
    {"MessageEnded",
     "",
     "A message to {gateway} {outcome}",
     {{{"", "/data/message"}, {"it said:", "/data/detail"}}}},
    {"WebhookAdded",
     "",
     "{actor} added {webhook}: events are sent to {host}",
     {{{"accounts", "/data/accounts", kList}, {"types", "/data/types", kList}}}},
    {"WebhookChanged",
     "",
     "{actor} changed {webhook}",
     {{{"to", "/data/host"},
       {"accounts", "/data/accounts", kList},
       {"types", "/data/types", kList}}}},
    {"WebhookSecretRotated",
     "",
     "{actor} gave {webhook} another secret",
     {{{"the previous one signs until", "/data/previous_until", kTime}}}},
    {"WebhookRemoved", "", "{actor} removed {webhook}"},
    {"GatewayFlapping",
     "",
     "{gateway} connects and disconnects too often: this is not recorded for a while",
     {{{"until", "/data/until", kTime}}}},
    {"CaRotated",
     "",
     "Another CA signs certificates from here on",
     {{{"SHA-256", "/data/ca_sha256", kDigest}}}},
    {"TrustDomainNamed", "",
     "Certificates of gateways name the trust domain {domain} from here on"},
    {"CheckpointAdopted",
     "",
     "A lost checkpoint was replaced; the events before this one were taken as complete",
     {{{"size", "/data/size"}}}},
};

constexpr std::size_t kDigestChars = 12;

bool Holds(const boost::json::value& event, std::string_view condition) {
  if (condition.empty()) return true;
  const bool outside = condition.starts_with('/');
  const boost::json::value& member =
      At(event, outside ? std::string(condition) : "/data/" + std::string(condition));
  return !member.is_null() && !(member.is_bool() && !member.get_bool());
}

std::string ActorWords(const boost::json::value& event) {
  const std::string name = TextAt(event, "/actor_name");
  if (!name.empty()) return name;
  const std::string actor = TextAt(event, "/actor");
  const std::string id = actor.substr(actor.find(':') + 1);
  if (actor == "system") return "Latchkey";
  if (actor.starts_with(events::kCertificateActor)) return "The gateway";
  if (actor.starts_with("address:")) return id == "erased" ? "Someone" : "Someone at " + id;
  return id;
}

std::string RefusalWords(const std::string& code) {
  if (code == "key_already_redeemed") return "the key had been redeemed with another key pair";
  if (code == "key_superseded") return "a newer key had been generated";
  if (code == "key_expired") return "the key had expired";
  if (code == "key_revoked") return "the key had been revoked";
  if (code == "gateway_removed") return "the gateway had been removed";
  if (code == "registration_ended") return "the registration had ended";
  if (code == "csr_invalid") return "the signing request could not be used";
  return code;
}

std::string WhyWords(const std::string& why) {
  if (why == "confirm_by_passed") return "no check-in came in time";
  if (why == "superseded") return "a new key was generated";
  if (why == "deregistered") return "the gateway was deregistered";
  if (why == "restored") return "the ledger was restored from a backup";
  return why;
}

std::string OutcomeWords(const std::string& outcome) {
  if (outcome == "done") return "is done";
  if (outcome == "failed") return "failed";
  if (outcome == "expired") return "expired before the gateway acknowledged it";
  if (outcome == "cancelled") return "was cancelled";
  return outcome;
}

// The value of a placeholder.
std::string Value(std::string_view placeholder, const boost::json::value& event,
                  const Names& names) {
  const std::string account = RawTextAt(event, "/account");
  if (placeholder == "actor") return ActorWords(event);
  if (placeholder == "account") return TextAt(event, "/account");
  if (placeholder == "gateway") return names.gateway(RawTextAt(event, "/gateway"), account);
  if (placeholder == "primary") return names.gateway(RawTextAt(event, "/data/primary"), account);
  if (placeholder == "name") return TextAt(event, "/account") + "/" + TextAt(event, "/data/name");
  if (placeholder == "previous") {
    return TextAt(event, "/account") + "/" + TextAt(event, "/data/previous_name");
  }
  if (placeholder == "domain") return TextAt(event, "/data/trust_domain");
  if (placeholder == "n") return std::to_string(NumberAt(event, "/data/generation"));
  if (placeholder == "old") return std::to_string(NumberAt(event, "/data/superseded_generation"));
  if (placeholder == "webhook") return TextAt(event, "/data/webhook");
  if (placeholder == "host") return TextAt(event, "/data/host");
  if (placeholder == "kind") return TextAt(event, "/data/kind");
  if (placeholder == "outcome") return OutcomeWords(TextAt(event, "/data/outcome"));
  if (placeholder == "refusal") return RefusalWords(TextAt(event, "/data/code"));
  if (placeholder == "why") return WhyWords(TextAt(event, "/data/why"));
  return names.token(RawTextAt(event, "/data/token"));
}

std::string Filled(std::string_view sentence, const boost::json::value& event, const Names& names) {
  std::string filled;
  while (!sentence.empty()) {
    const std::size_t open = std::min(sentence.find('{'), sentence.size());
    filled += sentence.substr(0, open);
    if (open == sentence.size()) break;
    const std::size_t close = sentence.find('}', open);
    filled += Value(sentence.substr(open + 1, close - open - 1), event, names);
    sentence.remove_prefix(close + 1);
  }
  return filled;
}

std::string DetailWords(const Detail& detail, const boost::json::value& event) {
  const boost::json::value& value = At(event, detail.pointer);
  if (value.is_null()) return {};
  std::string text =
      value.is_int64() || value.is_uint64() ? boost::json::serialize(value) : TextAt(value, "");
  switch (detail.kind) {
    case Detail::Kind::kText:
      break;
    case Detail::Kind::kTime:
      text = ShortTime(text);
      break;
    case Detail::Kind::kDigest:
      text = text.substr(0, kDigestChars) + "…";
      break;
    case Detail::Kind::kList:
      if (!value.is_array()) return {};
      for (const boost::json::value& item : value.get_array()) {
        text += (text.empty() ? "" : " ") + TextAt(item, "");
      }
      if (text.empty()) text = "all";
      break;
    case Detail::Kind::kLabels:
      if (!value.is_object()) return {};
      for (const auto& [key, label] : value.get_object()) {
        text += fmt::format("{}{}:{}", text.empty() ? "" : " ", text::Printable(key),
                            TextAt(label, ""));
      }
      if (text.empty()) text = "none";
      break;
  }
  if (text.empty()) return {};
  return *detail.word == '\0' ? text : std::string(detail.word) + " " + text;
}

// "Type {…}" of a fact that this program does not know.
std::string Unknown(const boost::json::value& event) {
  return TextAt(event, "/type") + " " + text::Printable(JsonText(At(event, "/data")));
}

}  // namespace

std::string Sentence(const boost::json::value& event, const Names& names) {
  const std::string type = RawTextAt(event, "/type");
  const auto saying = std::find_if(
      std::begin(kSayings), std::end(kSayings),
      [&](const Saying& one) { return type == one.type && Holds(event, one.condition); });
  if (saying == std::end(kSayings)) return Unknown(event);
  std::string details;
  for (const Detail& detail : saying->details) {
    if (detail.pointer == nullptr) break;
    const std::string words = DetailWords(detail, event);
    if (!words.empty()) details += (details.empty() ? "" : ", ") + words;
  }
  const std::string sentence = Filled(saying->sentence, event, names);
  return details.empty() ? sentence : sentence + " (" + details + ")";
}

}  // namespace latchkey::tools
