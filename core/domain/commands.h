// The commands of the ledger, in the imperative. Plain values; checked for form (lengths,
// characters, ranges) with the Check… functions below before they are submitted.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/base/time.h"

namespace latchkey::domain {

// Who asks. The kind says which other member is meaningful.
struct Actor {
  enum class Kind { kSystem, kToken, kCertificate, kAddress, kPerson };
  Kind kind = Kind::kSystem;
  std::uint64_t token = 0;
  std::string certificate_sha256;  // 32 bytes
  std::string address;             // text of an IP address; kept whatever the kind, when known
  std::string person{};            // 16 bytes
};

struct Host {
  std::string hostname;
  std::string os;
  std::string version;
};

// The first command of a ledger: LedgerCreated and the owner token.
struct CreateLedger {
  std::string ledger_id;  // 16 bytes
  std::string epoch;      // 10 bytes
  std::string origin;
  std::string ca_certificate;         // DER
  std::string checkpoint_public_key;  // 32 bytes
  std::string owner_token_sha256;
};

// Both are made in advance: commands never hold private keys.
struct RotateCa {
  std::string ca_certificate;     // DER, of the new CA
  std::string cross_certificate;  // DER: signed by the CA in force; may be empty
};

// Once, and for good.
struct NameTrustDomain {
  std::string name;
};

// The ledger's owner confirms that its first `size` events, with that root, are all it ever had.
struct AdoptCheckpoint {
  std::uint64_t size;
  std::string root;  // 32 bytes
};

struct OpenAccount {
  std::string account;
};

using Labels = std::map<std::string, std::string>;

struct AddGateway {
  std::string account;
  std::string name;
  std::uint64_t primary = 0;  // 0: the new gateway is a primary
  std::chrono::seconds key_lifetime;
  Labels labels{};
  std::string note{};  // empty: none
};

// What is null stays as it is.
struct ChangeGateway {
  std::uint64_t gateway;
  std::optional<std::string> name{};
  std::optional<Labels> labels{};
  std::optional<std::string> note{};  // empty: none from now on
};

struct RemoveGateway {
  std::uint64_t gateway;
};

struct GenerateKey {
  std::uint64_t gateway;
  bool replace = false;
  std::chrono::seconds key_lifetime;
  std::string reason;
};

struct RevealKey {
  std::uint64_t gateway;
};

struct RevokeKey {
  std::uint64_t gateway;
};

struct DeregisterGateway {
  std::uint64_t gateway;
  std::string reason;
};

// The gateway's registration is older than the restore of the ledger, and still right.
struct AcceptRegistration {
  std::uint64_t gateway;
};

// The same of all registrations of an account, or of all accounts.
struct AcceptRegistrations {
  std::string account;  // empty: all
};

// A certificate signed in advance for this command; dropped unless the command needs it.
struct CertificateOffer {
  std::string der;
  std::string sha256;
  std::string serial;
  Time not_after;
};

// What an operator token may do: docs/access.md.
enum class TokenRole { kOwner, kOperator, kHelpdesk, kAuditor };
std::string_view RoleName(TokenRole role);  // "owner"
std::optional<TokenRole> RoleFromName(std::string_view name);

// The caller makes the secret and keeps it: the ledger sees only its hash.
struct CreateToken {
  std::string name;
  TokenRole role;
  std::vector<std::string> accounts;             // empty: all
  std::optional<std::chrono::seconds> lifetime;  // null: it does not expire
  std::string token_sha256;
};

struct RotateToken {
  std::uint64_t token;
  std::optional<std::chrono::seconds> lifetime;  // from now; null: the expiry does not change
  std::string token_sha256;
};

struct RevokeToken {
  std::uint64_t token;
};

// A provider vouched for the person who is the actor.
struct SignInPerson {
  std::string person;  // 16 bytes
  TokenRole role;
  std::vector<std::string> accounts;  // empty: all
  std::string name;                   // may be empty if the provider gave none
  std::string issuer;
  std::string subject;
};

struct RedeemKey {
  std::uint64_t gateway;
  std::uint32_t generation;
  std::string secret_sha256;              // of the secret presented
  std::string public_key_sha256;          // of the CSR; empty when it could not be read
  std::optional<CertificateOffer> offer;  // null: the CSR was refused, or the key looked spent
  std::string csr_problem;                // why there is no offer, when the CSR was refused
  Host host;
  bool confirm = false;  // at once: who redeems has no later word (EST)
};

// The certificate `certificate_sha256` asks for another.
struct Renew {
  std::string certificate_sha256;
  std::string public_key_sha256;          // of the CSR
  std::optional<CertificateOffer> offer;  // null: there seemed to be one already
};

struct CheckIn {
  std::string certificate_sha256;
  std::string version;
};

// Two programs check in by turns with this certificate; the actor's is one of their addresses.
struct SuspectSharing {
  std::string certificate_sha256;
  std::string other_address;
};

// The gateway itself ends its identity.
struct DeregisterSelf {
  std::string certificate_sha256;
  std::string reason;
};

struct ReportFailure {
  std::string certificate_sha256;
  std::string reason;
  std::string detail;
};

// The caller gives a body that is JSON without blanks.
struct SendMessage {
  std::uint64_t gateway;
  std::string kind;
  std::string body;
  std::chrono::seconds lifetime;
};

struct CancelMessage {
  std::uint64_t gateway;
  std::uint64_t message;
};

// What a gateway says became of messages that it was given.
struct Acknowledgement {
  std::uint64_t message;
  bool done;           // or it failed
  std::string detail;  // may be empty
};
struct AcknowledgeMessages {
  std::string certificate_sha256;
  bool ended = false;  // the certificate's identity has ended, and was good when it was given them
  std::vector<Acknowledgement> acknowledgements;
};

// A receiver of events, whose form the caller has checked.
struct AddWebhook {
  std::string url;
  std::string host;  // of the URL, with the port where it is not 443
  std::vector<std::string> types;
  std::vector<std::string> accounts;  // empty: all
};

// What is null stays as it is.
struct ChangeWebhook {
  std::uint64_t webhook;
  std::optional<std::string> url{};
  std::string host{};  // of the URL
  std::optional<std::vector<std::string>> types{};
  std::optional<std::vector<std::string>> accounts{};
};

struct RotateWebhook {
  std::uint64_t webhook;
};

struct RemoveWebhook {
  std::uint64_t webhook;
};

// From the timers.
struct ExpireMessage {
  std::uint64_t gateway;
  std::uint64_t message;
};
struct AbandonRegistration {
  std::uint64_t gateway;
  std::uint32_t generation;
};
struct ExpireKey {
  std::uint64_t gateway;
  std::uint32_t generation;
};
struct ExpireToken {
  std::uint64_t token;
};
struct DisconnectGateway {
  std::uint64_t gateway;
  Time last_seen;
};

using Command =
    std::variant<CreateLedger, RotateCa, NameTrustDomain, AdoptCheckpoint, OpenAccount, AddGateway,
                 ChangeGateway, RemoveGateway, GenerateKey, RevealKey, RevokeKey, DeregisterGateway,
                 AcceptRegistration, AcceptRegistrations, CreateToken, RotateToken, RevokeToken,
                 SignInPerson, RedeemKey, Renew, CheckIn, SuspectSharing, DeregisterSelf,
                 ReportFailure, SendMessage, CancelMessage, AcknowledgeMessages, AddWebhook,
                 ChangeWebhook, RotateWebhook, RemoveWebhook, ExpireMessage, AbandonRegistration,
                 ExpireKey, ExpireToken, DisconnectGateway>;

// Identifies a repeated request. Both are SHA-256 digests: the first over the token and the
// Idempotency-Key, the second over method, target and body.
struct IdempotencyTag {
  std::string key_sha256;
  std::string request_sha256;
};

// A command and everything that goes into its events with it.
struct Submission {
  Command command;
  Actor actor{};
  std::string request_id{};  // 16 bytes, or empty for the system's own acts
  std::optional<IdempotencyTag> idempotency{};
  std::optional<std::uint64_t> if_match{};  // the gateway's event count the caller has seen
};

// The form in which a typed name is kept: NFC, without blanks around it. Refuses with
// kValidationFailed at `pointer` what is not UTF-8, empty, too long, or has characters that cannot
// be seen (text::FindUnseen): two names that look alike are not told apart by people.
Result<std::string> GatewayName(std::string_view typed, std::string_view pointer);
Result<std::string> TokenName(std::string_view typed, std::string_view pointer);
// The same for the value of a label, which may be empty.
Result<std::string> LabelValue(std::string_view typed, std::string_view pointer);

// Checks of form, before a command is submitted. Each refuses with kValidationFailed at `pointer`.
Status CheckAccountName(std::string_view name, std::string_view pointer);
Status CheckTrustDomain(std::string_view name, std::string_view pointer);
Status CheckLabelKey(std::string_view key, std::string_view pointer);
Status CheckKeyLifetime(std::int64_t seconds, std::string_view pointer);
Status CheckTokenLifetime(std::int64_t seconds, std::string_view pointer);
Status CheckMessageKind(std::string_view kind, std::string_view pointer);
Status CheckMessageLifetime(std::int64_t seconds, std::string_view pointer);
Status CheckFailureReason(std::string_view reason, std::string_view pointer);
// UTF-8 text without control characters other than CR, LF and tab, at most `max_chars`
// characters.
Status CheckText(std::string_view text, std::size_t max_chars, std::string_view pointer);

}  // namespace latchkey::domain
