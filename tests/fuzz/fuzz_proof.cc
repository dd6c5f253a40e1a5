// The input is what is read from a log that somebody else serves or hands over: a proof, the name
// of a tile, a bundle of entries.
#include <string>

#include "core/log/proof_text.h"
#include "core/log/tile_format.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void ReadProof(std::string_view text) {
  const auto proof = log::ParseProof(text);
  if (!proof) return;
  for (const std::string& hash : proof->proof) {
    Expect(hash.size() == log::kHashBytes, "a proof is made of hashes");
  }
  // But for a line of extra data, a proof has one form.
  if (text.find("\nextra ") != std::string_view::npos) return;
  Expect(log::FormatProof(*proof) == text, "nothing in a proof is passed over");
}

void ReadTileName(std::string_view path) {
  const auto name = log::ParseTilePath(path);
  if (!name) return;
  Expect(name->width >= 1 && name->width <= log::kTileWidth, "a tile has a width");
  Expect(log::TilePath(*name) == path, "the name of a tile has one form");
}

void ReadBundle(std::string_view bytes) {
  const auto entries = log::ParseBundle(bytes);
  if (!entries) return;
  std::string again;
  for (const std::string_view entry : *entries) log::AppendToBundle(entry, &again);
  Expect(again == bytes, "nothing in a bundle is passed over");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(latchkey::fuzz::TextOf(data, size));
  latchkey::fuzz::ReadProof(text);
  latchkey::fuzz::ReadTileName(text);
  latchkey::fuzz::ReadBundle(text);
  return 0;
}
