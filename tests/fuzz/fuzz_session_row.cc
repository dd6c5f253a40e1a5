// The input is what a disk may have made of the rows of a session: the length of the first in one
// byte, the first, the second.
#include <string>

#include "api/auth/session_row.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

void ReadOne(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t length = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  if (bytes.size() < length) return;
  const auto session = api::DecodeSession(bytes.substr(0, length), bytes.substr(length));
  if (!session) return;
  const std::string row = api::EncodeSession(*session);
  const std::string use = api::EncodeUse(session->use);
  const auto again = api::DecodeSession(row, use);
  Expect(again.has_value(), "what is written reads back");
  Expect(api::EncodeSession(*again) == row && again->use == session->use, "as the same session");
  Expect(again->who.id == session->who.id && !again->who.id.empty(), "of the same operator");
  Expect((again->who.kind == api::Operator::Kind::kToken) == (again->who.token != 0),
         "of one kind alone");
  Expect(api::IsPublicSessionId(api::PublicSessionId(std::string(32, 'h'), session->signed_in)),
         "whatever the time, the id is one");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
