// The history as strangers check it: checkpoint, tiles, bundles and proofs, verified with nothing
// but what the server says over HTTP.
#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "core/log/checkpointer.h"
#include "core/log/proof.h"
#include "core/log/proof_text.h"
#include "core/log/tile_format.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

class TlogTest : public ::testing::Test {
 protected:
  static ContractLedger& ledger() { return ContractLedger::Instance(); }

  // One without any credential.
  static HttpClient Stranger() {
    HttpClient client = ledger().Management();
    client.options().token.clear();
    return client;
  }

  static log::NoteKey Key() {
    const auto shown = ledger().Management().Get("/v1/ledger").Json();
    return *log::ParseVerifierKey(std::string(shown.at("vkey").as_string()));
  }

  // The latest checkpoint, once it covers all that has happened.
  static log::Head Covering() {
    const auto size = ledger().Management().Get("/v1/ledger").Json().at("size").as_int64();
    const std::string last = "/v1/events/" + std::to_string(size - 1) + "/proof";
    EXPECT_EQ(ledger().Management().Get(last).status, 200);
    const auto head = log::OpenCheckpoint(Stranger().Get("/tlog/checkpoint").body, Key());
    EXPECT_TRUE(head) << head.error().detail;
    EXPECT_GE(head->size, static_cast<std::uint64_t>(size));
    return *head;
  }

  static std::string Tile(const log::TileName& name) {
    HttpClient client = name.level ? Stranger() : ledger().Management();
    const HttpAnswer answer = client.Get("/tlog/" + log::TilePath(name));
    EXPECT_EQ(answer.status, 200) << log::TilePath(name) << answer.body;
    return answer.body;
  }
};

TEST_F(TlogTest, TilesAndBundlesAddUpToTheSignedRoot) {
  for (int i = 0; i < 300; ++i) (void)ledger().Add();
  const log::Head head = Covering();
  ASSERT_GT(head.size, log::kTileWidth);
  log::Tree tree;
  std::vector<log::FullTile> full;
  for (std::uint64_t at = 0; at < head.size; at += log::kTileWidth) {
    const std::string hashes = Tile(log::TileOf(head.size, 0, at));
    const std::string bundle = Tile(log::TileOf(head.size, std::nullopt, at));
    const auto entries = log::ParseBundle(bundle);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size() * log::kHashBytes, hashes.size());
    for (std::size_t i = 0; i < entries->size(); ++i) {
      ASSERT_EQ(log::LeafHash((*entries)[i]), hashes.substr(i * log::kHashBytes, log::kHashBytes));
      tree.Add(log::LeafHash((*entries)[i]), &full);
    }
  }
  EXPECT_EQ(tree.Root(), head.root);
  for (const log::FullTile& tile : full) {
    EXPECT_EQ(Tile({tile.level, tile.index}), tile.hashes);
  }
  for (std::uint32_t level = 0; level < 2; ++level) {
    const std::uint64_t last = head.size >> (log::kTileHeight * level);
    EXPECT_EQ(Tile(log::TileOf(head.size, level, last)), tree.PartialTile(level));
  }
}

TEST_F(TlogTest, ATileNeverChangesAndMayBeKept) {
  const HttpAnswer partial = Stranger().Get("/tlog/tile/0/000.p/1");
  EXPECT_EQ(partial.Header("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(partial.Header("Content-Type"), "application/octet-stream");
  const std::string before = partial.body;
  (void)ledger().Add();
  (void)Covering();
  EXPECT_EQ(Stranger().Get("/tlog/tile/0/000.p/1").body, before);
  const HttpAnswer bundle = ledger().Management().Get("/tlog/tile/entries/000.p/1");
  EXPECT_EQ(bundle.Header("Cache-Control"), "no-store");
  const HttpAnswer checkpoint = Stranger().Get("/tlog/checkpoint");
  EXPECT_EQ(checkpoint.Header("Cache-Control"), "no-cache");
  EXPECT_EQ(checkpoint.Header("Content-Type"), "text/plain; charset=utf-8");
}

TEST_F(TlogTest, WhatTheTreeDoesNotHaveIsNotThere) {
  const log::Head head = Covering();
  const std::uint64_t last = head.size / log::kTileWidth;
  const std::uint64_t width = head.size % log::kTileWidth;
  std::vector<std::string> wrong = {"tile/8/000.p/1",
                                    "tile/63/000.p/1",
                                    "tile/64/000.p/1",
                                    "tile/00/000.p/1",
                                    "tile/0/000.p/0",
                                    "tile/0/000.p/256",
                                    "tile/0/000.p/01",
                                    "tile/0/0",
                                    "tile/0/x000/000.p/1",
                                    "tile/0/000/.p/1",
                                    "tile/0/999",
                                    "tile/0/x999/x999/999",
                                    "tile/x/000.p/1",
                                    "tile/0/-01.p/1",
                                    "tile/0",
                                    "checkpoint/",
                                    log::TilePath({0, last + 1, 1})};
  // Later entries, which the checkpoint does not cover yet, are none of its tree.
  if (width + 100 < log::kTileWidth) wrong.push_back(log::TilePath({0, last, width + 100}));
  wrong.push_back(log::TilePath({0, last}));
  for (const std::string& path : wrong) {
    const HttpAnswer answer = ledger().Management().Get("/tlog/" + path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.Header("Cache-Control"), "no-store") << path;
  }
}

TEST_F(TlogTest, AnEventIsProvedToWhoeverHasTheKey) {
  const Added gateway = ledger().Add();
  const auto page = ledger().Management().Get("/v1/events?limit=1&gateway=" + gateway.id).Json();
  const auto sequence =
      static_cast<std::uint64_t>(page.at("events").at(0).at("sequence").as_int64());
  const std::string path = "/v1/events/" + std::to_string(sequence);
  // At once: it waits for the checkpoint.
  const HttpAnswer answer = ledger().Management().Get(path + "/proof");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.Header("Content-Type"), "text/plain; charset=utf-8");
  const auto proof = log::ParseProof(answer.body);
  ASSERT_TRUE(proof) << proof.error().detail;
  EXPECT_EQ(proof->sequence, sequence);
  const auto head = log::OpenCheckpoint(proof->note, Key());
  ASSERT_TRUE(head) << head.error().detail;
  const std::string entry = ledger().Management().Get(path + "/entry").body;
  EXPECT_TRUE(log::VerifyInclusion(log::LeafHash(entry), sequence, *head, proof->proof));
}

TEST_F(TlogTest, OneCheckpointIsTheBeginningOfAnother) {
  const log::Head before = Covering();
  for (int i = 0; i < 3; ++i) (void)ledger().Add();
  const log::Head after = Covering();
  ASSERT_LT(before.size, after.size);
  const std::string query =
      "?from=" + std::to_string(before.size) + "&to=" + std::to_string(after.size);
  const auto answer = ledger().Management().Get("/v1/ledger/consistency" + query).Json();
  EXPECT_EQ(answer.at("from"), before.size);
  EXPECT_EQ(answer.at("to"), after.size);
  log::Proof proof;
  for (const auto& hash : answer.at("proof").as_array()) {
    proof.push_back(*text::FromBase64(std::string(hash.as_string())));
  }
  EXPECT_TRUE(log::VerifyConsistency(before, after, proof));
}

TEST_F(TlogTest, SizesOfNoCheckpointAreRefused) {
  const log::Head head = Covering();
  const std::string beyond = std::to_string(head.size + 1'000'000);
  struct Row {
    std::string query, pointer;
  };
  const Row rows[] = {{"?from=1", "?to"},
                      {"?to=1", "?from"},
                      {"", "?from"},
                      {"?from=2&to=1", "?from"},
                      {"?from=1&to=" + beyond, "?to"},
                      {"?from=x&to=1", "?from"},
                      {"?from=-1&to=1", "?from"},
                      {"?from=1&to=99999999999999999999", "?to"}};
  for (const Row& row : rows) {
    const HttpAnswer answer = ledger().Management().Get("/v1/ledger/consistency" + row.query);
    EXPECT_EQ(answer.status, 422) << row.query;
    EXPECT_NE(answer.body.find("\"" + row.pointer + "\""), std::string::npos) << answer.body;
  }
}

TEST_F(TlogTest, TheLedgerShowsItsCheckpoint) {
  const log::Head head = Covering();
  const auto shown = ledger().Management().Get("/v1/ledger").Json();
  const auto& checkpoint = shown.at("checkpoint").as_object();
  EXPECT_GE(checkpoint.at("size").as_int64(), static_cast<std::int64_t>(head.size));
  EXPECT_TRUE(shown.at("witnesses").as_array().empty());
}

}  // namespace
}  // namespace latchkey::testing
