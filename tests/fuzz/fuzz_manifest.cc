// The input is the manifest of a backup: which files a restore reads, and how much of each.
#include <string>

#include "core/crypto/ed25519.h"
#include "tests/fuzz/fuzz.h"
#include "tools/backup/manifest.h"

namespace latchkey::fuzz {
namespace {

const crypto::Ed25519Signer& Signer() {
  static const crypto::Ed25519Signer signer = *crypto::Ed25519Signer::Load(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
      "-----END PRIVATE KEY-----\n");
  return signer;
}

void ReadOne(std::string_view bytes) {
  const auto manifest = tools::ReadManifest(bytes);
  if (!manifest) return;
  std::uint64_t first = 0;
  for (const tools::Volume& volume : manifest->volumes) {
    Expect(volume.first == first, "volumes follow one another");
    Expect(volume.end.size > first, "no volume is empty");
    Expect(volume.bytes <= tools::kMaxVolumeBytes, "no volume is larger than one can be");
    first = volume.end.size;
  }
  Expect(manifest->epoch_start < first, "the epoch begins within the backup");
  for (const char c : manifest->origin) {
    if (static_cast<unsigned char>(c) < 0x20) return;  // no note can be signed under such a name
  }
  const auto note = tools::SignManifest(*manifest, Signer());
  if (!note) return;
  const std::string_view text = std::string_view(*note).substr(0, note->rfind("\n\n") + 1);
  Expect(bytes.starts_with(text), "a manifest has one form");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
