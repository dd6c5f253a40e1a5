#include "tools/verify/tile_log.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "core/log/tree.h"

namespace latchkey::tools {
namespace {

constexpr int kHttpOk = 200;
constexpr std::chrono::seconds kMaxPause(30);

// How long a server that limits strangers, or has much to do, asks to wait; zero: it does not.
std::chrono::seconds PauseOf(const ClientResponse& answer) {
  const auto asked = AsksToWait(answer.status) ? RetryAfter(answer) : std::nullopt;
  return asked ? std::clamp(*asked, std::chrono::seconds(1), kMaxPause) : std::chrono::seconds(0);
}

}  // namespace

TileLog::TileLog(HttpClient http, std::string token, int attempts)
    : http_(std::move(http)), token_(std::move(token)), attempts_(attempts) {}

log::Head TileLog::head() const { return head_; }

void TileLog::Open(log::Head head) { head_ = std::move(head); }

Result<std::string> TileLog::Get(const std::string& target) const {
  ClientRequest request{"GET", "/tlog/" + target};
  if (!token_.empty()) request.headers.push_back("Authorization: Bearer " + token_);
  const std::lock_guard lock(mutex_);
  for (int asked = 1;; ++asked) {
    auto answer = http_.Send(request);
    if (!answer) return Refuse(ErrorCode::kIo, answer.error().message);
    if (answer->status == kHttpOk) return std::move(answer->body);
    const std::chrono::seconds pause = PauseOf(*answer);
    if (pause.count() == 0 || asked == attempts_) {
      return Refuse(ErrorCode::kIo, http_.url() + " answers " + std::to_string(answer->status) +
                                        " to /tlog/" + target);
    }
    std::this_thread::sleep_for(pause);
  }
}

Result<std::string> TileLog::FetchCheckpoint() { return Get("checkpoint"); }

Result<std::string> TileLog::Bundle(const log::TileName& name) const {
  const std::string path = log::TilePath(name);
  if (last_bundle_ && last_bundle_->first == path) return last_bundle_->second;
  Result<std::string> bundle = Get(path);
  if (bundle) last_bundle_.emplace(path, *bundle);
  return bundle;
}

Result<std::string> TileLog::Read(std::uint64_t sequence) const {
  if (sequence >= size()) return log::BeyondEnd(sequence, size());
  std::string entry;
  const Status scanned = Scan(sequence, sequence + 1, [&](std::uint64_t, std::string_view bytes) {
    entry = bytes;
    return true;
  });
  if (!scanned) return scanned.error();
  return entry;
}

Status TileLog::Scan(std::uint64_t from, std::uint64_t until,
                     const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  until = std::min(until, size());
  while (from < until) {
    const log::TileName name = log::TileOf(size(), std::nullopt, from);
    const Result<std::string> bundle = Bundle(name);
    if (!bundle) return bundle.error();
    const auto entries = log::ParseBundle(*bundle);
    if (!entries || entries->size() != name.width) {
      return Refuse(ErrorCode::kUnusable, "what is served as " + log::TilePath(name) +
                                              " is not a bundle of " + std::to_string(name.width) +
                                              " entries");
    }
    const std::uint64_t begin = name.index * log::kTileWidth;
    for (; from < until && from < begin + name.width; ++from) {
      if (!visit(from, (*entries)[from - begin])) return {};
    }
  }
  return {};
}

Result<std::string> TileLog::Tile(std::uint32_t level, std::uint64_t index) const {
  const std::uint64_t width = log::TileHashes(size(), level, index);
  if (width == 0) return log::NoSuchTile(level, index);
  const log::TileName name{level, index, width};
  Result<std::string> tile = Get(log::TilePath(name));
  if (!tile) return tile;
  if (tile->size() == width * log::kHashBytes) return tile;
  return Refuse(ErrorCode::kUnusable, "what is served as " + log::TilePath(name) + " is not " +
                                          std::to_string(width) + " hashes");
}

}  // namespace latchkey::tools
