// Every limit of HTTP by its name (docs/design.md §4). Limits of the domain are in
// core/base/limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace latchkey::api::limits {

using namespace std::chrono_literals;

inline constexpr std::size_t kMaxHeaderBytes = 16 * 1024;  // request line and fields together
inline constexpr std::size_t kMaxBodyBytes = 64 * 1024;
inline constexpr std::size_t kMaxJsonDepth = 32;
inline constexpr std::size_t kMaxPathSegments = 8;  // no route has more
inline constexpr std::size_t kMaxQueryParameters = 64;

inline constexpr std::uint64_t kDefaultPage = 100;
inline constexpr std::uint64_t kMaxPage = 1'000;
inline constexpr std::size_t kMaxScannedRows = 100'000;        // looked at for one page of a list
inline constexpr std::size_t kMaxPageBytes = 4 * 1024 * 1024;  // a page ends early beyond this

// Connections of one listener; beyond them accepting pauses until one goes.
inline constexpr std::size_t kMaxConnections = 8'192;
inline constexpr std::size_t kPromisedConnections = 4'096;     // fewer are worth a warning
inline constexpr std::size_t kFilesBesideConnections = 2'048;  // for RocksDB, logs and the rest
inline constexpr std::size_t kConnectionShares = 4;            // of them, one address gets one
inline constexpr int kAcceptBacklog = 4'096;
inline constexpr std::chrono::milliseconds kAcceptRetry = 100ms;  // when no file descriptor is left

// A connection that lets one of these pass is closed. They are looked at every kTick.
inline constexpr std::chrono::milliseconds kTick = 250ms;
inline constexpr std::chrono::milliseconds kHandshakeTime = 10s;
inline constexpr std::chrono::milliseconds kHeaderTime = 10s;  // from the first byte of a request
inline constexpr std::chrono::milliseconds kBodyTime = 20s;
inline constexpr std::chrono::milliseconds kIdleTime = 75s;    // between requests
inline constexpr std::chrono::milliseconds kWriteTime = 30s;   // without any progress
inline constexpr std::chrono::milliseconds kLingerTime = 2s;   // reading on after a last answer
inline constexpr std::size_t kMaxDiscardedBytes = 256 * 1024;  // read and not looked at

inline constexpr std::chrono::milliseconds kKeepAliveEvery = 15s;  // of streams
// After so long a silence the peer's machine is asked whether the connection is still there, this
// often, this many times: a wait of one that lost its power ends within a minute.
inline constexpr std::chrono::seconds kProbeAfter = 30s;
inline constexpr std::chrono::seconds kProbeEvery = 10s;
inline constexpr int kProbes = 3;

// Those of them that a server may be given otherwise; tests do not wait for a minute.
struct Patience {
  std::chrono::milliseconds handshake = kHandshakeTime;
  std::chrono::milliseconds header = kHeaderTime;
  std::chrono::milliseconds body = kBodyTime;
  std::chrono::milliseconds idle = kIdleTime;
  std::chrono::milliseconds write = kWriteTime;
  std::chrono::milliseconds keep_alive = kKeepAliveEvery;
};

// How often something may be tried (api/auth/limiter.h): this often at once, and one more each
// `each`.
struct Rate {
  std::uint32_t at_once;
  std::chrono::microseconds each;
};
inline constexpr std::size_t kMessagesOfCheckIn = 16;  // that one answer brings
inline constexpr std::int64_t kMaxWaitSeconds = 300;   // of a check-in, for a message
// Check-ins that wait, beside the connections of their listener, and those of one address.
inline constexpr std::size_t kMaxWaiting = 32'768;
inline constexpr std::size_t kWaitingOfAddress = kMaxWaiting / 2;
// A wait that is ended for the server's sake is answered with a time in this range to come back.
inline constexpr std::int64_t kMinComeBackSeconds = 1;
inline constexpr std::int64_t kMaxComeBackSeconds = 30;
inline constexpr Rate kMessagesOfAccount{10, 100ms};  // unless raised

inline constexpr std::uint64_t kDeliveriesAhead = 64;  // events of a webhook found at a time
inline constexpr std::size_t kRefusedKept = 100;       // events that a receiver refused, of each
inline constexpr int kTestsAtOnce = 10;                // of a webhook; then one each second
inline constexpr int kTestRetrySeconds = 1;
inline constexpr std::size_t kReceiverAnswerBytes = 64 * 1024;  // what of an answer is waited for

inline constexpr std::chrono::milliseconds kPositionWait = 2s - kTick;  // for after_position
inline constexpr std::chrono::milliseconds kCheckpointPoll = 50ms;      // while one is waited for
inline constexpr std::uint64_t kStreamPage = 256;                       // events fetched at a time
inline constexpr std::size_t kStreamsOfOperator = 100;                  // open at a time
inline constexpr int kStreamRetrySeconds = 10;
inline constexpr std::size_t kStreamBufferBytes = 64 * 1024;  // of one stream, before it waits

// Operators who have signed in. Beyond these the session that was idle for longest ends.
inline constexpr std::size_t kMaxSessions = 10'000;
inline constexpr std::size_t kMaxSessionsOfOne = 100;  // of one operator
inline constexpr std::chrono::seconds kSessionIdleTime = 30min;
inline constexpr std::chrono::seconds kSessionLife = 12h;
inline constexpr std::chrono::seconds kSessionUseStep = 1min;  // between two records of its use
inline constexpr std::size_t kSessionAgentBytes = 197;        // of the browser's name, before "…"
inline constexpr std::size_t kQueuedSessionChanges = 16'384;  // on their way to the disk
inline constexpr std::size_t kSessionsLookedAtOnce = 256;     // of a list, then others have a turn
inline constexpr std::chrono::seconds kSignInCodeLife = 15min;
inline constexpr std::size_t kSessionSecretBytes = 32;  // of a cookie, and of a code

// A connection has its turn for so many requests and so long, a walk over rows for so long; then
// others have theirs.
inline constexpr int kRequestsPerTurn = 32;
inline constexpr std::chrono::microseconds kTurnTime = 2ms;
inline constexpr std::chrono::microseconds kWalkTime = 1ms;
// How old the counts of an overview may be, and how many gateways are counted in one go.
inline constexpr std::chrono::seconds kAccountCountsAge = 5s;
inline constexpr std::size_t kCountedAtOnce = 500;
inline constexpr std::size_t kReadBytes = 16 * 1024;        // one TLS record
inline constexpr std::size_t kKeptBufferBytes = 8 * 1024;   // larger ones are freed after an answer
inline constexpr std::size_t kCopiedBodyBytes = 16 * 1024;  // longer ones are sent as they lie
// What all connections together may hold in buffers, and those of one address. Of each connection
// the first kFreeBufferBytes do not count.
inline constexpr std::size_t kMaxBufferBytes = 256 * 1024 * 1024;
inline constexpr std::size_t kMaxBufferBytesOfAddress = kMaxBufferBytes / 8;
inline constexpr std::size_t kFreeBufferBytes = 24 * 1024;
inline constexpr std::size_t kSecretAnswerBytes = 8 * 1024;  // room for one that holds a secret
inline constexpr std::size_t kMaxClientChainBytes = 32 * 1024;

inline constexpr Rate kKeysOfAddress{120, 500ms};     // keys presented by one address
inline constexpr Rate kKeysOfGateway{60, 1s};         // with the right secret, of one key
inline constexpr Rate kSignInsOfAddress{60, 1s};      // operators' credentials that are not good
inline constexpr Rate kRefusalsOfAddress{400, 50ms};  // of callers who are not known
// KiB of long answers to callers who are not known.
inline constexpr Rate kDownloadsOfAddress{64 * 1024, 250us};
inline constexpr std::size_t kShortAnswerBytes = 4 * 1024;
inline constexpr Rate kLogBytesOfAddress{200'000, 5us};
inline constexpr std::size_t kBuckets = 65'536;       // of each kind
inline constexpr std::size_t kBucketsOfSet = 8;       // that give way to each other
inline constexpr std::size_t kBucketMutexes = 64;     // of each kind
inline constexpr std::size_t kMaxProxiesPassed = 16;  // named in one X-Forwarded-For, from its end

inline constexpr std::size_t kLogQueueLines = 8'192;  // of each of two, then the oldest are dropped
inline constexpr std::chrono::milliseconds kLogDropsTold = 1s;  // at most so often
inline constexpr std::chrono::milliseconds kLogDelay = 20ms;    // how long a line waits for others

}  // namespace latchkey::api::limits
