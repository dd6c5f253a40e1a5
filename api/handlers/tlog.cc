// The history as a stranger can check it (C2SP tlog-tiles, tlog-proof): checkpoint, tiles of
// hashes, bundles of entries; and proofs made of them.
#include <algorithm>

#include "api/auth/visibility.h"
#include "api/call/json_writer.h"
#include "api/call/queries.h"
#include "api/handlers/handlers.h"
#include "api/handlers/named_event.h"
#include "api/handlers/walk.h"
#include "api/http/limits.h"
#include "core/base/base64.h"
#include "core/log/proof.h"
#include "core/log/proof_text.h"
#include "core/log/tile_format.h"

namespace latchkey::api {
namespace {

using log::PublishedCheckpoint;

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kBytes = "application/octet-stream";
constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";
constexpr std::string_view kNoCache = "no-cache";
constexpr std::size_t kFirstSegment = 1;  // behind /tlog/
constexpr std::uint64_t kEntriesPerTurn = 32;

std::shared_ptr<const PublishedCheckpoint> LatestOf(const LedgerView& ledger) {
  return ledger.checkpoint ? ledger.checkpoint() : nullptr;
}

Error NoCheckpoint() {
  return Refuse(ErrorCode::kBehind, "There is no checkpoint of this ledger yet.");
}

Error NoTile() {
  return Refuse(ErrorCode::kNotFound,
                "There is no such tile in the tree of the latest checkpoint. Paths are as in "
                "https://c2sp.org/tlog-tiles.");
}

// The tile that the path names, if it is in the tree of the latest checkpoint.
Result<log::TileName> NamedTile(const LedgerView& ledger, const Call& call) {
  const Target& uri = call.request.uri;
  std::string path;
  for (std::size_t i = kFirstSegment; i < uri.segment_count(); ++i) {
    path.append(path.empty() ? "" : "/").append(uri.segment(i));
  }
  const auto name = log::ParseTilePath(path);
  const auto published = LatestOf(ledger);
  if (!name || !published) return NoTile();
  const std::uint32_t level = name->level.value_or(0);
  if (log::TileHashes(published->head.size, level, name->index) < name->width) return NoTile();
  return *name;
}

// What one answer holds of the buffers of all, until it is the session's to count.
class Held {
 public:
  Held(BufferBudget& buffers, const ClientAddress& address)
      : buffers_(buffers), address_(address) {}
  ~Held() { (void)buffers_.Change(address_, held_, 0); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  bool Grow(std::size_t to) {
    if (to <= held_) return true;
    if (!buffers_.Change(address_, held_, to)) return false;
    held_ = to;
    return true;
  }

 private:
  BufferBudget& buffers_;
  const ClientAddress& address_;
  std::size_t held_ = 0;
};

// The latest checkpoint once it covers the event: one is published about each second.
Task<std::shared_ptr<const PublishedCheckpoint>> CheckpointOver(const Lists& lists,
                                                                std::uint64_t sequence) {
  LoopTimer timer(lists.loop.io());
  const auto deadline = std::chrono::steady_clock::now() + limits::kPositionWait;
  while (true) {
    std::shared_ptr<const PublishedCheckpoint> latest = LatestOf(lists.ledger);
    if (latest && latest->head.size > sequence) co_return latest;
    if (std::chrono::steady_clock::now() >= deadline) co_return nullptr;
    timer.expires_after(limits::kCheckpointPoll);
    co_await timer.async_wait(kUseTask);
  }
}

}  // namespace

Status GetCheckpoint(const LedgerView& ledger, Call& call) {
  const auto published = LatestOf(ledger);
  if (!published) return NoCheckpoint();
  call.response.Begin(Success::kOk, kText);
  call.response.cache_control = kNoCache;
  call.response.body = published->note;
  return {};
}

Status GetTile(const LedgerView& ledger, Call& call) {
  const Result<log::TileName> name = NamedTile(ledger, call);
  if (!name) return name.error();
  Result<std::string> tile = ledger.log.Tile(*name->level, name->index);
  if (!tile) return tile.error();
  tile->resize(std::min(tile->size(), name->width * log::kHashBytes));
  call.response.Begin(Success::kOk, kBytes);
  call.response.cache_control = kImmutable;
  call.response.body = *std::move(tile);
  return {};
}

Task<Status> GetEntryBundle(const Lists& lists, Call& call) {
  if (!Sees(call.caller, "")) {
    co_return Refuse(ErrorCode::kForbidden,
                     "Entries are of all accounts: they take a token that is for all of them.");
  }
  const Result<log::TileName> name = NamedTile(lists.ledger, call);
  if (!name) co_return name.error();
  const Queries queries(call.request.uri, {});
  if (Status valid = queries.Done(); !valid) co_return valid;
  call.response.Begin(Success::kOk, kBytes);
  call.response.cache_control = kNoStore;
  Held held(lists.buffers, call.connection.address);
  std::string& body = call.response.body;
  const std::uint64_t from = name->index * log::kTileWidth;
  Turn turn;
  for (std::uint64_t at = 0; at < name->width; at += kEntriesPerTurn) {
    const std::uint64_t end = std::min(name->width, at + kEntriesPerTurn);
    const Status read =
        lists.ledger.log.Scan(from + at, from + end, [&](std::uint64_t, std::string_view entry) {
          log::AppendToBundle(entry, &body);
          return true;
        });
    if (!read) co_return read.error();
    if (!held.Grow(body.capacity())) {
      body = std::string();
      call.response.retry_after_seconds = 1;
      co_return Refuse(ErrorCode::kOverloaded,
                       "This server has no room for so long an answer now. Try again in a moment.");
    }
    if (turn.IsOver()) co_await turn.LetOthers();
  }
  co_return Status();
}

Task<Status> GetEventProof(const Lists& lists, Call& call) {
  const LedgerView& ledger = lists.ledger;
  const auto event = NamedEvent(ledger, call);
  if (!event) co_return event.error();
  const std::uint64_t sequence = event->first;
  const std::shared_ptr<const PublishedCheckpoint> checkpoint =
      co_await CheckpointOver(lists, sequence);
  if (!checkpoint) {
    co_return Refuse(ErrorCode::kBehind,
                     "No checkpoint covers this event yet. Try again in a moment.");
  }
  Result<log::Proof> proof = log::ProveInclusion(ledger.log, sequence, checkpoint->head.size);
  if (!proof) co_return proof.error();
  call.response.Begin(Success::kOk, kText);
  call.response.body = log::FormatProof({sequence, *std::move(proof), checkpoint->note});
  co_return Status();
}

Status GetConsistency(const LedgerView& ledger, Call& call) {
  const auto published = LatestOf(ledger);
  if (!published) return NoCheckpoint();
  Queries queries(call.request.uri, {"from", "to"});
  const auto from = queries.Number("from");
  const auto to = queries.Number("to");
  for (const std::string_view name : {"from", "to"}) {
    if (!queries.Text(name)) queries.Wrong(name, "It is missing: the size of a checkpoint.");
  }
  if (to && *to > published->head.size) {
    queries.Wrong("to",
                  "The latest checkpoint has " + std::to_string(published->head.size) + " events.");
  }
  if (from && to && *from > *to) queries.Wrong("from", "It is larger than `to`.");
  if (Status valid = queries.Done(); !valid) return valid;
  const Result<log::Proof> proof = log::ProveConsistency(ledger.log, *from, *to);
  if (!proof) return proof.error();
  call.response.Begin(Success::kOk);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Number("from", *from);
  json.Number("to", *to);
  json.Key("proof");
  json.BeginArray();
  for (const std::string& hash : *proof) json.String(text::ToBase64(hash));
  json.EndArray();
  json.EndObject();
  return {};
}

}  // namespace latchkey::api
