// Every limit of the ledger by its name (docs/design.md §4). Limits of HTTP are in
// api/http/limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace latchkey::ledger_limits {

using namespace std::chrono_literals;

inline constexpr std::size_t kMaxGatewayNameChars = 100;
inline constexpr std::size_t kMaxAccountNameChars = 40;
inline constexpr std::size_t kMaxLabels = 32;  // of one gateway
inline constexpr std::size_t kMaxLabelKeyChars = 63;
inline constexpr std::size_t kMaxLabelValueChars = 100;
inline constexpr std::size_t kMaxNoteChars = 1'000;
inline constexpr std::uint32_t kMaxSecondaries = 5;
inline constexpr std::uint32_t kMaxGenerations = 65'535;
inline constexpr std::uint64_t kMaxGatewayNumber = (std::uint64_t{1} << 40) - 1;
inline constexpr std::uint64_t kMaxMessageNumber = kMaxGatewayNumber;
// A restore leaves out so many numbers of gateways, tokens, messages and webhooks: those that the
// lost events may have given are not given twice.
inline constexpr std::uint64_t kNumbersPerRestore = std::uint64_t{1} << 20;

inline constexpr std::chrono::seconds kMinKeyLifetime = 1s;
inline constexpr std::chrono::seconds kMaxKeyLifetime = 365 * 24h;
inline constexpr std::chrono::seconds kDefaultKeyLifetime = 7 * 24h;
// An active key that has no more time left is one that somebody should look at.
inline constexpr std::chrono::seconds kKeyEndsSoon = 24h;
inline constexpr std::chrono::seconds kDefaultConfirmWindow = 1h;
// More time for deadlines that passed while the server was down.
inline constexpr std::chrono::seconds kDowntimeGrace = 15min;
inline constexpr std::chrono::seconds kDefaultCheckIn = 60s;
inline constexpr std::chrono::hours kFinishedRequestsKept = 24h;

inline constexpr int kMaxCaRotations = 64;  // of one ledger
inline constexpr std::size_t kMaxTrustDomainChars = 255;

inline constexpr int kMaxConnectionFactsPerHour = 12;  // of one gateway
// Two programs that check in by turns under one certificate raise suspicion at the third turn
// within this time.
inline constexpr int kSuspiciousTurns = 3;
inline constexpr std::chrono::seconds kSuspiciousTime = 10min;
inline constexpr std::size_t kMaxInstanceChars = 64;

inline constexpr std::size_t kMaxMessageKindChars = 64;
inline constexpr std::size_t kMaxMessageBodyBytes = 4 * 1024;  // as JSON without blanks
inline constexpr std::size_t kMaxMessageDetailChars = 512;     // of an acknowledgement
inline constexpr std::chrono::seconds kMinMessageLifetime = 1s;
inline constexpr std::chrono::seconds kMaxMessageLifetime = 90 * 24h;
inline constexpr std::chrono::seconds kDefaultMessageLifetime = 7 * 24h;
inline constexpr std::size_t kDefaultOpenMessages = 100;  // of one gateway, unless it is raised
inline constexpr std::size_t kMaxOpenMessages = 256;     // to at most so many: they end in one step
inline constexpr std::size_t kMaxAcknowledgements = 16;  // in one check-in
// So long after its identity ended a gateway may still say what became of a message.
inline constexpr std::chrono::hours kLateAcknowledgement = 1h;

inline constexpr std::uint64_t kMaxWebhooks = 32;  // of one ledger, at one time
inline constexpr std::size_t kMaxWebhookUrlChars = 2'048;
inline constexpr std::size_t kMaxWebhookAccounts = 100;  // named by one webhook
// So long after a rotation deliveries are also signed with the previous secret.
inline constexpr std::chrono::seconds kPreviousWebhookSecret = 24h;

inline constexpr int kMaxRenewalsPerDay = 4;  // of one gateway
// Of a gateway that has shown that it renews, unless certificates live shorter anyway.
inline constexpr std::chrono::seconds kRenewedLifetime = 90 * 24h;
// So long after its end a certificate may still be renewed, and do nothing else.
inline constexpr std::chrono::seconds kRenewalGrace = 30 * 24h;

inline constexpr std::size_t kMaxTokenNameChars = 100;
inline constexpr std::size_t kMaxTokenAccounts = 100;  // named by one token
inline constexpr std::uint64_t kMaxTokens = 10'000;    // not revoked, at one time
inline constexpr std::chrono::seconds kDefaultTokenLifetime = 90 * 24h;
inline constexpr std::chrono::seconds kMinTokenLifetime = 1s;
inline constexpr std::chrono::seconds kMaxTokenLifetime = 10 * 365 * 24h;

inline constexpr std::size_t kMaxReasonChars = 1'024;  // an operator's free text
inline constexpr std::size_t kMaxFailureDetailChars = 1'024;
inline constexpr std::size_t kMaxFailureReasonChars = 64;
inline constexpr std::size_t kMaxHostFieldChars = 255;  // hostname, os, version
inline constexpr std::size_t kMaxIdempotencyKeyChars = 255;

inline constexpr std::uint64_t kRefusalsAllRecorded = 8;  // then at each doubling

inline constexpr std::size_t kMaxEntryBytes = 65'535;       // one stored event
inline constexpr std::size_t kMaxCommandBytes = 60 * 1024;  // all events of one command together

inline constexpr std::size_t kMaxQueuedCommands = 8'192;  // the sequencer's queue
inline constexpr std::size_t kMaxBatchCommands = 1'024;
inline constexpr std::uint64_t kFreeSpaceReserveBytes = 256ull * 1024 * 1024;
// Of the wall clock against the steady one: what it may step in all, and how fast it may drift.
inline constexpr std::chrono::seconds kMaxClockStep = 60s;
inline constexpr std::int64_t kMaxClockDriftPpm = 500;

}  // namespace latchkey::ledger_limits
