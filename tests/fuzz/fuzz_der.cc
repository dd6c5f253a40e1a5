#include <openssl/asn1.h>
#include <openssl/err.h>

#include <string>

#include "core/crypto/der.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey::fuzz {
namespace {

namespace der = crypto::der;

constexpr unsigned char kConstructed = 0x20;
constexpr int kMaxDepth = 32;

// OpenSSL reads BER, of which DER is a part: what is strict for us has one meaning for both.
void ExpectSameForOpenSsl(const der::Element& element) {
  const auto* at = reinterpret_cast<const unsigned char*>(element.whole.data());
  const unsigned char* start = at;
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int how =
      ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(element.whole.size()));
  Expect((how & 0x81) == 0, "OpenSSL reads the element, of definite length");
  Expect((tag | tag_class | (how & V_ASN1_CONSTRUCTED)) == element.tag, "both see the same tag");
  Expect(static_cast<std::size_t>(length) == element.content.size(), "both see the same length");
  Expect(at - start == element.content.data() - element.whole.data(),
         "content begins in one place");
}

void ExpectWrittenAlike(const der::Element& element) {
  Expect(der::Value(element.tag, {element.content}) == element.whole, "DER has one form");
  if (const auto bytes = der::BitStringBytes(element)) {
    Expect(der::BitString(*bytes) == element.whole, "a BIT STRING is written as it was");
  }
  if (const auto number = der::PositiveInteger(element)) {
    Expect(der::Integer(*number) == element.whole, "an INTEGER is written as it was");
  }
}

void Walk(std::string_view bytes, int depth) {
  der::Reader reader(bytes);
  std::size_t taken = 0;
  while (!reader.empty()) {
    der::Reader again = reader;
    const auto element = reader.Take();
    if (!element) return;
    Expect(element->whole == bytes.substr(taken, element->whole.size()), "elements follow closely");
    taken += element->whole.size();
    Expect(!again.Take(element->tag ^ 1), "another tag is not taken");
    Expect(again.Take(element->tag)->whole == element->whole,
           "nor does asking for it take anything");
    ExpectWrittenAlike(*element);
    ExpectSameForOpenSsl(*element);
    if ((element->tag & kConstructed) != 0 && depth < kMaxDepth) Walk(element->content, depth + 1);
  }
  Expect(taken == bytes.size(), "a reader is empty at the end");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::Walk(latchkey::fuzz::TextOf(data, size), 0);
  return 0;
}
