// The part of DER (X.690) that certificates and signing requests need: OpenSSL 3.0's own coders
// take several times longer than the arithmetic of a signature. Values are bytes with tag and
// length. Thread-safe: free functions and values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace latchkey::crypto::der {

enum Tag : unsigned char {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kUtf8String = 0x0c,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kSet = 0x31,
};
// [number] of the context, primitive or constructed; numbers below 31.
constexpr unsigned char Context(unsigned char number) { return 0x80 | number; }
constexpr unsigned char ContextConstructed(unsigned char number) { return 0xa0 | number; }

// One value; the parts are its content, joined.
std::string Value(unsigned char tag, std::initializer_list<std::string_view> parts);
std::string Integer(std::string_view unsigned_big_endian);  // shortest form, never negative
std::string BitString(std::string_view bytes);              // no unused bits
// UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5), to the second.
std::string TimeValue(Time time);

// One value removed from the front of some bytes.
struct Element {
  unsigned char tag;
  std::string_view content;
  std::string_view whole;  // tag and length too
};

// Strict: definite, shortest lengths, tags below 31. A view: the bytes must outlive it.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::optional<Element> Take();                   // any value
  std::optional<Element> Take(unsigned char tag);  // a value of that tag; otherwise nothing is read
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// The content of a BIT STRING without unused bits.
std::optional<std::string_view> BitStringBytes(const Element& element);
// The content of an INTEGER above zero in its shortest form, without the sign byte.
std::optional<std::string_view> PositiveInteger(const Element& element);

}  // namespace latchkey::crypto::der
