// A log that somebody else serves (C2SP tlog-tiles), read over HTTP: its tiles, and its entries
// where the token allows. It is as long as the checkpoint that it was opened with.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/base/error.h"
#include "core/http/http_client.h"
#include "core/log/log.h"
#include "core/log/tile_format.h"

namespace latchkey::tools {

inline constexpr int kTileAttempts = 20;

// Thread-safe: one request at a time.
class TileLog final : public log::Log {
 public:
  // `token` may be empty: then entries cannot be read. A server that limits strangers is asked up
  // to `attempts` times for a tile, as far apart as it says.
  TileLog(HttpClient http, std::string token, int attempts = kTileAttempts);

  // The latest checkpoint of the log, and from now on no other. Refuses with kIo when the server
  // cannot be reached, kUnusable when its answer is not a note.
  Result<std::string> FetchCheckpoint();
  // From now on the log ends here.
  void Open(log::Head head);

  log::AppendOutcome Append(std::uint64_t, std::span<const std::string>) override {
    return log::AppendOutcome::kRefused;
  }
  log::Head head() const override;
  std::uint64_t size() const override { return head().size; }
  Result<std::string> Read(std::uint64_t sequence) const override;
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override;

 private:
  Result<std::string> Get(const std::string& target) const;
  // The entries of a bundle, joined as they were sent; kept until another is asked for.
  Result<std::string> Bundle(const log::TileName& name) const;

  mutable std::mutex mutex_;  // guards the client
  mutable HttpClient http_;
  const std::string token_;
  const int attempts_;
  log::Head head_;
  mutable std::optional<std::pair<std::string, std::string>> last_bundle_;  // its path, its bytes
};

}  // namespace latchkey::tools
