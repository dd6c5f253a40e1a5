// A secret leaves nothing in the memory of the process that handled it, once the request is over.
// All writable memory is searched while the process runs.
//
// Not covered: what must stay there to work (master keys, the CA's and the server's private key),
// what the kernel holds of sockets, and swap (docs/operations.md).
#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/domain/key_codec.h"
#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

// Larger ones are reservations of the sanitizer's shadow, which holds no bytes of the program.
constexpr std::uint64_t kMaxMapping = std::uint64_t{4} << 30;
constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kLongest = 256;  // of what is sought: pieces overlap by that much

struct Mapping {
  std::uint64_t from;
  std::uint64_t until;
  std::string name;
};

std::vector<Mapping> WritableMemory(int process) {
  std::vector<Mapping> found;
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::string range, mode, offset, device, inode, name;
    fields >> range >> mode >> offset >> device >> inode >> name;
    if (mode.substr(0, 2) != "rw" || name == "[vvar]") continue;
    const auto dash = range.find('-');
    const Mapping mapping{std::stoull(range.substr(0, dash), nullptr, 16),
                          std::stoull(range.substr(dash + 1), nullptr, 16), name};
    if (mapping.until - mapping.from <= kMaxMapping) found.push_back(mapping);
  }
  return found;
}

// Where each of `sought` was found, as "WHAT in NAME+OFFSET"; empty when nowhere.
std::vector<std::string> Search(int process,
                                const std::vector<std::pair<std::string, std::string>>& sought) {
  std::vector<std::string> found;
  std::ifstream memory("/proc/" + std::to_string(process) + "/mem", std::ios::binary);
  EXPECT_TRUE(memory) << "only root, or who has CAP_SYS_PTRACE, may look into the server's memory";
  std::string piece;
  for (const Mapping& mapping : WritableMemory(process)) {
    for (std::uint64_t at = mapping.from; at < mapping.until; at += kPiece) {
      piece.resize(std::min<std::uint64_t>(kPiece + kLongest, mapping.until - at));
      memory.clear();
      memory.seekg(static_cast<std::streamoff>(at));
      memory.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      piece.resize(static_cast<std::size_t>(std::max<std::streamsize>(memory.gcount(), 0)));
      for (const auto& [what, bytes] : sought) {
        if (piece.find(bytes) == std::string::npos) continue;
        std::ostringstream where;
        where << what << " in " << mapping.name << "+" << std::hex << at - mapping.from;
        found.push_back(where.str());
      }
    }
  }
  return found;
}

class MemoryTest : public E2eTest {
 protected:
  std::vector<std::string> Find(const std::vector<std::pair<std::string, std::string>>& sought) {
    return Search(server().process().pid(), sought);
  }
  // In all the forms in which it passes through.
  void KnowKey(const std::string& what, const std::string& key) {
    const auto parsed = domain::ParseKey(key);
    ASSERT_TRUE(parsed);
    sought_.emplace_back(what, key.substr(4));
    sought_.emplace_back(what + " as bytes", parsed->secret.view());
  }

  std::vector<std::pair<std::string, std::string>> sought_;
};

TEST_F(MemoryTest, KeysAndTokensAreGoneWhenTheirRequestsAre) {
  OpenAccount("quiet");
  const AddedGateway redeemed = AddGateway("quiet", "redeemed");
  const AddedGateway shown = AddGateway("quiet", "shown");
  Install(redeemed);
  const auto again = server().Send("POST", "/v1/gateways/" + shown.id + "/key/reveal");
  ASSERT_EQ(Member(again->body, "key"), shown.key);
  const auto token = server().Send("POST", "/v1/tokens", R"({"name":"Ada","role":"operator"})");
  const auto rotated = server().Send("POST", "/v1/tokens/" + Member(token->body, "id") + "/rotate");
  KnowKey("a redeemed key", redeemed.key);
  KnowKey("a key that was shown", shown.key);
  sought_.emplace_back("the owner's token", server().token().substr(5));
  sought_.emplace_back("a new token", Member(token->body, "token").substr(5));
  sought_.emplace_back("a rotated token", Member(rotated->body, "token").substr(5));

  // Refused, in two pieces, chunked, twice on one connection: every way to send them.
  std::string mistyped = shown.key;
  std::swap(mistyped[5], mistyped[6]);
  sought_.emplace_back("a key mistyped", mistyped.substr(4));
  for (const std::string& body :
       {"{\"key\":\"" + mistyped + "\"}", "{\"key\":\"" + shown.key + "\",\"csr\":\"no\"}",
        "{\"key\":\"" + shown.key + "\"", "{\"key\":[\"" + shown.key + "\"]}"}) {
    const auto answer = tools::Fetch(server().Gateways(1),
                                     tools::ComposeRequest("POST", "/v1/registrations", "", body));
    ASSERT_TRUE(answer);
    EXPECT_GE(answer->status, 400) << answer->body;
  }
  EXPECT_EQ(Find(sought_), std::vector<std::string>());
}

// The search above works, also in memory that was allocated and freed.
TEST_F(MemoryTest, TheSearchFindsWhatIsThere) {
  OpenAccount("quiet");
  AddGateway("quiet", "a-name-that-stands-in-memory");
  EXPECT_NE(Find({{"a name", "a-name-that-stands-in-memory"}}), std::vector<std::string>());
}

}  // namespace
}  // namespace latchkey::testing
