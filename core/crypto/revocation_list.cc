#include "core/crypto/revocation_list.h"

#include "core/base/big_endian.h"
#include "core/crypto/der.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kVersion2 = "\x02\x01\x01"sv;
constexpr std::string_view kCrlNumberOid = "\x06\x03\x55\x1d\x14"sv;
// An entry's only extension, but for the last byte: an OCTET STRING with an ENUMERATED.
constexpr std::string_view kReasonCode = "\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01"sv;

}  // namespace

void RevocationList::Add(std::string_view serial, Time revoked_at, RevocationReason reason) {
  const char code = static_cast<char>(reason);
  const std::string extension = der::Value(der::kSequence, {kReasonCode, {&code, 1}});
  revoked_ +=
      der::Value(der::kSequence, {der::Integer(serial), der::TimeValue(revoked_at), extension});
  ++size_;
}

std::string RevocationList::Body(std::string_view algorithm, std::string_view issuer,
                                 std::string_view authority_key_id) const {
  std::string number;
  PutNumber(number_, sizeof number_, &number);
  const std::string number_extension = der::Value(
      der::kSequence, {kCrlNumberOid, der::Value(der::kOctetString, {der::Integer(number)})});
  const std::string extensions =
      der::Value(der::ContextConstructed(0),
                 {der::Value(der::kSequence, {authority_key_id, number_extension})});
  // A list of none must be left out.
  const std::string revoked =
      revoked_.empty() ? std::string() : der::Value(der::kSequence, {revoked_});
  return der::Value(der::kSequence, {kVersion2, algorithm, issuer, der::TimeValue(now_),
                                     der::TimeValue(next_), revoked, extensions});
}

}  // namespace latchkey::crypto
